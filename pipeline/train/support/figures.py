"""Figures of support checks: area under ROC, calibration error, balanced accuracy, each with a 95%
interval by the bootstrap over documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_DRAWS = 1_000
_BINS = 10


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and its interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} {self.low:.3f}-{self.high:.3f}"


def roc_area(scores: Floats, labels: Ints) -> float:
    """The chance that a supported sentence has the greater score; ties count half."""
    positive, negative = scores[labels == 1], np.sort(scores[labels == 0])
    if not len(positive) or not len(negative):
        return float("nan")
    below = np.searchsorted(negative, positive, "left")
    upto = np.searchsorted(negative, positive, "right")
    return float((below + upto).mean() / 2 / len(negative))


def calibration_error(scores: Floats, labels: Ints) -> float:
    """Expected calibration error (Naeini et al. 2015) in ten bins of as many sentences each."""
    parts = np.array_split(np.argsort(scores, kind="stable"), _BINS)
    gaps = [
        abs(scores[part].mean() - labels[part].mean()) * len(part) for part in parts if len(part)
    ]
    return float(sum(gaps) / len(scores))


def balanced_accuracy(scores: Floats, labels: Ints, threshold: float) -> float:
    """Mean of the shares of both labels that are on their side of the threshold."""
    yes = scores > threshold
    return float((yes[labels == 1].mean() + (~yes[labels == 0]).mean()) / 2)


def best_threshold(scores: Sequence[Floats], labels: Sequence[Ints]) -> float:
    """The threshold with the best mean balanced accuracy of several sets."""
    every = np.unique(np.concatenate(scores))
    tried = np.quantile(every, np.linspace(0, 1, 401))
    means = [
        np.mean([balanced_accuracy(s, y, t) for s, y in zip(scores, labels, strict=True)])
        for t in tried
    ]
    return float(tried[int(np.argmax(means))])


def figure(
    measure: Callable[[Floats, Ints], float], scores: Floats, labels: Ints, groups: Ints
) -> Figure:
    """A measure with its percentile interval over draws of whole documents."""
    _, member = np.unique(groups, return_inverse=True)
    rows = [np.flatnonzero(member == n) for n in range(member.max() + 1)]
    random = np.random.default_rng(0)
    drawn = []
    for _ in range(_DRAWS):
        chosen = np.concatenate([rows[n] for n in random.integers(len(rows), size=len(rows))])
        drawn.append(measure(scores[chosen], labels[chosen]))
    low, high = np.nanquantile(drawn, (0.025, 0.975))
    return Figure(measure(scores, labels), float(low), float(high))
