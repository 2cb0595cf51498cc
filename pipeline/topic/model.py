"""The trained topic classifier: its artefact, checked and read, and probabilities by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.core.errors import ModelError
from pipeline.core.probabilities import logistic
from pipeline.engines.weights.artefact import CARD, checked, lines_of
from pipeline.topic.features import BUCKETS, Features

WEIGHTS = "topic.safetensors"
TRAINING = "dateline train-topic"


@dataclass(frozen=True)
class TopicModel:
    """Two linear models added up, one of hashed words and one of the article's vector, and for
    each label a calibration (Platt 1999) of its share.

    Shapes: `idf` (BUCKETS,), `sparse` (BUCKETS, labels) as int8 in steps of `steps` (labels,),
    `dense` (dimensions, labels), `offset`, `slope`, `shift` and `threshold` (labels,).
    """

    labels: tuple[str, ...]
    idf: NDArray[np.float16]
    sparse: NDArray[np.int8]
    steps: NDArray[np.float32]
    dense: NDArray[np.float32]
    offset: NDArray[np.float32]
    slope: NDArray[np.float32]
    shift: NDArray[np.float32]
    threshold: NDArray[np.float32]
    encoder: Mapping[str, str]
    digest: str = ""

    def logits(
        self, articles: Sequence[Features], vectors: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """The sum of both models, shape (articles, labels); `vectors` (articles, dimensions)."""
        words = np.zeros((len(articles), len(self.labels)), dtype=np.float32)
        for row, article in enumerate(articles):
            amounts = article.amounts * self.idf[article.columns].astype(np.float32)
            length = float(np.sqrt(amounts @ amounts))
            if length:
                words[row] = amounts @ self.sparse[article.columns].astype(np.float32) / length
        found: NDArray[np.float32] = words * self.steps + vectors @ self.dense + self.offset
        return found

    def probabilities(
        self, articles: Sequence[Features], vectors: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """The chance that each label is right, shape (articles, labels); rows do not sum to 1."""
        return calibrated(self.logits(articles, vectors), self.slope, self.shift)


def calibrated(
    logits: NDArray[np.float32], slope: NDArray[np.float32], shift: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Chances from logits, shape (articles, labels): Platt's sigmoid of the log odds of a label's
    share among all labels."""
    return logistic(slope * log_odds(logits) + shift)


def log_odds(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of the softmax: each logit less the log-sum-exp of the others, in -30..30."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    others = np.maximum(powers.sum(axis=1, keepdims=True) - powers, 1e-13)
    found: NDArray[np.float32] = np.clip(shifted - np.log(others), -30, 30)
    return found


@cache
def load_topic_model(folder: Path) -> TopicModel:
    """The model of a folder with `topic.safetensors` and `card.yaml`.

    Raises:
        ModelError: one of them is missing or cannot be read, the digest is not that of the card,
            or the labels are not those that the card lists, in its order.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    found = checked(folder, WEIGHTS, "topic model", TRAINING)
    path = found.path
    try:
        listed = found.card["labels"]
        encoder = {str(key): str(value) for key, value in found.card["encoder"].items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{folder / CARD}: says no {error}; train it: {TRAINING}") from error
    try:
        arrays = load(path.read_bytes())
        labels = tuple(lines_of(arrays["labels"]))
        model = TopicModel(
            labels=labels,
            **{name: arrays[name] for name in ARRAYS},
            dense=arrays["dense"].astype(np.float32),
            encoder=encoder,
            digest=found.digest,
        )
    except (SafetensorError, KeyError, UnicodeDecodeError) as error:
        raise ModelError(f"{path}: no topic model: {error}") from error
    _check(model, [str(label) for label in listed], path)
    return model


ARRAYS = ("idf", "sparse", "steps", "offset", "slope", "shift", "threshold")
"""Those of the artefact beside `dense` and `labels`."""


def _check(model: TopicModel, listed: Sequence[str], path: Path) -> None:
    for place, (label, other) in enumerate(zip(model.labels, listed, strict=False)):
        if label != other:
            raise ModelError(f"{path}: label {place} is {label}, but {other} in {CARD}")
    count = len(model.labels)
    shapes = {"sparse": (BUCKETS, count), "idf": (BUCKETS,)} | dict.fromkeys(
        ("steps", "offset", "slope", "shift", "threshold"), (count,)
    )
    wrong = [name for name, shape in shapes.items() if getattr(model, name).shape != shape]
    if count != len(listed) or wrong or model.dense.shape[1:] != (count,):
        raise ModelError(f"{path}: {', '.join(wrong) or 'labels'} of another size than {CARD} says")
