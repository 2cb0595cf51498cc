"""Scores of support checks: balanced accuracy by set with bootstrap intervals, area under ROC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_DRAWS = 2_000


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known of each summary: its label, the number of its set, its document's group."""

    label: Ints
    set: Ints
    group: Ints
    sets: Sequence[str]

    def of(self, chosen: NDArray[np.bool_]) -> Truth:
        return Truth(self.label[chosen], self.set[chosen], self.group[chosen], self.sets)


@dataclass(frozen=True, slots=True)
class Row:
    """Balanced accuracy of each set, and the mean of the sets, each with its 95% interval."""

    sets: list[tuple[float, float, float]]
    mean: tuple[float, float, float]


def class_weights(truth: Truth) -> Floats:
    """Weights of mean 1 by which every set, and in it every class, counts the same."""
    cell = truth.set * 2 + truth.label
    weights = 1 / np.bincount(cell)[cell]
    found: Floats = weights / weights.mean()
    return found


def best_threshold(scores: Floats, truth: Truth) -> float:
    """The value above which summaries are called supported, best for the mean of the sets."""
    weights = class_weights(truth)
    order = np.argsort(scores, kind="stable")
    ranked = scores[order]
    signed = np.where(truth.label == 1, weights, -weights)[order]
    loss = np.concatenate([[0.0], np.cumsum(signed)])
    apart = np.concatenate([[True], ranked[1:] > ranked[:-1], [True]])
    at = int(np.where(apart, loss, np.inf).argmin())
    edges = np.concatenate([[ranked[0] - 1], ranked, [ranked[-1] + 1]])
    return float((edges[at] + edges[at + 1]) / 2)


def bars(decisions: Sequence[NDArray[np.bool_]], truth: Truth, seed: int = 0) -> Row:
    """Balanced accuracy, with bootstrap intervals over documents (percentile).

    Where there are several decisions on each summary, by models of other folds, it is their mean.
    """
    groups, member = np.unique(truth.group, return_inverse=True)
    right = np.zeros((len(groups), len(truth.sets), 2))
    every = np.zeros_like(right)
    where = (member, truth.set, truth.label)
    np.add.at(right, where, np.mean([yes == (truth.label == 1) for yes in decisions], axis=0))
    np.add.at(every, where, 1.0)
    draws = np.random.default_rng(seed).multinomial(
        len(groups), np.full(len(groups), 1 / len(groups)), size=_DRAWS
    )
    drawn = np.tensordot(draws, right, 1) / np.maximum(1, np.tensordot(draws, every, 1))
    exact = right.sum(0) / np.maximum(1, every.sum(0))
    by_set, points = drawn.mean(axis=2), exact.mean(axis=1)
    low, high = np.quantile(by_set, (0.025, 0.975), axis=0)
    least, most = np.quantile(by_set.mean(axis=1), (0.025, 0.975))
    return Row(
        list(zip(points.tolist(), low.tolist(), high.tolist(), strict=True)),
        (float(points.mean()), float(least), float(most)),
    )


def roc_area(positive: Floats, negative: Floats) -> float:
    """The chance that a positive has the greater score; ties count half."""
    ordered = np.sort(negative)
    below = np.searchsorted(ordered, positive, "left")
    upto = np.searchsorted(ordered, positive, "right")
    return float((below + upto).mean() / 2 / len(negative))
