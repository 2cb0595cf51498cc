"""Bootstrap intervals: reproducible, of the right width, the same documents for all systems."""

from __future__ import annotations

import numpy as np

from pipeline.evaluate.bootstrap import Interval, mean_interval, resampled_means


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
