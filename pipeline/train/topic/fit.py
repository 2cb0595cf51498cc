"""Linear models of partly labelled data: multinomial logistic regression with a masked softmax, and
a support vector machine for each label.

Each row's softmax runs over the labels that its data set knows, so a set that lacks a label neither
asks for it nor speaks against it; a label's machine is fitted on the rows whose set knows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.train.topic.rows import TopicRow

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

_HIDDEN = np.float32(-1e9)


class Matrix(Protocol):
    """A dense or sparse matrix of features, shape (rows, columns)."""

    shape: tuple[int, ...]

    def __matmul__(self, other: Floats) -> Floats: ...

    def __getitem__(self, rows: Bools) -> Matrix: ...

    @property
    def T(self) -> Matrix: ...  # noqa: N802 - numpy's name


@dataclass(frozen=True)
class Targets:
    """What is known of each row, arrays of shape (rows, labels): `right` labels (of which one is
    enough where `either`), the labels that are `known`; `sets`, shape (rows,), and `either` too."""

    right: Bools
    known: Bools
    either: Bools
    sets: NDArray[np.str_]

    def of(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Targets:
        """Those of some rows."""
        return Targets(
            self.right[chosen], self.known[chosen], self.either[chosen], self.sets[chosen]
        )


def targets_of(rows: Sequence[TopicRow], labels: Sequence[str]) -> Targets:
    """The targets of rows whose codes are all in `labels`."""
    place = {label: column for column, label in enumerate(labels)}
    right = np.zeros((len(rows), len(labels)), dtype=bool)
    known = np.zeros_like(right)
    either = np.zeros(len(rows), dtype=bool)
    columns: dict[tuple[str, ...], list[int]] = {}
    for number, row in enumerate(rows):
        if row.known not in columns:
            columns[row.known] = [place[code] for code in row.known]
        known[number, columns[row.known]] = True
        right[number, [place[code] for code in row.topics or row.any_of]] = True
        either[number] = not row.topics
    return Targets(right, known, either, np.array([row.set for row in rows]))


def balanced(targets: Targets, power: float = 0.5) -> Floats:
    """Weights of mean 1: every set counts the same, and in a set rare
    labels gain by `power` (0: as they are, 1: all labels the same)."""
    weights = np.zeros(len(targets.sets))
    for name in np.unique(targets.sets):
        of_set = targets.sets == name
        right = targets.right[of_set].astype(float)
        right /= np.maximum(right.sum(axis=1, keepdims=True), 1)
        count = np.maximum(right.sum(axis=0), 1)
        own = right @ (count.mean() / count) ** power
        weights[of_set] = own / own.sum()
    return np.asarray(weights * len(weights) / weights.sum(), dtype=np.float32)


def fit(
    features: Matrix, targets: Targets, weights: Floats, penalty: float, steps: int = 60
) -> tuple[Floats, Floats]:
    """Coefficients, shape (columns, labels), and offsets, shape (labels,), by L-BFGS.

    `penalty` is on half the squared coefficients of the mean loss of a row.
    """
    from scipy.optimize import minimize

    columns, labels = features.shape[1], targets.right.shape[1]
    turned = features.T
    if hasattr(turned, "tocsr"):
        turned = turned.tocsr()
    share = weights / weights.sum()
    hidden = np.where(targets.known, np.float32(0), _HIDDEN)
    count = np.maximum(targets.right.sum(axis=1, keepdims=True), 1)

    def loss(given: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        table = given.reshape(columns + 1, labels).astype(np.float32)
        logits = features @ table[:-1] + table[-1] + hidden
        logits -= logits.max(axis=1, keepdims=True)
        log_chance = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        chance = np.exp(log_chance)
        inside = np.where(targets.right, chance, 0)
        among = inside.sum(axis=1, keepdims=True)
        either = targets.either[:, None]
        wanted = np.where(either, inside / np.maximum(among, 1e-9), targets.right / count)
        plain = -np.where(targets.right, log_chance, 0).sum(axis=1) / count[:, 0]
        any_of = -np.log(np.maximum(among[:, 0], 1e-9))
        value = share @ np.where(targets.either, any_of, plain)
        error = ((chance - wanted) * share[:, None]).astype(np.float32)
        slope = np.empty_like(table)
        slope[:-1] = turned @ error + penalty * table[:-1]
        slope[-1] = error.sum(axis=0) + 1e-4 * table[-1]
        value += penalty / 2 * float((table[:-1] ** 2).sum())
        return float(value), slope.ravel().astype(np.float64)

    start = np.zeros((columns + 1) * labels)
    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", options={"maxiter": steps, "maxcor": 6}
    )
    table = found.x.reshape(columns + 1, labels).astype(np.float32)
    return table[:-1], table[-1]


def fit_margins(features: Matrix, targets: Targets) -> tuple[Floats, Floats]:
    """Coefficients, shape (columns, labels), and offsets, shape (labels,), of one linear support
    vector machine a label (squared hinge, C = 1). A label that no row has, or every
    one, gets -1 for all."""
    from sklearn.svm import LinearSVC

    columns, labels = features.shape[1], targets.right.shape[1]
    coefficients = np.zeros((columns, labels), dtype=np.float32)
    offsets = np.full(labels, -1, dtype=np.float32)
    for label in range(labels):
        known = targets.known[:, label]
        right = targets.right[known, label]
        if right.any() and not right.all():
            machine = LinearSVC(random_state=0).fit(features[known], right)
            coefficients[:, label] = machine.coef_[0]
            offsets[label] = machine.intercept_[0]
    return coefficients, offsets
