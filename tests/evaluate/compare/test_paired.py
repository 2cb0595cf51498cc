"""Differences of two runs: by hand, against scipy, and what has to hold of any."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import bootstrap, permutation_test

from pipeline.core.bootstrap import Floats, Sums, mean_interval, ratio
from pipeline.evaluate.compare.paired import Difference, aligned, differences

COUNTS = st.lists(
    st.tuples(*[st.tuples(st.integers(0, 3), st.integers(1, 4))] * 2), min_size=1, max_size=14
)


def values(*numbers: float) -> Sums:
    found = mean_interval(np.array(numbers, dtype=float)).sums
    assert found is not None
    return found


def difference(first: Sums, second: Sums, resamples: int = 2000) -> Difference:
    return differences({"x": (first, second)}, resamples)["x"]


@pytest.mark.parametrize(
    ("second", "mean", "low", "high", "p"),
    [
        # All four alike: no spread, and 2 of 16 exchanges leave all or none as they are.
        ([0.25] * 4, 0.25, 0.25, 0.25, 2 / 16),
        # A resample has the second alone, both or the first alone with 1/4, 1/2 and 1/4; each of
        # the exchanges is as far apart.
        ([0, 1], 0.5, 0, 1, 1),
        # -1, -0.5, 0, 0.5, 1 with 1, 12, 54, 108 and 81 of 256: 2.5% lie in the 12. 10 of 16
        # exchanges have at most one of the four on the other side.
        ([1, 1, 1, -1], 0.5, -0.5, 1, 10 / 16),
        ([0, 0, 0], 0, 0, 0, 1),
    ],
)
def test_by_hand(second: list[float], mean: float, low: float, high: float, p: float) -> None:
    found = difference(values(*[0] * len(second)), values(*second))
    assert (found.interval.mean, found.interval.low, found.interval.high) == (mean, low, high)
    assert found.p == p
    assert not found.is_clear(), "four documents prove nothing"


def test_six_documents_of_six_are_clear() -> None:
    found = difference(values(*[0] * 6), values(*[1] * 6))
    assert found.p == 2 / 64 and found.is_clear()


def test_a_figure_of_sums_by_hand() -> None:
    # Hits of answers: 1/2, 0/1, 2/2 against 2/2, 1/1, 1/2.
    first = Sums(np.array([[1, 2], [0, 1], [2, 2]], dtype=float), ratio)
    second = Sums(np.array([[2, 2], [1, 1], [1, 2]], dtype=float), ratio)
    found = difference(first, second)
    assert (found.first, found.second, found.documents) == (3 / 5, 4 / 5, 3)
    as_far = 0
    for kept in product([0, 1], repeat=3):
        one = sum((first if k else second).columns[i] for i, k in enumerate(kept))
        other = sum((second if k else first).columns[i] for i, k in enumerate(kept))
        as_far += abs(other[1] and other[0] / other[1] - one[0] / one[1]) >= 0.2 - 1e-9  # type: ignore[index]
    assert found.p == as_far / 8


def test_p_and_interval_as_scipy_has_them() -> None:
    chance = np.random.default_rng(4)
    first = chance.normal(0, 1, 9)
    second = first + chance.normal(0.4, 0.7, 9)

    def apart(x: Floats, y: Floats, axis: int = -1) -> Floats:
        return np.asarray(y.mean(axis=axis) - x.mean(axis=axis))

    theirs = permutation_test(
        (first, second), apart, permutation_type="samples", n_resamples=np.inf, vectorized=True
    )
    ours = difference(values(*first), values(*second))
    assert ours.p == pytest.approx(theirs.pvalue)
    drawn = difference(values(*first), values(*second), resamples=500)
    assert drawn.p == pytest.approx(theirs.pvalue, abs=0.06), "drawn where they are too many"
    assert drawn.p != ours.p
    interval = bootstrap(
        (first, second), apart, paired=True, method="percentile", n_resamples=4000, rng=1
    ).confidence_interval
    assert ours.interval.low == pytest.approx(interval.low, abs=0.05)
    assert ours.interval.high == pytest.approx(interval.high, abs=0.05)


def test_it_finds_no_difference_nineteen_times_of_twenty() -> None:
    chance = np.random.default_rng(2)
    found = [
        difference(values(*chance.normal(size=40)), values(*chance.normal(size=40)), 400)
        for _ in range(200)
    ]
    assert 0.9 <= sum(one.p > 0.05 for one in found) / 200 <= 0.99
    assert sum(not one.is_clear() for one in found) >= 180


def test_documents_that_only_one_run_answered_are_drawn_too() -> None:
    first, second = aligned(values(1, 0), ("a", "b"), values(1, 1), ("b", "c"))
    assert first.columns.tolist() == [[1, 1], [0, 1], [0, 0]]
    assert second.columns.tolist() == [[0, 0], [1, 1], [1, 1]]
    found = difference(first, second)
    assert (found.first, found.second, found.documents) == (0.5, 1, 3)
    same = values(1, 0)
    assert aligned(same, ("a", "b"), same, ("a", "b")) == (same, same)


def test_no_figure_has_no_difference() -> None:
    nothing = Sums(np.zeros((2, 2)), ratio)
    found = difference(nothing, values(1, 1))
    assert found.second == 1 and np.isnan(found.interval.mean) and np.isnan(found.p)
    assert not found.is_clear()
    assert np.isnan(difference(values(), values()).p)


@settings(max_examples=60, deadline=None)
@given(COUNTS)
def test_the_other_way_round_is_the_other_sign(
    counts: list[tuple[tuple[int, int], tuple[int, int]]],
) -> None:
    first, second = (Sums(np.array([pair[i] for pair in counts], float), ratio) for i in (0, 1))
    one, other = difference(first, second, 300), difference(second, first, 300)
    assert one.p == other.p and 0 < one.p <= 1
    assert one.interval.mean == -other.interval.mean
    assert (one.interval.low, one.interval.high) == pytest.approx(
        (-other.interval.high, -other.interval.low)
    )
    assert one.interval.low - 1e-9 <= one.interval.high
    itself = difference(first, first, 300)
    assert (itself.interval.low, itself.interval.high, itself.p) == (0, 0, 1)
