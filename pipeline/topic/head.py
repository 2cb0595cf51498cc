"""Topic by somebody's trained classifier whose own labels are mapped to Media Topics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar, Literal

import numpy as np
from pydantic import PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.article import Article
from pipeline.config.schema import PLUGIN
from pipeline.core.errors import LabelError, ModelError
from pipeline.core.probabilities import logistic, softmax
from pipeline.engines.classifiers.classifier import Logits, SequenceClassifier
from pipeline.taxonomy.topics import load_topics, taxonomy_identity
from pipeline.topic.row import OneThreshold, article_text, check_threshold, topic_scores

STAGE_VERSION = "1"
"""Goes up with every change of what comes out."""


@dataclass(config=PLUGIN)
class HeadTopic(OneThreshold):
    """The topic stage; parameters as explained in `configs/topic/head.yaml`.

    `labels` maps each label of the model to a QCode, or to null where it is no topic, in the order
    of the model card. Several labels may be one topic: their probabilities are added, or with
    `multi_label` the largest counts.

    Raises:
        LabelError: a code of the map is none of the topic table.
        ConfigError: `threshold` is not in 0..1.
    """

    classifier: SequenceClassifier
    labels: dict[str, str | None]
    multi_label: bool = False
    length_policy: Literal["lead", "windows"] = "lead"
    max_windows: PositiveInt = 8
    threshold: float = 0.3
    needs_vector: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_threshold(self.threshold)
        known = load_topics()
        for label, qcode in self.labels.items():
            if qcode is not None and qcode not in known:
                raise LabelError(
                    f"topic.labels: {label!r} is mapped to {qcode!r}, which is no code of the "
                    f"topic table; there are {', '.join(known)}"
                )
        codes = [qcode for qcode in known if qcode in self.labels.values()]
        if not codes:
            raise LabelError("topic.labels: no label is mapped to a topic")
        self._topics = [known[qcode] for qcode in codes]
        self._columns = [
            [n for n, qcode in enumerate(self.labels.values()) if qcode == code] for code in codes
        ]
        self._windows = self.max_windows if self.length_policy == "windows" else 1

    def identity(self) -> Mapping[str, str]:
        """Stage version, the topic table's digest, and what decides the scores."""
        stage = {"stage": f"head-{STAGE_VERSION}", **taxonomy_identity()}
        # Keys of a map are compared without their order, which decides what a label means here.
        return {**self.classifier.identity(), **stage, "order": "|".join(self.labels)}

    def open(self) -> None:
        """Opens the model; a second call does nothing. Raises as `check_labels`."""
        self.classifier.open()
        check_labels(list(self.labels), self.classifier.labels, self.classifier.model)

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        """The articles with the scores of all topics, in the same order; without text they have
        none."""
        texts = [article_text(article) for article in articles]
        given = [text for text in texts if text]
        found = iter(self.classifier.text_logits(given, self._windows) if given else ())
        return [
            replace(article, topic_scores=topic_scores(self._topics, self._scores(*next(found))))
            if text
            else article
            for article, text in zip(articles, texts, strict=True)
        ]

    def _scores(self, logits: Logits, tokens: Sequence[int]) -> list[float]:
        """Each topic's probability; of windows the mean, weighted by their tokens."""
        exact = logits.astype(np.float64)
        windows = logistic(exact) if self.multi_label else softmax(exact)
        labels = np.average(windows, axis=0, weights=tokens)
        joined = np.max if self.multi_label else np.sum
        return [float(joined(labels[columns])) for columns in self._columns]


def check_labels(mapped: Sequence[str], found: Sequence[str], model: str) -> None:
    """Raises `ModelError` where a label of a model is not mapped, a mapped one is not the model's,
    or their order differs."""
    for number, label in enumerate(found):
        if label not in mapped:
            raise ModelError(
                f"model {model}: its label {number}, {label!r}, is not in topic.labels; map it to "
                "a code, or to null if it is no topic"
            )
    for label in mapped:
        if label not in found:
            raise ModelError(
                f"model {model}: has no label {label!r}, which topic.labels maps; it has "
                f"{', '.join(map(repr, found))}"
            )
    if len(found) != len(mapped):
        raise ModelError(f"model {model}: has the same label twice: {', '.join(map(repr, found))}")
    for number, (label, expected) in enumerate(zip(found, mapped, strict=True)):
        if label != expected:
            raise ModelError(
                f"model {model}: its label {number} is {label!r} where topic.labels, in the order "
                f"of the model card, has {expected!r}: not loaded, for one of them is wrong"
            )
