"""What a runner does: have shards worked on somewhere. It ships the config, never a built stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, runtime_checkable

from pipeline.runs.annotate import ShardTask


@runtime_checkable
class Runner(Protocol):
    """Calls `run_shard(config, task, shard)` for every shard, anywhere and in any order."""

    def prepare(self, config: Mapping[str, object], batch_rows: int) -> None:
        """Told once before the shards are known: a runner may load models now, or do nothing."""
        ...

    def run(
        self,
        config: Mapping[str, object],
        task: ShardTask,
        shards: Sequence[int],
        progress: Callable[[int], None],
    ) -> None:
        """Returns when all shards are stored; `progress` is told of articles done."""
        ...
