"""Topic by TF-IDF and linear SVMs, the plain baseline: trained in minutes, no encoder, no torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from pydantic.dataclasses import dataclass

from pipeline.article import Article, TopicScore
from pipeline.config.schema import PLUGIN
from pipeline.core.digest import digest_of
from pipeline.core.errors import ModelError
from pipeline.stage import TopicThresholds
from pipeline.taxonomy.topics import load_topics
from pipeline.topic.row import (
    THRESHOLD,
    article_text,
    check_threshold,
    taxonomy_identity,
    topic_scores,
)
from pipeline.topic.tfidf import CARD, TfidfModel, load_tfidf, read_card

STAGE_VERSION = "1"
"""Goes up with every change of what comes out."""


@dataclass(config=PLUGIN)
class TfidfSvmTopic:
    """The topic stage; parameters as explained in `configs/topic/tfidf_svm.yaml`.

    An article none of whose words the model knows has no score.

    Raises:
        ConfigError: `threshold` is not in 0..1.
    """

    model: str | None = None
    threshold: float = 0.5
    needs_vector: ClassVar[bool] = False
    decision_fields: ClassVar[frozenset[str]] = THRESHOLD

    def __post_init__(self) -> None:
        check_threshold(self.threshold)
        self._model: TfidfModel | None = None

    def identity(self) -> Mapping[str, str]:
        """Stage version, the topic table's digest, and that of the card, which has the others.

        Raises:
            ModelError: there is no such model.
        """
        read_card(self._folder())
        card = digest_of(self._folder() / CARD)
        return {"card": card, "stage": f"tfidf-svm-{STAGE_VERSION}", **taxonomy_identity()}

    def open(self) -> None:
        """Reads the model; a second call does nothing. Raises as `load_tfidf`."""
        if self._model is None:
            self._model = load_tfidf(self._folder())

    def thresholds(self) -> TopicThresholds:
        """The same for every topic."""
        return TopicThresholds(self.threshold)

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        """The articles with the scores of all topics, in the same order."""
        self.open()
        return [
            replace(article, topic_scores=self._scores(article_text(article)))
            for article in articles
        ]

    def _scores(self, text: str) -> tuple[TopicScore, ...]:
        assert self._model is not None
        scores = self._model.probabilities(text)
        if scores is None:
            return ()
        known = load_topics()
        return topic_scores([known[qcode] for qcode in self._model.topics], scores)

    def _folder(self) -> Path:
        if self.model is None:
            raise ModelError(
                "topic.model is not set: give the folder of a model trained by dateline train-topic"
            )
        return Path(self.model).expanduser()
