"""Chances and thresholds of the topic classifier, fitted on rows that it was not trained on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.topic.model import log_odds
from pipeline.train.topic.fit import Bools, Floats, Targets

_RIDGE = 20.0
"""A label's calibration starts from that of all labels, which weighs like so many rows."""

_LOWEST, _HIGHEST = 0.15, 0.35
"""Bounds of a threshold, by judgement: a rare label's best one is a guess from few rows, and of two
topics that are equally likely both are better than none."""

_FEWEST = 15
"""Rows that have a label, from which on it gets a threshold of its own."""


def decided(targets: Targets) -> Bools:
    """Labels of which a row says yes or no, shape (rows, labels): of several of which one is right
    it says neither."""
    found: Bools = targets.known & ~(targets.right & targets.either[:, None])
    return found


def platt(logits: Floats, targets: Targets, weights: Floats) -> tuple[Floats, Floats]:
    """Slope and shift of each label, shape (labels,): chance = sigmoid(slope * log odds + shift).

    A label that no row decides gets those of all labels together.
    """
    odds, known = log_odds(logits), decided(targets)
    every = np.broadcast_to(weights[:, None], known.shape)
    pooled = _newton(odds[known], targets.right[known], every[known], np.array([1.0, 0.0]), 0.0)
    found = np.tile(pooled, (known.shape[1], 1))
    for label in range(known.shape[1]):
        rows = known[:, label]
        if targets.right[rows, label].any():
            found[label] = _newton(
                odds[rows, label], targets.right[rows, label], weights[rows], pooled, _RIDGE
            )
    return found[:, 0].astype(np.float32), found[:, 1].astype(np.float32)


def _newton(
    odds: Floats, right: Bools, weights: Floats, start: NDArray[np.float64], ridge: float
) -> NDArray[np.float64]:
    """Logistic regression on one feature, drawn to `start` by `ridge`."""
    design = np.stack([odds, np.ones_like(odds)], 1).astype(np.float64)
    found = start.copy()
    for _ in range(40):
        chance = 1 / (1 + np.exp(-np.clip(design @ found, -30, 30)))
        slope = design.T @ (weights * (right - chance)) - ridge * (found - start)
        curve = (design * (weights * chance * (1 - chance))[:, None]).T @ design
        step = np.linalg.solve(curve + (ridge + 1e-6) * np.eye(2), slope)
        found = found + np.clip(step, -1, 1)
        found[0] = max(found[0], 0.05)  # a surer model is never less likely to be right
        if np.abs(step).max() < 1e-6:
            break
    return found


def thresholds(chances: Floats, targets: Targets, weights: Floats) -> Floats:
    """The chance from which on each label is given, shape (labels,): of the best F1 over the rows
    that decide it; the median of those for labels with few rows."""
    known = decided(targets)
    found = np.full(chances.shape[1], np.nan)
    for label in range(chances.shape[1]):
        rows = known[:, label]
        right = targets.right[rows, label]
        if right.sum() < _FEWEST:
            continue
        order = np.argsort(-chances[rows, label], kind="stable")
        weight = weights[rows][order]
        hits = np.cumsum(weight * right[order])
        f1 = 2 * hits / (np.cumsum(weight) + hits[-1])
        found[label] = chances[rows, label][order][int(f1.argmax())]
    if np.isnan(found).all():
        found[:] = _HIGHEST
    found = np.where(np.isnan(found), np.nanmedian(found), found)
    bounded: Floats = np.clip(found, _LOWEST, _HIGHEST).astype(np.float32)
    return bounded
