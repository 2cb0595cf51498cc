"""The trained model of focus: its artefact, checked and read, and the probabilities by it.

Arrays and word lists in safetensors; nothing in the artefact can run code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from pipeline.classify.focus_features import FEATURES
from pipeline.classify.focus_words import WordModel
from pipeline.digest import digest_of
from pipeline.errors import ModelError
from pipeline.resources import resource
from pipeline.summarize.support_model import tree_logits
from pipeline.taxonomy.regions import load_countries

FOLDER = "region"
WEIGHTS = "focus.safetensors"
CARD = "card.yaml"


@dataclass(frozen=True)
class Trees:
    """Boosted regression trees (Friedman 2001), arrays as in `tree_logits`."""

    feature: NDArray[np.int16]
    threshold: NDArray[np.float32]
    left: NDArray[np.int16]
    right: NDArray[np.int16]
    value: NDArray[np.float32]

    def logits(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Shape (rows,)."""
        return tree_logits(rows, self.feature, self.threshold, self.left, self.right, self.value)


@dataclass(frozen=True)
class FocusModel:
    """What the words say, and the trees that weigh it with the lexicon's evidence.

    `calibration` is slope and offset of the logit (Platt 1999). A country of at least
    `focus_threshold`, and the likeliest of at least `best_threshold`, is in focus.
    """

    words: WordModel
    trees: Trees
    calibration: NDArray[np.float32]
    focus_threshold: float
    best_threshold: float

    def probabilities(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """P(focus) of candidates by their features, shape (rows,)."""
        if not len(rows):
            return np.zeros(0, np.float32)
        slope, offset = self.calibration
        found: NDArray[np.float32] = 1 / (1 + np.exp(-(slope * self.trees.logits(rows) + offset)))
        return found


def digest(folder: Path | None = None) -> str:
    """sha256 of the artefact, which is the one of its card.

    Raises:
        ModelError: the artefact is missing or has another digest than its card.
    """
    folder = folder or resource("models") / FOLDER
    path, card = folder / WEIGHTS, folder / CARD
    try:
        expected = yaml.safe_load(card.read_text(encoding="utf-8"))["files"][WEIGHTS]
        actual = digest_of(path)
    except (OSError, KeyError, TypeError, yaml.YAMLError) as error:
        raise ModelError(f"{folder}: no model of focus; install dateline again") from error
    if actual != expected:
        raise ModelError(
            f"{path}: sha256 {actual[:12]}... is not {expected[:12]}... of {card.name}: not "
            "loaded. Install dateline again, or train it: scripts/train_region.py"
        )
    return actual


@cache
def load_focus_model(folder: Path | None = None) -> FocusModel:
    """The shipped model, or that of a folder.

    Raises:
        ModelError: as `digest`; or the model was made for other features or countries.
    """
    from safetensors.numpy import load_file

    digest(folder)
    folder = folder or resource("models") / FOLDER
    arrays = load_file(folder / WEIGHTS)
    if tuple(lines_of(arrays["features"])) != FEATURES:
        raise ModelError(f"{folder}: made for other features; train it: scripts/train_region.py")
    countries = lines_of(arrays["countries"])
    unknown = sorted(set(countries) - set(load_countries()))
    if unknown or len(set(countries)) != len(countries):
        raise ModelError(f"{folder}: unknown or repeated countries: {unknown or countries}")
    focus, best = arrays["thresholds"].tolist()
    return FocusModel(
        WordModel(
            {word: at for at, word in enumerate(lines_of(arrays["words"]))},
            countries,
            arrays["weights"],
            arrays["scale"],
            arrays["bias"],
        ),
        Trees(*(arrays[name] for name in ("feature", "threshold", "left", "right", "value"))),
        arrays["calibration"],
        focus,
        best,
    )


def arrays_of(model: FocusModel) -> Mapping[str, NDArray[np.generic]]:
    """The arrays of the artefact: what `load_focus_model` reads."""
    trees = model.trees
    return {
        "words": lines_as_bytes(list(model.words.index)),
        "countries": lines_as_bytes(model.words.countries),
        "features": lines_as_bytes(FEATURES),
        "weights": model.words.weights,
        "scale": model.words.scale,
        "bias": model.words.bias,
        "feature": trees.feature,
        "threshold": trees.threshold,
        "left": trees.left,
        "right": trees.right,
        "value": trees.value,
        "calibration": model.calibration,
        "thresholds": np.array([model.focus_threshold, model.best_threshold], np.float32),
    }


def lines_of(array: NDArray[np.uint8]) -> list[str]:
    """The strings of an array that `lines_as_bytes` made."""
    return array.tobytes().decode("utf-8").split("\n")


def lines_as_bytes(lines: Sequence[str]) -> NDArray[np.uint8]:
    """Strings without line ends as one array of UTF-8."""
    return np.frombuffer("\n".join(lines).encode("utf-8"), np.uint8)
