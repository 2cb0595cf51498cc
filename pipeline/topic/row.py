"""What every topic stage shares: the text it reads of an article, and the topics that it finds."""

from __future__ import annotations

import math
from collections.abc import Iterable

from pipeline.article import SCORE_DIGITS, Article, Topic
from pipeline.core.errors import ConfigError
from pipeline.taxonomy.labels import Label
from pipeline.taxonomy.topics import VERSION, data_digests


def taxonomy_identity() -> dict[str, str]:
    """Version and sha256 of the topic table, for the identity of a stage that reads it."""
    digests = {f"sha256:{name}": digest for name, digest in data_digests().items()}
    return {"taxonomy": VERSION, **digests}


def article_text(article: Article) -> str:
    """Title, newline, text; empty for an article that has neither."""
    return f"{article.title or ''}\n{article.text}".strip()


def check_threshold(threshold: float) -> None:
    """Raises `ConfigError` for a threshold that is no probability."""
    if not (math.isfinite(threshold) and 0.0 <= threshold <= 1.0):
        raise ConfigError(f"topic.threshold is {threshold}: give 0 to 1")


def topics_above(
    topics: Iterable[Label], scores: Iterable[float], threshold: float
) -> tuple[Topic, ...]:
    """The topics whose score reaches the threshold, strongest first, ties by code.

    Scores are rounded before they are compared, so that the published one explains the choice.
    """
    chosen = [
        Topic(topic.code, topic.name, score)
        for topic, score in (
            (topic, round(float(score), SCORE_DIGITS))
            for topic, score in zip(topics, scores, strict=True)
        )
        if score >= threshold
    ]
    return strongest_first(chosen)


def strongest_first(topics: Iterable[Topic]) -> tuple[Topic, ...]:
    """Topics by falling score, ties by code."""
    return tuple(sorted(topics, key=lambda topic: (-topic.score, topic.qcode)))
