"""The space: Hydra's sweeps read as dimensions, what goes before what, points as overrides."""

from __future__ import annotations

import pytest

from pipeline.core.errors import ConfigError
from pipeline.tune.space import (
    Choice,
    Interval,
    grid_of,
    read_space,
    size_of,
    words_of,
)


def test_every_kind_of_several_values() -> None:
    space, fixed = read_space(
        {"topic.threshold": "range(0.1,0.35,0.1)", "topic": "trained,descriptions"},
        ["summarizer=lead"],
        [
            "selection.candidates=int(interval(1,8))",
            "selection.temperature=tag(log,interval(0.1,1))",
            "selection.policy=[flag],[best_of,drop]",
            "encoder.precision=choice(auto,f32)",
            "+region.extra=1,null",
            "summarizer.prompt='a, b: {text}','{text}'",
            "run.overwrite=true",
        ],
    )
    assert space == (
        Choice("topic.threshold", ("0.1", "0.2", "0.3")),
        Choice("topic", ("trained", "descriptions")),
        Interval("selection.candidates", 1, 8, is_integer=True),
        Interval("selection.temperature", 0.1, 1, log=True),
        Choice("selection.policy", ("[flag]", "[best_of,drop]")),
        Choice("encoder.precision", ("auto", "f32")),
        Choice("region.extra", ("1", "null")),
        Choice("summarizer.prompt", ("'a, b: {text}'", "'{text}'")),
    )
    assert fixed == ["summarizer=lead", "run.overwrite=true"]
    assert size_of(space) == float("inf") and grid_of(space) is None
    assert size_of(space[:2]) == 6


def test_the_command_line_goes_before_the_sweep() -> None:
    params, overrides = {"a": "1,2", "b": "1,2"}, ["c=1", "d=1"]
    space, fixed = read_space(params, overrides, ["a=5", "c=1,2", "d=2", "b=interval(0,1)"])
    assert space == (Choice("c", ("1", "2")), Interval("b", 0, 1))
    assert fixed == ["a=5", "d=2"]


def test_points_as_overrides() -> None:
    space = (Choice("a", ("x", "'y, z'")), Choice("b", ("1", "2")))
    points = grid_of(space)
    assert points is not None
    assert [words_of(space, point) for point in points] == [
        ["a=x", "b=1"], ["a=x", "b=2"], ["a='y, z'", "b=1"], ["a='y, z'", "b=2"]
    ]  # fmt: skip
    numbers = (Interval("f", 0, 1), Interval("n", 1, 9, is_integer=True))
    assert words_of(numbers, {"f": 0.123456789, "n": 7}) == ["f=0.1235", "n=7"]


@pytest.mark.parametrize(
    ("params", "words", "reason"),
    [
        ({}, ["topic=none"], "nothing to search"),
        ({"a": 3}, [], "sweep.params.a=3: has one value"),
        ({"a": "interval(1,"}, [], "cannot read 'a=interval"),
        ({"a": "choice(x,null)"}, [], "cannot read 'a=choice"),
        ({"a": "interval(3,1)"}, [], "the second above the first"),
        ({"a": "interval(0,nan)"}, [], "two finite ends"),
        ({"a": "range(0,1,0)"}, [], "never ends"),
        ({"a": "range(0,1,0.0)"}, [], "never ends"),
        ({"a": "range(0.0,inf,0.1)"}, [], "never ends"),
        ({"a": "range(1,0)"}, [], "has no value in it"),
        ({"a": "tag(log,interval(0,1))"}, [], "begins above 0"),
        ({"a": "glob(*)"}, [], "cannot read"),
    ],
)
def test_what_is_no_space(params: dict[str, object], words: list[str], reason: str) -> None:
    with pytest.raises(ConfigError, match=reason.replace("(", r"\(")):
        read_space(params, [], words)
