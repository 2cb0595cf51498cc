"""Growing the trees of the support check from labelled summaries and corrupted sentences.

Used by `train_support.py`; how the trees are asked is in `pipeline.trees`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from support_data import Table
from support_scores import Floats, Ints, Truth, class_weights

from pipeline.trees import tree_logits

_ENSEMBLES = 3
_TREES = 120
_DEPTH = 4
_RATE = 0.05
_LEAST_LEAF = 25
_SUBSAMPLE = 0.7
_FEATURES = 0.12
_CORRUPTION_SHARE = 0.25
_BLAME = 3.0
"""Of the trees, and how sharply an unsupported summary is laid to its worst sentence. Of networks
with one hidden layer, logistic regression and trees, trees were best. Mean balanced accuracy of
three dealings: 0.697 with a share of 0.3 of the features a split, 0.703 with 0.12; at 0.3, 0.693
with leaves of 60 and 0.699 with depth 3 and 200 trees."""

Forest = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Corrupted:
    """Features of sentences made from unlabelled articles."""

    features: Floats
    supported: NDArray[np.bool_]
    kinds: Sequence[str]
    held_out: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rows:
    """The labelled summaries: sentences with their features and verdicts, and what is known."""

    sentences: Table
    verdicts: Ints
    truth: Truth

    def weights(self, of_summaries: Floats, blame: Floats) -> Floats:
        """Weights of sentences, by those of their summaries.

        Supported summaries count more the longer they are, by the root of their sentences; of the
        others, known sentences share the weight, else all do by `blame`.
        """
        owner, label = self.sentences.owner, self.truth.label[self.sentences.owner]
        count = len(self.truth.label)
        sentences = np.bincount(owner, minlength=count)[owner]
        known_bad = np.bincount(owner, self.verdicts == 0, count)[owner]
        blamed = blame / np.bincount(owner, blame, count)[owner]
        whole = of_summaries[owner]
        return np.select(
            [label == 1, self.verdicts == 0, self.verdicts == 1, known_bad > 0],
            [
                whole / np.sqrt(sentences),
                whole / np.maximum(1, known_bad),
                whole / 2 / sentences,
                0,
            ],
            whole * blamed,
        )


def fit(rows: Rows, train: NDArray[np.bool_], corrupted: Corrupted) -> Forest:
    """Boosted trees on sentences. Where only the label of a summary is known, its sentences are
    blamed alike at first, then by what the first trees think of them."""
    made = ~corrupted.held_out
    share = corrupted.supported[made].mean()
    made_weights = np.where(corrupted.supported[made], 0.5 / share, 0.5 / (1 - share))
    weights = np.zeros(len(rows.truth.label))
    weights[train] = class_weights(rows.truth.of(train))

    def grown(blame: Floats, seeds: Sequence[int]) -> Forest:
        sentence_weights = rows.weights(weights, blame)
        used = sentence_weights > 0
        total = _CORRUPTION_SHARE * sentence_weights.sum() / made_weights.sum()
        return trees(
            np.vstack([rows.sentences.features[used], corrupted.features[made]]),
            np.concatenate([rows.verdicts[used] == 1, corrupted.supported[made]]),
            np.concatenate([sentence_weights[used], made_weights * total]),
            seeds,
        )

    first = grown(np.ones(len(rows.verdicts)), [_ENSEMBLES])
    doubt = np.exp(-_BLAME * logits_of(first, rows.sentences.features).clip(-8, 8))
    return grown(doubt, range(_ENSEMBLES))


def trees(
    inputs: Floats, wanted: NDArray[np.bool_], weights: Floats, seeds: Sequence[int]
) -> Forest:
    """Gradient boosting (Friedman 2001), once a seed, as arrays of shape (trees, nodes).

    A leaf leads to itself; `value` is its part of the mean logit.
    """
    from sklearn.ensemble import GradientBoostingClassifier

    grown = []
    for seed in seeds:
        model = GradientBoostingClassifier(
            n_estimators=_TREES,
            max_depth=_DEPTH,
            learning_rate=_RATE,
            min_samples_leaf=_LEAST_LEAF,
            subsample=_SUBSAMPLE,
            max_features=_FEATURES,
            init="zero",
            random_state=seed,
        ).fit(inputs.astype(np.float32), wanted, sample_weight=weights)
        grown += [one.tree_ for one in model.estimators_[:, 0]]
    shape = (len(grown), max(tree.node_count for tree in grown))
    forest: Forest = {
        "feature": np.zeros(shape, np.int16),
        "threshold": np.zeros(shape, np.float32),
        "left": np.zeros(shape, np.int16),
        "right": np.zeros(shape, np.int16),
        "value": np.zeros(shape, np.float32),
    }
    for number, tree in enumerate(grown):
        own = np.arange(tree.node_count)
        leaf = tree.children_left < 0
        where = (number, slice(tree.node_count))
        forest["feature"][where] = np.where(leaf, 0, tree.feature)
        # Inputs are single precision: rounding a threshold down keeps them on the same side.
        forest["threshold"][where] = _rounded_down(tree.threshold)
        forest["left"][where] = np.where(leaf, own, tree.children_left)
        forest["right"][where] = np.where(leaf, own, tree.children_right)
        forest["value"][where] = np.where(leaf, tree.value[:, 0, 0] * _RATE / len(seeds), 0)
    return forest


def _rounded_down(values: Floats) -> NDArray[np.float32]:
    single = values.astype(np.float32)
    return np.where(single > values, np.nextafter(single, np.float32(-np.inf)), single)


def logits_of(forest: Forest, features: Floats) -> Floats:
    return tree_logits(
        features.astype(np.float32),
        forest["feature"],
        forest["threshold"],
        forest["left"],
        forest["right"],
        forest["value"],
    ).astype(np.float64)
