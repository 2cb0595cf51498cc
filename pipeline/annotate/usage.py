"""What stages cost, on its way from the workers to the account of their process."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field


@dataclass
class Spent:
    """What stages cost: seconds and articles each worked on, articles taken from the cache."""

    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    articles: Counter[str] = field(default_factory=Counter)
    cached: Counter[str] = field(default_factory=Counter)
    settings: dict[str, dict[str, object]] = field(default_factory=dict)
    """What stages really handed to their models, by stage."""
    tokens_read: int = 0
    tokens_written: int = 0

    def __iadd__(self, other: Spent) -> Spent:
        for name, seconds in other.seconds.items():
            self.seconds[name] += seconds
        self.articles.update(other.articles)
        self.cached.update(other.cached)
        self.settings |= other.settings
        self.tokens_read += other.tokens_read
        self.tokens_written += other.tokens_written
        return self
