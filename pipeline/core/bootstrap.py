"""How sure a mean over documents is: percentile bootstrap (Efron 1979), vectorised and seeded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Statistic = Callable[[Floats], Floats]

RESAMPLES = 2000
SEED = 1
_CHUNK = 200
"""Resamples at once, so that 10,000 documents do not fill the memory."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What a figure is made of: `statistic` takes sums of `columns` over documents, shape (n, k),
    to n figures; `columns` has shape (documents, k)."""

    columns: Floats
    statistic: Statistic


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and the bounds of its 95% interval, and what it was drawn from, to compare it."""

    mean: float
    low: float
    high: float
    sums: Sums | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.mean:.1f} [{self.low:.1f}, {self.high:.1f}]"


def mean_interval(
    values: NDArray[np.float64], resamples: int = RESAMPLES, seed: int = SEED
) -> Interval:
    """The mean of `values`, shape (documents,), with its interval over resampled documents.

    The same seed and number of documents draw the same documents, so differences between systems
    on the same documents can be taken resample by resample.
    """
    sums = Sums(np.stack([values, np.ones(len(values))], axis=1), ratio)
    if not len(values):
        nothing = float("nan")
        return Interval(nothing, nothing, nothing, sums)
    means = resampled_means(values, resamples, seed)
    low, high = np.percentile(means, [2.5, 97.5])
    return Interval(float(values.mean()), float(low), float(high), sums)


def resampled_means(
    values: NDArray[np.float64], resamples: int = RESAMPLES, seed: int = SEED
) -> NDArray[np.float64]:
    """Means of `resamples` samples with replacement of all documents, shape (resamples,)."""
    drawn = drawn_weights(len(values), resamples, seed)
    return np.concatenate([weights @ values for weights in drawn]) / len(values)


def sums_interval(
    columns: Floats,
    statistic: Statistic,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Interval:
    """A figure that follows from sums over documents, such as F1 from counts, with its interval.

    `columns` has shape (documents, k); `statistic` takes sums of shape (n, k) to n figures. Draws
    the documents of `resampled_means`. Resamples without a figure (NaN) are left out.
    """
    sums = Sums(columns, statistic)
    value = float(statistic(columns.sum(axis=0, keepdims=True))[0])
    if not len(columns) or np.isnan(value):
        return Interval(float("nan"), float("nan"), float("nan"), sums)
    figures = np.concatenate(
        [statistic(weights @ columns) for weights in drawn_weights(len(columns), resamples, seed)]
    )
    low, high = np.nanpercentile(figures, [2.5, 97.5])
    return Interval(value, float(low), float(high), sums)


def ratio(sums: Floats) -> Floats:
    """The first sum by the second, of shape (n, 2); NaN where nothing is to be divided by: there
    is no such figure."""
    with np.errstate(invalid="ignore"):
        return np.asarray(sums[:, 0] / sums[:, 1])


def drawn_weights(documents: int, resamples: int = RESAMPLES, seed: int = SEED) -> Iterator[Floats]:
    """How often each document was drawn, in pieces of shape (resamples, documents)."""
    generator = np.random.default_rng(seed)
    for start in range(0, resamples, _CHUNK):
        rows = min(_CHUNK, resamples - start)
        drawn = generator.integers(0, documents, size=(rows, documents))
        drawn += np.arange(rows)[:, None] * documents
        counts = np.bincount(drawn.ravel(), minlength=rows * documents)
        yield counts.reshape(rows, documents).astype(np.float64)
