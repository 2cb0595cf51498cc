"""The trained model of the support check: its artefact, checked and read, and the score by it.

Arrays and word lists in safetensors; nothing in the artefact can run code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import yaml
from numpy.typing import NDArray

from pipeline.digest import digest_of
from pipeline.errors import ModelError
from pipeline.resources import resource
from pipeline.summarize.support_words import Vocabulary

FOLDER = "support"
WEIGHTS = "support.safetensors"
CARD = "card.yaml"

STEPS_AN_OCTAVE = 12
"""Document frequencies are kept as logarithms to base 2 in steps of a twelfth, in a byte."""


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


@dataclass(frozen=True)
class SupportModel:
    """Boosted regression trees (Friedman 2001) and a calibration of their sum (Platt 1999).

    The arrays of the trees are as in `tree_logits`; `features` names the columns; `calibration` is
    slope and offset of the logit.
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
        """Support of each sentence in 0..1, from its features by name; 0.5 parts yes from no."""
        if not rows:
            return np.zeros(0, dtype=np.float32)
        inputs = np.array([[row[name] for name in self.features] for row in rows], np.float32)
        logits = tree_logits(
            inputs, self.feature, self.threshold, self.left, self.right, self.value
        )
        slope, offset = self.calibration
        scores: NDArray[np.float32] = 1 / (1 + np.exp(-(slope * logits + offset)))
        return scores


@cache
def load_support_model() -> SupportModel:
    """The shipped model.

    Raises:
        ModelError: the artefact is missing or has another digest than its card.
    """
    from safetensors.numpy import load_file

    folder = resource("models") / FOLDER
    path, card = folder / WEIGHTS, folder / CARD
    try:
        expected = yaml.safe_load(card.read_text(encoding="utf-8"))["files"][WEIGHTS]
        actual = digest_of(path)
    except (OSError, KeyError, TypeError, yaml.YAMLError) as error:
        raise ModelError(f"{folder}: no model of the support check; install dateline again") from (
            error
        )
    if actual != expected:
        raise ModelError(
            f"{path}: sha256 {actual[:12]}... is not {expected[:12]}... of {card.name}: "
            "not loaded. Install dateline again, or train it: scripts/train_support.py"
        )
    arrays = load_file(path)
    words = _lines(arrays["words"])
    frequencies = np.exp2(arrays["frequencies"].astype(np.float64) / STEPS_AN_OCTAVE)
    return SupportModel(
        features=tuple(_lines(arrays["features"])),
        feature=arrays["feature"],
        threshold=arrays["threshold"],
        left=arrays["left"],
        right=arrays["right"],
        value=arrays["value"],
        calibration=arrays["calibration"],
        vocabulary=Vocabulary(
            int(arrays["documents"][0]),
            dict(zip(words, frequencies.tolist(), strict=True)),
            dict(zip(words, (arrays["capitals"] / 255).tolist(), strict=True)),
        ),
        digest=actual,
    )


def _lines(array: NDArray[np.uint8]) -> list[str]:
    return array.tobytes().decode("utf-8").split("\n")
