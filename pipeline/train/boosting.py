"""Boosted trees as arrays: grown by scikit-learn, asked by `pipeline.engines.classifiers.trees`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.engines.classifiers.trees import tree_logits

_TREES = 120
_DEPTH = 4
_RATE = 0.05
_LEAST_LEAF = 25
_SUBSAMPLE = 0.7
_FEATURES = 0.12
"""Chosen on the support check. Of networks with one hidden layer, logistic regression and trees,
trees were best; balanced accuracy 0.697 with a share of 0.3 of the features a split, 0.703 with
0.12; at 0.3, 0.693 with leaves of 60 and 0.699 with depth 3 and 200 trees."""

Floats = NDArray[np.float64]
Forest = dict[str, NDArray[Any]]


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


def mean_of(forests: Sequence[Forest]) -> Forest:
    """One whose sum is the mean of the sums of several."""
    nodes = max(forest["value"].shape[1] for forest in forests)
    joined: Forest = {}
    for name in forests[0]:
        parts = [
            np.pad(forest[name], ((0, 0), (0, nodes - forest[name].shape[1]))) for forest in forests
        ]
        joined[name] = np.concatenate(parts)
    joined["value"] = joined["value"] / np.float32(len(forests))
    return joined


def logits_of(forest: Mapping[str, NDArray[Any]], features: Floats) -> Floats:
    """What the trees say of each row."""
    return tree_logits(features.astype(np.float32), **forest).astype(np.float64)
