"""Asking boosted trees, in numpy; they are grown by scikit-learn in training alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def tree_logits(
    inputs: NDArray[np.float32],
    feature: NDArray[np.int16],
    threshold: NDArray[np.float32],
    left: NDArray[np.int16],
    right: NDArray[np.int16],
    value: NDArray[np.float32],
) -> NDArray[np.float32]:
    """The sum of the trees' values for each row of `inputs`, shape (rows, features).

    The other arrays have shape (trees, nodes). An inner node leads left where the feature is at
    most the threshold; a leaf leads to itself.
    """
    every = np.arange(len(feature))
    rows = np.arange(len(inputs))[:, None]
    node = np.zeros((len(inputs), len(feature)), np.int64)
    while True:
        low = inputs[rows, feature[every, node]] <= threshold[every, node]
        following = np.where(low, left[every, node], right[every, node]).astype(np.int64)
        if np.array_equal(following, node):
            break
        node = following
    total: NDArray[np.float32] = value[every, node].sum(axis=1)
    return total
