"""Linear topic scores over TF-IDF of words and pairs of words: the artefact, checked, and its sums.

A folder with arrays in safetensors, the vocabulary in JSON and a card with their digests: nothing
in it can run code, and using it takes numpy alone. `pipeline.train.topic.tfidf_svm` makes it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from pipeline.core.digest import digest_of
from pipeline.core.errors import LabelError, ModelError
from pipeline.core.probabilities import logistic
from pipeline.taxonomy.topics import load_topics

WEIGHTS, VOCABULARY, CARD = "model.safetensors", "vocabulary.json", "card.yaml"
KIND = "dateline-tfidf-svm-1"
"""Of the card; goes up with every change of what `terms` finds or how the arrays are meant."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")

Array = NDArray[np.float32]


def terms(text: str) -> Iterator[str]:
    """The words of a text in lower case, and each two that follow each other."""
    words = [word.lower().replace("’", "'") for word in _WORD.findall(text)]
    yield from words
    for first, second in pairwise(words):
        yield f"{first} {second}"


@dataclass(frozen=True)
class TfidfModel:
    """One linear classifier for each topic, with a calibration of its margin (Platt 1999).

    `weights` has shape (features, topics), `offsets` (topics,), `calibration` (topics, 2): slope
    and offset of the logit; `idf` (features,) weighs the features of `vocabulary`.
    """

    topics: tuple[str, ...]
    vocabulary: Mapping[str, int]
    idf: Array
    weights: Array
    offsets: Array
    calibration: Array

    def probabilities(self, text: str) -> list[float] | None:
        """Of each topic; None for a text that has no term of the vocabulary."""
        counts = Counter(
            column
            for column in (self.vocabulary.get(term) for term in terms(text))
            if column is not None
        )
        if not counts:
            return None
        columns = np.array(sorted(counts))
        # Term frequency by its logarithm, vector of length 1, as scikit-learn's sublinear_tf.
        values = (1 + np.log([counts[column] for column in columns])) * self.idf[columns]
        margins = values / np.linalg.norm(values) @ self.weights[columns] + self.offsets
        logits = self.calibration[:, 0] * margins + self.calibration[:, 1]
        chances: list[float] = logistic(np.clip(logits, -500, 500)).tolist()
        return chances


def load_tfidf(folder: Path) -> TfidfModel:
    """The model in a folder.

    Raises:
        ModelError: a file is missing, has another digest than the card, or does not fit the others.
        LabelError: a topic of the card is not one of the topic table, or stands there twice.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    card = read_card(folder)
    topics = _checked_topics(card.get("topics"), folder / CARD)
    files = card.get("files")
    for name in (WEIGHTS, VOCABULARY):
        expected = files.get(name) if isinstance(files, dict) else None
        path = folder / name
        actual = digest_of(path) if path.is_file() else "missing"
        if actual != expected:
            raise ModelError(
                f"{path}: sha256 {actual[:12]}... is not {str(expected)[:12]}... of {CARD} beside "
                "it: not loaded; train it again, or copy the folder whole"
            )
    try:
        arrays = load_file(folder / WEIGHTS)
        words = json.loads((folder / VOCABULARY).read_text(encoding="utf-8"))
        model = TfidfModel(
            topics,
            {str(word): column for column, word in enumerate(words)},
            arrays["idf"],
            arrays["weights"],
            arrays["offsets"],
            arrays["calibration"],
        )
    except (SafetensorError, KeyError, ValueError, TypeError) as error:
        raise ModelError(f"{folder}: not a model of this kind: {error!r}") from error
    _check_shapes(model, len(words), folder)
    return model


def read_card(folder: Path) -> dict[str, Any]:
    """What `card.yaml` says. Raises `ModelError` if it is not there or of another kind."""
    path = folder / CARD
    try:
        card = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ModelError(f"{path}: cannot be read: {error}") from error
    if not isinstance(card, dict) or card.get("kind") != KIND:
        raise ModelError(f"{path}: is no card of kind {KIND}; train the model again")
    return card


def _checked_topics(named: object, path: Path) -> tuple[str, ...]:
    topics = [str(qcode) for qcode in named] if isinstance(named, list) else []
    if not topics:
        raise LabelError(f"{path}: names no topics")
    known = load_topics()
    for number, qcode in enumerate(topics):
        if qcode not in known or qcode in topics[:number]:
            wrong = "stands there twice" if qcode in known else "is no code of the topic table"
            raise LabelError(f"{path}: topics[{number}]: {qcode!r} {wrong}")
    return tuple(topics)


def _check_shapes(model: TfidfModel, words: int, folder: Path) -> None:
    features, topics = len(model.vocabulary), len(model.topics)
    if features != words:
        raise ModelError(f"{folder / VOCABULARY}: has a term twice")
    for name, array, shape in (
        ("idf", model.idf, (features,)),
        ("weights", model.weights, (features, topics)),
        ("offsets", model.offsets, (topics,)),
        ("calibration", model.calibration, (topics, 2)),
    ):
        if array.shape != shape:
            raise ModelError(f"{folder / WEIGHTS}: {name} has shape {array.shape}, not {shape}")
        if not np.isfinite(array).all():
            raise ModelError(f"{folder / WEIGHTS}: {name} has values that are no numbers")
