"""The space that is searched: keys of the configuration with their values, in Hydra's own words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

from pipeline.config.compose import key_of
from pipeline.core.errors import ConfigError

Value: TypeAlias = str | int | float
Point: TypeAlias = Mapping[str, Value]
"""A value by key: of a choice the text of the override, of an interval the number."""

_DIGITS = 4
"""Significant digits of a drawn number as the configuration gets it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few values, each as the text of an override."""

    key: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Interval:
    """Any number from `low` to `high`, both among them; `log`: of even chance by magnitude."""

    key: str
    low: float
    high: float
    is_integer: bool = False
    log: bool = False


Dimension: TypeAlias = Choice | Interval
Space: TypeAlias = tuple[Dimension, ...]


def read_space(
    params: Mapping[str, object], overrides: Sequence[str], words: Sequence[str]
) -> tuple[Space, list[str]]:
    """The dimensions of a search, and the overrides that all its jobs share.

    `params` and `overrides` are those of a sweep, `words` of the command line, which go before:
    one with several values is a dimension too, and one with a single value fixes a dimension.

    Raises:
        ConfigError: a word is none of Hydra's, or there is no dimension.
    """
    dimensions: dict[str, Dimension] = {}
    for key, value in params.items():
        word = f"{key}={value}"
        dimension = _dimension(word)
        if dimension is None:
            raise ConfigError(
                f"sweep.params.{word}: has one value; give several, as a,b,c or interval(0,1), or "
                "put it under sweep.overrides"
            )
        dimensions[dimension.key] = dimension
    fixed: dict[str, str] = {key_of(word): word for word in overrides}
    for word in words:
        dimension = _dimension(word)
        key = key_of(word)
        fixed.pop(key, None)
        dimensions.pop(key, None)
        if dimension is None:
            fixed[key] = word
        else:
            dimensions[key] = dimension
    if not dimensions:
        raise ConfigError(
            "nothing to search: choose sweep=NAME, or give a key several values, such as "
            "'topic.threshold=interval(0.1,0.5)' or topic=trained,descriptions"
        )
    return tuple(dimensions.values()), [w for k, w in fixed.items() if k not in dimensions]


def words_of(space: Space, point: Point) -> list[str]:
    """The overrides of a point."""
    return [f"{one.key}={shown(point[one.key])}" for one in space]


def shown(value: Value) -> str:
    """A value as the text of an override, and as people read it."""
    if isinstance(value, float):
        return f"{value:.{_DIGITS}g}"
    return str(value)


def grid_of(space: Space) -> list[Point] | None:
    """Every point of a space of choices, the last key changing fastest; None with an interval."""
    options = []
    for one in space:
        if isinstance(one, Interval):
            return None
        options.append([(one.key, option) for option in one.options])
    return [dict(pairs) for pairs in product(*options)]


def size_of(space: Space) -> float:
    """The number of points."""
    return math.prod(len(one.options) if isinstance(one, Choice) else math.inf for one in space)


def _dimension(word: str) -> Dimension | None:
    """The dimension that an override with several values means; None for one value."""
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.core.override_parser.types import IntervalSweep, Override, RangeSweep, Transformer
    from hydra.errors import HydraException

    try:
        override = OverridesParser.create().parse_override(word)
        if not override.is_sweep_override():
            return None
        sweep, key = override.value(), override.get_key_element().lstrip("+")
        if isinstance(sweep, IntervalSweep):
            low, high = sweep.start, sweep.end
            assert low is not None and high is not None
            is_integer = isinstance(low, int) and isinstance(high, int)
            return _checked(Interval(key, low, high, is_integer, "log" in sweep.tags), word)
        if isinstance(sweep, RangeSweep) and (not sweep.step or math.isinf(sweep.stop or 0)):
            raise ConfigError(f"{word}: the range never ends; give range(from,to,step)")
        values = override.sweep_iterator(transformer=Transformer.identity)
        texts = [
            f"{value:.12g}" if isinstance(value, float)
            else Override._get_value_element_as_str(value)
            for value in values
        ]  # fmt: skip
    except HydraException as error:
        raise ConfigError(
            f"cannot read {word!r}: {str(error).splitlines()[0]}; several values are a,b,c or "
            "range(1,5) or interval(0.1,0.5), or int(interval(1,8)), and texts stand in quotes"
        ) from error
    if not texts:
        raise ConfigError(f"{word}: has no value in it; range(from,to,step) stops before `to`")
    return Choice(key, tuple(dict.fromkeys(texts)))


def _checked(one: Interval, word: str) -> Interval:
    if not (math.isfinite(one.low) and math.isfinite(one.high) and one.low < one.high):
        raise ConfigError(f"{word}: an interval has two finite ends, the second above the first")
    if one.log and one.low <= 0:
        raise ConfigError(f"{word}: an interval by magnitude begins above 0")
    return one
