"""The `ingest` section of a configuration."""

from __future__ import annotations

import os
from dataclasses import field
from typing import ClassVar

from pydantic import NonNegativeInt, PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.core.errors import ConfigError
from pipeline.text.boilerplate import RULES


@dataclass(config=PLUGIN)
class IngestSettings:
    """`shard_rows` records a shard, `max_chars` characters an article at most; `limit` reads only
    so many records. `boilerplate` are the rules by which what stands around an article is taken
    away (`pipeline.text.boilerplate`).

    What is filtered: texts of fewer than `min_words` words or more than `max_words`, without
    letters (`letters`), that are lists of headlines (`listings`), published before the day `after`
    or after the day `before`, in another of `languages` (null: all, also unknown ones). With
    `near_duplicates` articles that differ in a few words are one.
    """

    performance_fields: ClassVar[frozenset[str]] = frozenset({"workers"})

    shard_rows: PositiveInt = 256
    max_chars: PositiveInt = 2_000_000
    near_duplicates: bool = True
    languages: list[str] | None = None
    min_words: NonNegativeInt = 0
    max_words: PositiveInt | None = None
    letters: bool = True
    listings: bool = True
    after: str | None = None
    before: str | None = None
    limit: PositiveInt | None = None
    boilerplate: list[str] = field(default_factory=lambda: list(RULES))
    workers: NonNegativeInt = 0

    def __post_init__(self) -> None:
        unknown = [rule for rule in self.boilerplate if rule not in RULES]
        if unknown:
            raise ConfigError(
                f"ingest.boilerplate: no rule {unknown[0]!r}; there are {', '.join(RULES)}"
            )

    @property
    def processes(self) -> int:
        """How many processes read articles: as many as there are cores where `workers` is 0."""
        return self.workers or len(os.sched_getaffinity(0))
