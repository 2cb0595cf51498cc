"""Whether scores mean what they say: calibration, and what a threshold or abstention would give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.core.bootstrap import Interval, mean_interval, sums_interval
from pipeline.evaluate.metrics_file import ReliabilityBin, Threshold

Floats = NDArray[np.float64]
Confidence = NDArray[np.float64] | NDArray[np.float32]
Truth = NDArray[np.float64] | NDArray[np.bool_]
BINS = 10
STEPS = 20
"""Thresholds from 0 to 1 in steps of a twentieth."""


def calibration(confidence: Floats, correct: Floats, bins: int = BINS) -> dict[str, Interval]:
    """ECE over equal bins (Guo et al. 2017) and Brier score of the answer given, both (n,) in 0..1.

    The ECE of few documents is biased upwards, and so is its interval.
    """
    return {
        "ece": sums_interval(_gaps(confidence, correct, bins), _ece),
        "brier": mean_interval((confidence - correct) ** 2),
    }


def calibration_error(confidence: Confidence, correct: Truth, bins: int = BINS) -> float:
    """The ECE alone, without an interval; NaN of no answers."""
    return float(_ece(_gaps(confidence, correct, bins).sum(axis=0, keepdims=True))[0])


def reliability(confidence: Floats, correct: Floats, bins: int = BINS) -> list[ReliabilityBin]:
    """The bins that the ECE is made of."""
    place = _places(confidence, bins)
    found = []
    for number in range(bins):
        inside = place == number
        some = bool(inside.any())
        found.append(
            ReliabilityBin(
                low=number / bins,
                high=(number + 1) / bins,
                count=int(inside.sum()),
                confidence=float(confidence[inside].mean()) if some else None,
                accuracy=float(correct[inside].mean()) if some else None,
            )
        )
    return found


def risk_coverage(confidence: Floats, correct: Floats) -> tuple[list[tuple[float, float]], float]:
    """(coverage, risk) with the surest answers first, ties together, and the area under it (AURC,
    Geifman and El-Yaniv 2017): the mean risk over the points weighted by their answers."""
    if not len(confidence):
        return [], float("nan")
    order = np.argsort(-confidence, kind="stable")
    wrong = np.cumsum(1 - correct[order])
    ends = np.flatnonzero(np.append(np.diff(confidence[order]) != 0, True))
    counts = ends + 1
    risks = wrong[ends] / counts
    area = float((risks * np.diff(counts, prepend=0)).sum() / len(confidence))
    curve = zip(counts / len(confidence), risks, strict=True)
    return [(float(coverage), float(risk)) for coverage, risk in curve], area


def threshold_sweep(
    gold: Sequence[frozenset[str]], scored: Sequence[Mapping[str, float]], steps: int = STEPS
) -> list[Threshold]:
    """For each threshold micro precision, recall and F1 of the codes with at least that score, and
    the share of documents with any.

    Only what was published can be cut: below the run's own threshold nothing changes.
    """
    codes = [(code in truth, score) for truth, row in zip(gold, scored, strict=True)
             for code, score in row.items()]  # fmt: skip
    hit = np.array([right for right, _ in codes], dtype=float)
    scores = np.array([score for _, score in codes], dtype=float)
    best = np.array([max(row.values(), default=-1.0) for row in scored])
    wanted = sum(map(len, gold))
    found: list[Threshold] = []
    for step in range(steps + 1):
        kept = scores >= step / steps
        hits, said = float(hit[kept].sum()), int(kept.sum())
        found.append(
            {
                "threshold": step / steps,
                "precision": hits / said if said else 0.0,
                "recall": hits / wanted if wanted else 0.0,
                "f1": 2 * hits / (said + wanted) if said + wanted else 0.0,
                "coverage": float((best >= step / steps).mean()) if len(best) else 0.0,
            }
        )
    return found


def document_gaps(
    confidence: Confidence, correct: Truth, document: NDArray[np.int64], documents: int
) -> Floats:
    """The sums by document that `ece_of` makes an ECE of, where each has several answers:
    `document` is the number of that of each answer; shape (documents, bins + 1)."""
    sums = np.zeros((documents, BINS + 1))
    np.add.at(sums, document, _gaps(confidence, correct, BINS))
    return sums


def ece_of(sums: Floats) -> Floats:
    """ECE of sums over documents, shape (k, bins + 1); NaN of no answers."""
    return _ece(sums)


def _gaps(confidence: Confidence, correct: Truth, bins: int) -> Floats:
    """Confidence less truth in the column of its bin, then a column of ones, (n, bins + 1)."""
    gaps = np.zeros((len(confidence), bins + 1))
    places = _places(confidence, bins)
    gaps[np.arange(len(confidence)), places] = confidence - correct.astype(float)
    gaps[:, bins] = 1
    return gaps


def _ece(sums: Floats) -> Floats:
    """Of sums of `_gaps`, shape (k, bins + 1)."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(sums[:, :-1]).sum(axis=1) / sums[:, -1])


def _places(confidence: Confidence, bins: int) -> NDArray[np.int64]:
    return np.clip((confidence * bins).astype(np.int64), 0, bins - 1)
