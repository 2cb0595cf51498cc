"""The trained models of the selector: their artefact, checked and read, and the scores by them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pipeline.core.errors import ModelError
from pipeline.core.probabilities import logistic
from pipeline.core.resources import resource
from pipeline.engines.classifiers.trees import tree_logits
from pipeline.engines.weights.artefact import checked, lines_of
from pipeline.summarize.selection.signals import BRIEF, POINTING, STATE, STATIC, Floats

FOLDER = "selection"
WEIGHTS = "selection.safetensors"
TRAINING = "scripts/models/select_sentences.py"

INPUTS: Mapping[str, tuple[str, ...]] = {
    "next": (*STATIC, *STATE),
    "news": (*STATIC, *POINTING),
    "part": (*STATIC, *POINTING),
    "needs": (*STATIC, *POINTING),
    "furniture": (*STATIC, *POINTING),
    "brief": BRIEF,
}
"""The forests and the columns that each takes: whether a summary draws on a sentence next; whether
a sentence has the news, is part of the best brief, needs another before it, or is no sentence of
the story; and how good a brief of several sentences is, beside others of the article."""


@dataclass(frozen=True)
class Forest:
    """Boosted regression trees (Friedman 2001); arrays as in `tree_logits`."""

    feature: NDArray[np.int16]
    threshold: NDArray[np.float32]
    left: NDArray[np.int16]
    right: NDArray[np.int16]
    value: NDArray[np.float32]
    offset: NDArray[np.float32]

    def __call__(self, rows: Floats) -> Floats:
        """The sum over the trees for each row: a logit, or the value of a regression."""
        logits: Floats = self.offset + tree_logits(
            rows, self.feature, self.threshold, self.left, self.right, self.value
        )
        return logits


@dataclass(frozen=True)
class SelectionModel:
    """A forest for each of `INPUTS`, and the digest of the artefact."""

    forests: Mapping[str, Forest]
    digest: str

    def scores(self, name: str, rows: Floats) -> Floats:
        """What the forest of that name says of each row, with the columns of `INPUTS`."""
        return self.forests[name](np.asarray(rows, np.float32))

    def chances(self, name: str, rows: Floats) -> Floats:
        """The same as probabilities."""
        return logistic(self.scores(name, rows))


@cache
def load_selection_model() -> SelectionModel:
    """The shipped models. Raises `ModelError` as `checked`, or if made for other signals."""
    from safetensors.numpy import load_file

    found = checked(resource("models") / FOLDER, WEIGHTS, "models that select sentences", TRAINING)
    arrays = load_file(found.path)
    forests = {}
    for name, columns in INPUTS.items():
        named = arrays.get(f"{name}.columns")
        if named is None or tuple(lines_of(named)) != columns:
            raise ModelError(f"{found.path}: made for other signals; train it again: {TRAINING}")
        parts = ("feature", "threshold", "left", "right", "value", "offset")
        forests[name] = Forest(*(arrays[f"{name}.{part}"] for part in parts))
    return SelectionModel(forests, found.digest)
