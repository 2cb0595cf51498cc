"""What every topic stage shares: the text it reads of an article, and the scores that it writes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import ClassVar

from pipeline.article import SCORE_DIGITS, Article, TopicScore
from pipeline.core.errors import ConfigError
from pipeline.stage import TopicThresholds
from pipeline.taxonomy.labels import Label


class OneThreshold:
    """A topic stage with one threshold for all topics."""

    threshold: float
    decision_fields: ClassVar[frozenset[str]] = frozenset({"threshold"})

    def thresholds(self) -> TopicThresholds:
        """The same for every topic."""
        return TopicThresholds(self.threshold)


def article_text(article: Article) -> str:
    """Title, newline, text; empty for an article that has neither."""
    return f"{article.title or ''}\n{article.text}".strip()


def check_threshold(threshold: float) -> None:
    """Raises `ConfigError` for a threshold that is no probability."""
    if not (math.isfinite(threshold) and 0.0 <= threshold <= 1.0):
        raise ConfigError(f"topic.threshold is {threshold}: give 0 to 1")


def topic_scores(topics: Iterable[Label], scores: Iterable[float]) -> tuple[TopicScore, ...]:
    """Each topic with its score, rounded."""
    return tuple(
        TopicScore(topic.code, topic.name, round(float(score), SCORE_DIGITS))
        for topic, score in zip(topics, scores, strict=True)
    )
