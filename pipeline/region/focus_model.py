"""The trained model of focus: its artefact, checked and read, and the probabilities by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.core.errors import ModelError
from pipeline.core.probabilities import logistic
from pipeline.core.resources import resource
from pipeline.engines.classifiers.trees import tree_logits
from pipeline.engines.weights.artefact import Artefact, checked, lines_as_bytes, lines_of
from pipeline.region.focus_features import FEATURES
from pipeline.region.focus_words import WordModel
from pipeline.taxonomy.regions import load_countries

FOLDER = "region"
WEIGHTS = "focus.safetensors"
TRAINING = "dateline train-region"


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
        return logistic(slope * self.trees.logits(rows) + offset)


def artefact(folder: Path | None = None) -> Artefact:
    """The files of the shipped model, or of that of a folder. Raises as `checked`."""
    return checked(folder or resource("models") / FOLDER, WEIGHTS, "model of focus", TRAINING)


@cache
def load_focus_model(folder: Path | None = None) -> FocusModel:
    """The shipped model, or that of a folder. Raises `ModelError` as `checked`, or if it was made
    for other features or countries."""
    from safetensors.numpy import load_file

    path = artefact(folder).path
    arrays = load_file(path)
    if tuple(lines_of(arrays["features"])) != FEATURES:
        raise ModelError(f"{path}: made for other features; train it: {TRAINING}")
    countries = lines_of(arrays["countries"])
    unknown = sorted(set(countries) - set(load_countries()))
    if unknown or len(set(countries)) != len(countries):
        raise ModelError(f"{path}: unknown or repeated countries: {unknown or countries}")
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
    return {
        "words": lines_as_bytes(list(model.words.index)),
        "countries": lines_as_bytes(model.words.countries),
        "features": lines_as_bytes(FEATURES),
        "weights": model.words.weights,
        "scale": model.words.scale,
        "bias": model.words.bias,
        **vars(model.trees),
        "calibration": model.calibration,
        "thresholds": np.array([model.focus_threshold, model.best_threshold], np.float32),
    }
