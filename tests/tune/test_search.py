"""What is drawn next: grids in order, chance by seed, TPE that learns and goes on the same."""

from __future__ import annotations

import pytest

from pipeline.core.errors import ConfigError
from pipeline.tune.compose import default_of
from pipeline.tune.search import Search, choose_sampler
from pipeline.tune.space import Choice, Interval, Point

SPACE = (Interval("x", 0.0, 1.0), Interval("n", 1, 5, is_integer=True), Choice("c", ("a", "b")))
SMALL = (Choice("a", ("x", "y")), Choice("b", ("1", "2")))


def quality(point: Point) -> float:
    x, n = float(point["x"]), float(point["n"])
    return -((x - 0.7) ** 2) - 0.1 * abs(n - 2) + (point["c"] == "b")


def test_few_points_are_a_grid() -> None:
    assert choose_sampler(SMALL, None, None) == ("grid", 4)
    assert choose_sampler(SMALL, "auto", 4) == ("grid", 4)
    assert choose_sampler(SMALL, "auto", 3) == ("tpe", 3)
    assert choose_sampler(SMALL, "grid", 3) == ("grid", 3)
    assert choose_sampler(SPACE, None, None) == ("tpe", 30)
    assert choose_sampler(SPACE, "random", 7) == ("random", 7)
    with pytest.raises(ConfigError, match="sampler=grid"):
        choose_sampler(SPACE, "grid", None)
    search = Search(SMALL, "grid", 1, "maximize")
    assert [search.draw(n) for n in (0, 3)] == [{"a": "x", "b": "1"}, {"a": "y", "b": "2"}]


def drawn(sampler: str, count: int, known: list[Point] | None = None) -> list[Point]:
    """`count` points; those that are `known` were tried by a process that is gone."""
    search = Search(SPACE, sampler, 1, "maximize")  # type: ignore[arg-type]
    points = []
    for number in range(count):
        before = known[number] if known and number < len(known) else None
        point = before or search.draw(number)
        search.tell(point, None if number == 3 else quality(point))
        points.append(point)
    return points


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_a_search_that_was_stopped_goes_on_as_it_would_have(sampler: str) -> None:
    whole = drawn(sampler, 18)
    assert len({str(point) for point in whole}) == 18
    assert drawn(sampler, 18, whole[:13]) == whole
    assert all(0 <= float(p["x"]) <= 1 and p["n"] in range(1, 6) for p in whole)


def test_tpe_learns() -> None:
    points = drawn("tpe", 40)
    first, last = points[:10], points[30:]
    assert sum(map(quality, last)) > sum(map(quality, first)) + 2


def test_the_default_comes_first_and_no_point_twice() -> None:
    default: Point = {"a": "y", "b": "1"}
    grid = Search(SMALL, "grid", 1, "maximize", default)
    points = [grid.draw(n) for n in range(4)]
    assert points[0] == default and len({tuple(point.values()) for point in points}) == 4
    for sampler in ("tpe", "random"):
        search = Search(SMALL, sampler, 1, "maximize", default)  # type: ignore[arg-type]
        points = []
        for number in range(4):
            points.append(search.draw(number))
            search.tell(points[-1], 1.0)
        assert points[0] == default and len({tuple(point.values()) for point in points}) == 4


def test_the_default_is_that_of_the_configuration() -> None:
    space = (Choice("topic", ("none", "trained")), Interval("selection.min_support", 0.0, 1.0))
    point = default_of(space, ["run.name=x"], [])
    assert point is not None and point["topic"] == "trained"
    assert point["selection.min_support"] == 0.85
    assert default_of((Choice("topic", ("none", "head")),), ["run.name=x"], []) is None
    assert default_of((Interval("topic.no", 0.0, 1.0),), ["run.name=x"], []) is None
    assert default_of(space, ["run.nmae=x"], []) is None
