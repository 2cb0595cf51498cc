"""The trained model of the support check: its artefact, checked and read, and the score by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.core.probabilities import logistic
from pipeline.core.resources import resource
from pipeline.engines.classifiers.cross_encoder import CrossEncoder
from pipeline.engines.classifiers.trees import tree_logits
from pipeline.engines.weights.artefact import Artefact, checked, lines_of
from pipeline.summarize.support.words import Vocabulary

FOLDER = "support"
WEIGHTS = "support.safetensors"
CROSS_WEIGHTS = "cross_encoder.safetensors"
TRAINING = "dateline train-support"

CROSS = "cross_encoder"
"""The feature that is the cross-encoder's logit."""

BASE = "all-minilm-l6-v2"
MAX_TOKENS = 144
"""What the cross-encoder was trained from, and how much of a pair it reads."""

STEPS_AN_OCTAVE = 12
"""Document frequencies are kept as logarithms to base 2 in steps of a twelfth, in a byte."""


@dataclass(frozen=True)
class SupportModel:
    """Boosted regression trees (Friedman 2001), and a logistic combination of their sum with the
    cross-encoder's logit (Platt 1999).

    The arrays of the trees are as in `tree_logits`; `features` names the columns; `calibration` is
    the weight of the trees, that of the cross-encoder, and the offset.
    """

    features: tuple[str, ...]
    feature: NDArray[np.int16]
    threshold: NDArray[np.float32]
    left: NDArray[np.int16]
    right: NDArray[np.int16]
    value: NDArray[np.float32]
    calibration: NDArray[np.float32]
    vocabulary: Vocabulary
    digest: str

    def scores(self, rows: Sequence[Mapping[str, float]]) -> NDArray[np.float32]:
        """The probability that each sentence is supported, from its features by name."""
        if not rows:
            return np.zeros(0, dtype=np.float32)
        inputs = np.array([[row[name] for name in self.features] for row in rows], np.float32)
        logits = tree_logits(
            inputs, self.feature, self.threshold, self.left, self.right, self.value
        )
        cross = np.array([row[CROSS] for row in rows], np.float32)
        of_trees, of_cross, offset = self.calibration
        return logistic(of_trees * logits + of_cross * cross + offset)


def support_artefact(folder: Path | None, weights: str = WEIGHTS) -> Artefact:
    """A file of the shipped models, or of those of a folder. Raises as `checked`."""
    what = "model" if weights == WEIGHTS else "cross-encoder"
    folder = folder or resource("models") / FOLDER
    return checked(folder, weights, f"{what} of the support check", TRAINING)


@cache
def load_support_model(folder: Path | None = None) -> SupportModel:
    """The shipped model, or that of a folder.

    Raises:
        ModelError: the artefact is missing or has another digest than its card.
    """
    from safetensors.numpy import load_file

    found = support_artefact(folder)
    arrays = load_file(found.path)
    return SupportModel(
        features=tuple(lines_of(arrays["features"])),
        feature=arrays["feature"],
        threshold=arrays["threshold"],
        left=arrays["left"],
        right=arrays["right"],
        value=arrays["value"],
        calibration=arrays["calibration"],
        vocabulary=vocabulary_of(arrays),
        digest=found.digest,
    )


def vocabulary_of(arrays: Mapping[str, NDArray[Any]]) -> Vocabulary:
    """The vocabulary that the arrays of the artefact hold."""
    words = lines_of(arrays["words"])
    frequencies = np.exp2(arrays["frequencies"].astype(np.float64) / STEPS_AN_OCTAVE)
    return Vocabulary(
        int(arrays["documents"][0]),
        dict(zip(words, frequencies.tolist(), strict=True)),
        dict(zip(words, (arrays["capitals"] / 255).tolist(), strict=True)),
    )


@cache
def load_cross_encoder(folder: Path | None = None) -> CrossEncoder:
    """The shipped cross-encoder, or that of a folder, not yet opened.

    Raises:
        ModelError: as `load_support_model`.
    """
    file = support_artefact(folder, CROSS_WEIGHTS)
    return CrossEncoder(str(file.card["base"]), file.path, file.digest, MAX_TOKENS)
