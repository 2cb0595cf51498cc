"""A run's configuration from overrides, as `dateline run` composes it, for each job of a search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.config.compose import composed, key_of
from pipeline.core.errors import ConfigError
from pipeline.tune.space import Choice, Point, Space, Value

VERB = "run"


def compose_run(words: Sequence[str], folders: Sequence[Path]) -> dict[str, object]:
    """The resolved configuration of `dateline run WORDS`, with the user's own `folders`.

    Raises:
        ConfigError: a word is wrong; names the key.
    """
    return composed(VERB, words, folders).values()


def default_of(space: Space, words: Sequence[str], folders: Sequence[Path]) -> Point | None:
    """The point of the space that the configuration has without it; None where it has none there,
    or there is no configuration without it."""
    try:
        made = composed(VERB, words, folders)
        values, choices = made.values(), made.config.hydra.runtime.choices
    except ConfigError:
        return None
    point: dict[str, Value] = {}
    for one in space:
        value = choices[one.key] if one.key in choices else at(values, one.key)
        if isinstance(one, Choice):
            if str(value) not in one.options:
                return None
            point[one.key] = str(value)
        elif isinstance(value, int | float) and one.low <= value <= one.high:
            point[one.key] = value
        else:
            return None
    return point


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
