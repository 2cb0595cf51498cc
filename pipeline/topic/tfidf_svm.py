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
from pipeline.taxonomy.topics import load_topics, taxonomy_identity
from pipeline.topic.row import OneThreshold, article_text, check_threshold, topic_scores
from pipeline.topic.tfidf import CARD, TfidfModel, load_tfidf, read_card

STAGE_VERSION = "1"
"""Goes up with every change of what comes out."""


@dataclass(config=PLUGIN)
class TfidfSvmTopic(OneThreshold):
    """The topic stage; parameters as explained in `configs/topic/tfidf_svm.yaml`.

    An article none of whose words the model knows has no score. Raises as `check_threshold`.
    """

    model: str | None = None
    threshold: float = 0.5
    needs_vector: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_threshold(self.threshold)
        self._model: TfidfModel | None = None

    def identity(self) -> Mapping[str, str]:
        """Stage version, the topic table's digest, and that of the card, which has the others.
        Raises as `read_card`."""
        read_card(self._folder())
        card = digest_of(self._folder() / CARD)
        return {"card": card, "stage": f"tfidf-svm-{STAGE_VERSION}", **taxonomy_identity()}

    def open(self) -> None:
        """Reads the model; a second call does nothing. Raises as `load_tfidf`."""
        if self._model is None:
            self._model = load_tfidf(self._folder())

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
