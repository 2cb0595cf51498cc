"""Logistic regression on a few columns: how every training fits slope and offset of a logit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.core.probabilities import logistic

Floats = NDArray[np.float64]

_MOST_STEPS, _LONGEST_STEP = 40, 1.0
_SETTLED = 1e-6


def logistic_regression(
    columns: NDArray[np.float32] | Floats,
    right: NDArray[np.bool_] | NDArray[np.int64],
    weights: NDArray[np.float32] | Floats,
    start: Floats,
    ridge: float,
    least: float = -np.inf,
) -> Floats:
    """Coefficients of the columns, the first at least `least`, and an offset, drawn to `start` by
    `ridge`; by Newton's method (Platt 1999)."""
    design: Floats = np.column_stack([columns, np.ones(len(right))])
    found = start.copy()
    for _ in range(_MOST_STEPS):
        chance = logistic(np.clip(design @ found, -30, 30))
        slope = design.T @ (weights * (right - chance)) - ridge * (found - start)
        curve = (design * (weights * chance * (1 - chance))[:, None]).T @ design
        step = np.linalg.solve(curve + (ridge + 1e-6) * np.eye(len(found)), slope)
        found = found + np.clip(step, -_LONGEST_STEP, _LONGEST_STEP)
        found[0] = max(found[0], least)
        if np.abs(step).max() < _SETTLED:
            break
    return found
