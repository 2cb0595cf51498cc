"""Scores of labels: sets of codes against sets of codes, with intervals over documents.

All are fractions in 0..1. A task with one label, such as region, has sets of one or none.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.core.bootstrap import Interval, ratio, sums_interval
from pipeline.core.extras import needs
from pipeline.evaluate.metrics_file import LabelScores
from pipeline.taxonomy.regions import load_regions

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SetScores:
    """Figures of a task by name, and those of each label that is in gold or prediction."""

    documents: int
    figures: Mapping[str, Interval]
    labels: Mapping[str, LabelScores]


def set_scores(
    gold: Sequence[frozenset[str]],
    predicted: Sequence[frozenset[str]],
    others: Collection[str] = (),
) -> SetScores:
    """Micro and macro precision, recall and F1, and exact match.

    A figure without a denominator is 0, as in scikit-learn with `zero_division=0`. Macro is over
    the labels that occur in gold or prediction, in a resample those that occur in it. `others` are
    labels of other predictions: the sums get columns for them too, so that they can be mixed with
    those of others, and no figure changes.
    """
    with needs("sklearn", "evaluate"):
        from sklearn.preprocessing import MultiLabelBinarizer
    names = sorted(frozenset().union(*gold, *predicted, others))
    exact = np.array([[g == p, 1] for g, p in zip(gold, predicted, strict=True)], dtype=float)
    figures = {"exact_match": sums_interval(exact.reshape(-1, 2), ratio)}
    if not names:
        return SetScores(len(gold), figures, {})
    binarizer = MultiLabelBinarizer(classes=names)
    truth = binarizer.fit_transform(gold).astype(float)
    said = binarizer.transform(predicted).astype(float)
    columns = np.hstack([truth * said, said, truth])
    kinds = ("precision", "recall", "f1")
    for row, kind in enumerate(kinds):
        figures[f"micro_{kind}"] = sums_interval(columns, lambda sums, r=row: _micro(sums)[r])  # type: ignore[misc]
        figures[f"macro_{kind}"] = sums_interval(columns, lambda sums, r=row: _macro(sums)[r])  # type: ignore[misc]
    # Not by scikit-learn, which takes a matrix of one label for the two classes 0 and 1.
    hits, guessed, wanted = (part[0] for part in _parts(columns.sum(axis=0, keepdims=True)))
    precision, recall, f1 = _rates(hits, guessed, wanted)
    labels = {
        name: LabelScores(
            precision=float(precision[i]),
            recall=float(recall[i]),
            f1=float(f1[i]),
            gold=int(wanted[i]),
            predicted=int(guessed[i]),
        )
        for i, name in enumerate(names)
        if wanted[i] or guessed[i]
    }
    return SetScores(len(gold), figures, labels)


def hierarchical_f1(
    gold: Sequence[frozenset[str]], predicted: Sequence[frozenset[str]]
) -> dict[str, Interval]:
    """Precision, recall and F1 of codes with all above them in M49 but World, micro over documents
    (Kiritchenko, Matwin and Famili 2005): a wrong sub-region of the right region is half right."""
    rows = []
    for truth, said in zip(gold, predicted, strict=True):
        above, below = _with_ancestors(truth), _with_ancestors(said)
        rows.append((len(above & below), len(below), len(above)))
    columns = np.array(rows, dtype=float).reshape(-1, 3)
    return {
        f"hierarchical_{kind}": sums_interval(columns, lambda sums, r=row: _micro(sums)[r])  # type: ignore[misc]
        for row, kind in enumerate(("precision", "recall", "f1"))
    }


def answered(
    gold: Sequence[frozenset[str]], predicted: Sequence[str | None]
) -> dict[str, Interval]:
    """Coverage and abstention: the share of documents with an answer and without one, accuracy of
    the answers that were given, and share of right abstentions among all (`abstention_precision`).
    """
    rows = np.array(
        [
            (said is not None, said is None, said in truth, said is None and not truth, 1)
            for truth, said in zip(gold, predicted, strict=True)
        ],
        dtype=float,
    ).reshape(-1, 5)
    return {
        "coverage": sums_interval(rows[:, [0, 4]], ratio),
        "abstention": sums_interval(rows[:, [1, 4]], ratio),
        "selective_accuracy": sums_interval(rows[:, [2, 0]], ratio),
        "abstention_precision": sums_interval(rows[:, [3, 1]], ratio),
    }


def confusion(gold: Sequence[str], predicted: Sequence[str]) -> tuple[list[str], list[list[int]]]:
    """Labels in their order, and counts with a row for each gold label; "" stands for none."""
    with needs("sklearn", "evaluate"):
        from sklearn.metrics import confusion_matrix
    names = sorted({*gold, *predicted})
    if len(names) < 2:  # scikit-learn warns of one
        return names, [[len(gold)] for _ in names]
    return names, confusion_matrix(gold, predicted, labels=names).tolist()


def _with_ancestors(codes: frozenset[str]) -> frozenset[str]:
    areas = load_regions()
    found = set()
    for code in codes:
        above: str | None = code
        while above is not None and areas[above].parent is not None:
            found.add(above)
            above = areas[above].parent
    return frozenset(found)


def _divided(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def _rates(hits: Floats, said: Floats, truth: Floats) -> tuple[Floats, Floats, Floats]:
    return _divided(hits, said), _divided(hits, truth), _divided(2 * hits, said + truth)


def _parts(sums: Floats) -> tuple[Floats, Floats, Floats]:
    hits, said, truth = np.split(sums, 3, axis=1)
    return hits, said, truth


def _micro(sums: Floats) -> tuple[Floats, Floats, Floats]:
    hits, said, truth = (part.sum(axis=1) for part in _parts(sums))
    return _rates(hits, said, truth)


def _macro(sums: Floats) -> tuple[Floats, ...]:
    hits, said, truth = _parts(sums)
    occur = (said + truth > 0).sum(axis=1).astype(float)
    return tuple(_divided(rate.sum(axis=1), occur) for rate in _rates(hits, said, truth))
