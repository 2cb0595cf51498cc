"""A run's configuration from overrides, as `dateline run` composes it, for each job of a search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.config.compose import composed
from pipeline.tune.space import Space, key_of

VERB = "run"


def compose_run(words: Sequence[str], folders: Sequence[Path]) -> dict[str, object]:
    """The resolved configuration of `dateline run WORDS`, with the user's own `folders`.

    Raises:
        ConfigError: a word is wrong; names the key.
    """
    return composed(VERB, words, folders).values()


def fitting(job_overrides: Sequence[str], fixed: Sequence[str], space: Space) -> list[str]:
    """Those overrides that concern no group which the user or the space speaks of."""
    spoken = {key.partition(".")[0] for key in [*map(key_of, fixed), *(one.key for one in space)]}
    return [word for word in job_overrides if key_of(word).partition(".")[0] not in spoken]


def at(config: Mapping[str, object], key: str) -> object:
    """The value at a dotted key; None where there is none."""
    value: object = config
    for name in key.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
