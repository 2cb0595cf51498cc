"""Topic stages that read their scores off the article, and overconfident articles with labels."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
from pydantic.dataclasses import dataclass

from pipeline.article import Article, TopicScore
from pipeline.config.schema import PLUGIN
from pipeline.stage import TopicThresholds
from pipeline.taxonomy.topics import load_topics
from pipeline.topic.row import topic_scores

CODES = ("medtop:15000000", "medtop:07000000", "medtop:11000000")


@dataclass(config=PLUGIN)
class ReadScores:
    """The text is a JSON object of codes and scores, after a title that says nothing."""

    threshold: float = 0.5
    version: str = "1"
    sharp: bool = False
    needs_vector: ClassVar[bool] = False
    decision_fields: ClassVar[frozenset[str]] = frozenset({"threshold"})
    seen: ClassVar[list[str]] = []

    def identity(self) -> Mapping[str, str]:
        return {"stage": f"read-{self.version}"}

    def open(self) -> None:
        pass

    def thresholds(self) -> TopicThresholds:
        return TopicThresholds(self.threshold)

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        self.seen.extend(article.id for article in articles)
        return [replace(article, topic_scores=_scores(article)) for article in articles]


@dataclass(config=PLUGIN)
class CutScores:
    """The same, but it decides by itself, and keeps what it does not give to itself."""

    min_score: float = 0.5
    needs_vector: ClassVar[bool] = False

    def identity(self) -> Mapping[str, str]:
        return {"stage": "cut-1"}

    def open(self) -> None:
        pass

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        done = []
        for article in articles:
            topics = [score.topic for score in _scores(article) if score.score >= self.min_score]
            done.append(replace(article, topics=tuple(topics)))
        return done


def _scores(article: Article) -> tuple[TopicScore, ...]:
    scores = json.loads(article.text.replace("'", '"'))
    return topic_scores([load_topics()[code] for code in scores], scores.values())


def overconfident(
    documents: int, seed: int = 0, sharper: float = 3.0
) -> tuple[list[frozenset[str]], list[dict[str, float]]]:
    """Gold codes drawn with known chances, and scores whose logits are `sharper` times theirs."""
    draw = np.random.default_rng(seed)
    odds = draw.normal(-0.4, 1.2, size=(documents, len(CODES)))
    right = draw.random(odds.shape) < 1 / (1 + np.exp(-odds))
    scores = np.round(1 / (1 + np.exp(-sharper * odds)), 4)
    gold = [frozenset(c for c, r in zip(CODES, row, strict=True) if r) for row in right]
    return gold, [dict(zip(CODES, row.tolist(), strict=True)) for row in scores]


def write_articles(folder: Path, documents: int, seed: int = 0) -> None:
    """`articles.jsonl` with overconfident scores as text, and `labels.jsonl` beside it."""
    gold, scores = overconfident(documents, seed)
    articles, labels = [], []
    for number, (codes, row) in enumerate(zip(gold, scores, strict=True)):
        text = json.dumps(row).replace('"', "'")
        articles.append({"id": f"a{number}", "title": f"Number {number}", "text": text})
        labels.append({"id": f"a{number}", "topics": sorted(codes)})
    for name, rows in (("articles", articles), ("labels", labels)):
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(lines)
