"""Trees over the signals, and one probability of them and the cross-encoder's logit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.train.boosting import Forest, trees
from pipeline.train.support.figures import Floats, Ints

_SEEDS = (0, 1)
_STEPS = 40
_RIDGE = 1e-3


def row_weights(
    sets: Sequence[str], labels: Ints, weights: Floats, importance: Mapping[str, float]
) -> Floats:
    """Weights of mean 1 by which every set counts by its importance, 1 if not said, and in it both
    labels alike."""
    cells: dict[tuple[str, int], float] = {}
    for name, label, weight in zip(sets, labels.tolist(), weights, strict=True):
        cells[name, label] = cells.get((name, label), 0.0) + weight
    found = np.array(
        [
            weight * importance.get(name, 1.0) / cells[name, label]
            for name, label, weight in zip(sets, labels.tolist(), weights, strict=True)
        ]
    )
    shares: Floats = found / found.mean()
    return shares


def grown(features: Floats, labels: Ints, weights: Floats) -> Forest:
    """The trees for these sentences."""
    used = weights > 0
    return trees(features[used], labels[used] == 1, weights[used], _SEEDS)


def logistic(columns: Floats, labels: Ints, weights: Floats | None = None) -> Floats:
    """Weights of the columns and an offset, by Newton's method with a slight ridge (Platt 1999)."""
    design = np.column_stack([columns, np.ones(len(columns))])
    weights = np.ones(len(labels)) if weights is None else weights
    found = np.zeros(design.shape[1])
    ridge = np.eye(len(found)) * _RIDGE
    for _ in range(_STEPS):
        chance = probability(design, found)
        slope = design.T @ (weights * (labels - chance)) - ridge @ found
        curve = (design * (weights * chance * (1 - chance))[:, None]).T @ design + ridge
        found = found + np.linalg.solve(curve, slope)
    return found


def probability(design: Floats, coefficients: Floats) -> NDArray[np.float64]:
    """The logistic function of a linear one."""
    return np.asarray(1 / (1 + np.exp(-np.clip(design @ coefficients, -30, 30))))
