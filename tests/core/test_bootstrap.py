"""Bootstrap intervals: reproducible, of the right width, the same documents for all systems."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.core.bootstrap import Interval, mean_interval, resampled_means, sums_interval


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.random.default_rng(5).normal(50, 10, 300)
    assert mean_interval(values) == mean_interval(values)
    assert mean_interval(values) != mean_interval(values, seed=2)


def test_it_is_as_wide_as_theory_says() -> None:
    values = np.random.default_rng(5).normal(50, 10, 1000)
    found = mean_interval(values)
    assert found.mean == values.mean() and found.low < found.mean < found.high
    expected = 2 * 1.96 * values.std() / np.sqrt(1000)
    assert abs(found.high - found.low - expected) < 0.1 * expected


def test_it_covers_the_true_mean_nineteen_times_of_twenty() -> None:
    chance = np.random.default_rng(1)
    intervals = [mean_interval(chance.exponential(3, 80), 400, seed) for seed in range(200)]
    covered = sum(found.low <= 3 <= found.high for found in intervals)
    assert 0.88 <= covered / 200 <= 0.99


def test_resamples_draw_the_same_documents_for_every_system() -> None:
    first = np.random.default_rng(5).normal(50, 10, 90)
    shifted = resampled_means(first + 2, 450) - resampled_means(first, 450)
    assert np.allclose(shifted, 2), "a difference that is the same everywhere has no spread"
    assert resampled_means(first, 450).shape == (450,)
    assert len(np.unique(resampled_means(first, 450))) == 450, "every resample is another"


def test_equal_values_and_none_at_all() -> None:
    assert mean_interval(np.full(7, 4.0)) == Interval(4.0, 4.0, 4.0)
    assert np.isnan(mean_interval(np.array([])).mean)
    assert str(Interval(20.06, 19.0, 21.25)) == "20.1 [19.0, 21.2]"


VALUES = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=12)


@settings(max_examples=30, deadline=None)
@given(VALUES, st.integers(0, 1000))
def test_as_a_slow_one_that_draws_document_by_document(
    rows: list[tuple[int, int]], seed: int
) -> None:
    columns = np.array([(hits, hits + missed) for hits, missed in rows], dtype=float)
    chance = np.random.default_rng(seed)
    means, ratios = [], []
    for _ in range(3):
        for drawn in chance.integers(0, len(rows), size=(200, len(rows))):
            hits = [float(columns[document][0]) for document in drawn]
            wanted = [float(columns[document][1]) for document in drawn]
            means.append(sum(hits) / len(rows))
            ratios += [sum(hits) / sum(wanted)] if sum(wanted) else []
    found = mean_interval(columns[:, 0], 600, seed)
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(means, [2.5, 97.5])))

    def share(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        with np.errstate(invalid="ignore"):
            return np.asarray(sums[:, 0] / sums[:, 1])

    of_sums = sums_interval(columns, share, 600, seed)
    if not columns[:, 1].sum():
        assert np.isnan([of_sums.mean, of_sums.low, of_sums.high]).all()
        return
    assert of_sums.mean == pytest.approx(columns[:, 0].sum() / columns[:, 1].sum())
    assert (of_sums.low, of_sums.high) == pytest.approx(tuple(np.percentile(ratios, [2.5, 97.5])))
