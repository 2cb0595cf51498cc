"""The trained model of the selector: its artefact, checked and read, and the score by it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pipeline.core.errors import ModelError
from pipeline.core.resources import resource
from pipeline.engines.classifiers.trees import tree_logits
from pipeline.engines.weights.artefact import checked, lines_of
from pipeline.summarize.selection.signals import STATE, STATIC, Floats

FOLDER = "selection"
WEIGHTS = "selection.safetensors"
TRAINING = "scripts/models/select_sentences.py"


@dataclass(frozen=True)
class SelectionModel:
    """Boosted regression trees (Friedman 2001) over `STATIC` and `STATE`; arrays as in
    `tree_logits`."""

    feature: NDArray[np.int16]
    threshold: NDArray[np.float32]
    left: NDArray[np.int16]
    right: NDArray[np.int16]
    value: NDArray[np.float32]
    offset: float
    digest: str

    def scores(self, rows: Floats) -> Floats:
        """Logit for each row that a summary draws on the sentence next."""
        return self.offset + tree_logits(
            rows, self.feature, self.threshold, self.left, self.right, self.value
        )


@cache
def load_selection_model() -> SelectionModel:
    """The shipped model.

    Raises:
        ModelError: the artefact is missing, has another digest than its card, or asks for other
            signals than these.
    """
    from safetensors.numpy import load_file

    found = checked(resource("models") / FOLDER, WEIGHTS, "model that selects sentences", TRAINING)
    arrays = load_file(found.path)
    if tuple(lines_of(arrays["features"])) != (*STATIC, *STATE):
        raise ModelError(f"{found.path}: made for other signals; train it again: {TRAINING}")
    return SelectionModel(
        feature=arrays["feature"],
        threshold=arrays["threshold"],
        left=arrays["left"],
        right=arrays["right"],
        value=arrays["value"],
        offset=float(arrays["offset"][0]),
        digest=found.digest,
    )
