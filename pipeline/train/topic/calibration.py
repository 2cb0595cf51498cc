"""Chances and thresholds of the topic classifier, fitted on rows that it was not trained on."""

from __future__ import annotations

import numpy as np

from pipeline.topic.model import log_odds
from pipeline.train.logistic import logistic_regression
from pipeline.train.topic.fit import Bools, Floats, Targets

_RIDGE = 20.0
"""A label's calibration starts from that of all labels, which weighs like so many rows."""
_LEAST_SLOPE = 0.05
"""A surer model is never less likely to be right."""

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
    pooled = logistic_regression(
        odds[known], targets.right[known], every[known], np.array([1.0, 0.0]), 0.0, _LEAST_SLOPE
    )
    found = np.tile(pooled, (known.shape[1], 1))
    for label in range(known.shape[1]):
        rows = known[:, label]
        if targets.right[rows, label].any():
            right = targets.right[rows, label]
            found[label] = logistic_regression(
                odds[rows, label], right, weights[rows], pooled, _RIDGE, _LEAST_SLOPE
            )
    return found[:, 0].astype(np.float32), found[:, 1].astype(np.float32)


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
