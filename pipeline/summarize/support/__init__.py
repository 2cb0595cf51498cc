"""Whether an article supports a sentence about it, and by which of its own."""
