"""Trees over the signals, and one probability of them and the cross-encoder's logit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pipeline.train.boosting import Forest, trees
from pipeline.train.logistic import logistic_regression
from pipeline.train.support.figures import Floats, Ints

_SEEDS = (0, 1)
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


def logistic(columns: Floats, labels: Ints) -> Floats:
    """Coefficients of the columns and an offset, with a slight ridge."""
    start = np.zeros(columns.shape[1] + 1)
    return logistic_regression(columns, labels, np.ones(len(labels)), start, _RIDGE)
