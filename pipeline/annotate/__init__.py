"""The plan of stages, a shard's way through them, the engine cache, usage."""
