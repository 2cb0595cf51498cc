"""The table of the support check: what it is worth on sentences and sets that it did not see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.core.probabilities import logistic as probabilities
from pipeline.train.boosting import Forest, logits_of, mean_of
from pipeline.train.support.combination import grown, logistic, row_weights
from pipeline.train.support.examples import MADE, Example
from pipeline.train.support.figures import (
    Figure,
    Floats,
    Ints,
    balanced_accuracy,
    best_threshold,
    calibration_error,
    figure,
    roc_area,
)
from pipeline.train.support.folds import MEASURED
from pipeline.train.support.signals_of import Signals
from pipeline.train.support.statements import JUDGED, WRITTEN, Summary

_FOLDS = 5
_IMPORTANCES = (4.0, 30.0)
"""How much judged sentences count against a set, in the one half of the trees and the other. With 4
alone the area under ROC on them is 0.79 and the mean balanced accuracy of sets left out 0.69, with
30 alone 0.81 and 0.67, with both 0.81 and 0.69."""

_MADE_IMPORTANCE = 2.0
_SURE = 0.9

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Known:
    """Sentences with their signals and the logit of a cross-encoder that did not see them."""

    features: Floats
    cross: Floats
    labels: Ints
    weights: Floats
    sets: NDArray[np.str_]
    groups: Ints
    rows: Ints

    @classmethod
    def of(cls, signals: Signals, examples: Sequence[Example], cross: Floats) -> Known:
        chosen = [examples[n] for n in signals.numbers]
        return cls(
            signals.rows.astype(np.float64),
            cross[signals.numbers],
            np.array([one.label for one in chosen]),
            np.array([one.weight for one in chosen]),
            # What is written is true, what is made of it mostly false: together they are a set.
            np.array([MADE if one.set == WRITTEN else one.set for one in chosen]),
            np.array([one.group for one in chosen]),
            np.array([one.row for one in chosen]),
        )

    def forest(self, train: Mask) -> Forest:
        """Trees grown on some of the sentences."""
        train = train & (self.weights > 0)
        sets, labels = self.sets[train].tolist(), self.labels[train]
        forests = []
        for importance in _IMPORTANCES:
            by_set = {JUDGED: importance, MADE: _MADE_IMPORTANCE}
            weights = row_weights(sets, labels, self.weights[train], by_set)
            forests.append(grown(self.features[train], labels, weights))
        return mean_of(forests)

    def of_set(self, name: str) -> Mask:
        """The sentences of a set that a cross-encoder was asked about."""
        mask: Mask = (self.sets == name) & ~np.isnan(self.cross)
        return mask


@dataclass(frozen=True, slots=True)
class Judged:
    """Judged sentences with what models that did not see their documents say of them."""

    trees: Floats
    cross: Floats
    combined: Floats
    labels: Ints
    groups: Ints

    def coefficients(self) -> Floats:
        """Weights of trees and cross-encoder, and the offset, by all of them."""
        return logistic(np.column_stack([self.trees, self.cross]), self.labels)


def judged(known: Known) -> Judged:
    """Trees and their combination with the cross-encoder, by folds of documents."""
    mask = known.sets == JUDGED
    fold = _folds(known.groups)
    trees = np.zeros(len(mask))
    for number in range(_FOLDS):
        asked = mask & (fold == number)
        train = ~np.isin(known.groups, known.groups[asked])
        trees[asked] = logits_of(known.forest(train), known.features[asked])
    columns = np.column_stack([trees, known.cross])[mask]
    labels, folds = known.labels[mask], fold[mask]
    combined = np.zeros(len(labels))
    for number in range(_FOLDS):
        own = folds == number
        coefficients = logistic(columns[~own], labels[~own])
        combined[own] = probabilities(columns[own] @ coefficients[:-1] + coefficients[-1])
    return Judged(columns[:, 0], columns[:, 1], combined, labels, known.groups[mask])


def _folds(groups: Ints) -> Ints:
    return np.random.default_rng(0).permutation(int(groups.max()) + 1)[groups] % _FOLDS


def judged_lines(found: Judged) -> list[str]:
    """The figures of the judged sentences, a line each."""
    lines = []
    for name, scores in (
        ("trees", found.trees), ("cross-encoder", found.cross), ("both", found.combined),
    ):  # fmt: skip
        area = figure(roc_area, scores, found.labels, found.groups)
        lines.append(f"judged, area under ROC, {name}: {area}")
    error = figure(calibration_error, found.combined, found.labels, found.groups)
    lines.append(f"judged, expected calibration error: {error}")
    sure = found.combined >= _SURE
    right = float(found.labels[sure].mean()) if sure.any() else float("nan")
    lines.append(f"judged, support of 0.9 and more: {sure.mean():.1%}, right {right:.1%}")
    return lines


def left_out(known: Known) -> dict[str, Floats]:
    """For each measured set the tree logits of its sentences, by trees that saw neither it nor a
    document of it."""
    found = {}
    for name in MEASURED:
        train = ~np.isin(known.groups, known.groups[known.sets == name])
        found[name] = logits_of(known.forest(train), known.features[known.of_set(name)])
    return found


def balanced_lines(
    known: Known, trees: Mapping[str, Floats], coefficients: Floats, summaries: Sequence[Summary]
) -> list[str]:
    """Balanced accuracy of each set left out, by the threshold that is best for the nine others,
    and the mean; a summary is as good as its least supported sentence."""
    columns = {
        "trees": dict(trees),
        "cross-encoder": {name: known.cross[known.of_set(name)] for name in MEASURED},
    }
    of_trees, of_cross, offset = coefficients
    columns["both"] = {
        name: of_trees * trees[name] + of_cross * columns["cross-encoder"][name] + offset
        for name in MEASURED
    }
    lines = [f"{'balanced accuracy':18}" + "".join(f"{n:>20}" for n in (*MEASURED, "mean"))]
    for title, by_set in columns.items():
        whole = {name: _whole(known, name, by_set[name], summaries) for name in MEASURED}
        cells = []
        for name in MEASURED:
            others = [whole[other] for other in MEASURED if other != name]
            threshold = best_threshold([s for s, _, _ in others], [y for _, y, _ in others])
            scores, labels, groups = whole[name]
            cells.append(
                figure(
                    lambda s, y, t=threshold: balanced_accuracy(s, y, t),  # type: ignore[misc]
                    scores, labels, groups,
                )
            )  # fmt: skip
        mean = np.mean([cell.value for cell in cells])
        half = np.sqrt(np.sum([((cell.high - cell.low) / 2) ** 2 for cell in cells])) / len(cells)
        cells.append(Figure(float(mean), float(mean - half), float(mean + half)))
        lines.append(f"{title:18}" + "".join(f"{cell!s:>20}" for cell in cells))
    return lines


def _whole(
    known: Known, name: str, scores: Floats, summaries: Sequence[Summary]
) -> tuple[Floats, Ints, Ints]:
    """Scores, labels and documents of the summaries of a set."""
    least: dict[int, float] = {}
    for row, score in zip(known.rows[known.of_set(name)].tolist(), scores, strict=True):
        least[row] = min(score, least.get(row, np.inf))
    rows = sorted(least)
    return (
        np.array([least[row] for row in rows]),
        np.array([summaries[row].label for row in rows]),
        np.array([summaries[row].group for row in rows]),
    )
