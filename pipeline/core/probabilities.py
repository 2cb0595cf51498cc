"""Logits to probabilities, for every model and calibration of the package; each keeps its type."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Float = TypeVar("Float", np.float32, np.float64)


def logistic(logits: NDArray[Float]) -> NDArray[Float]:
    """1 / (1 + exp(-logit)), any shape. Of a score's slope and offset it is the calibration of
    Platt 1999, "Probabilistic Outputs for Support Vector Machines"."""
    return np.asarray(1 / (1 + np.exp(-logits)), logits.dtype)


def softmax(logits: NDArray[Float]) -> NDArray[Float]:
    """Shares of the columns, shape (rows, columns); each row adds up to 1."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    found: NDArray[Float] = powers / powers.sum(axis=1, keepdims=True)
    return found
