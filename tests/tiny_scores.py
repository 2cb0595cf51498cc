"""A topic stage that reads its scores off the article, and overconfident articles with labels."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from pydantic.dataclasses import dataclass

from pipeline.article import Article
from pipeline.config.schema import PLUGIN
from pipeline.taxonomy.topics import load_topics
from pipeline.topic.row import topics_above

CODES = ("medtop:15000000", "medtop:07000000", "medtop:11000000")


@dataclass(config=PLUGIN)
class ReadScores:
    """The text is a JSON object of codes and scores, after a title that says nothing."""

    threshold: float = 0.5
    version: str = "1"
    sharp: bool = False
    needs_vector: ClassVar[bool] = False
    seen: ClassVar[list[str]] = []

    def identity(self) -> Mapping[str, str]:
        return {"stage": f"read-{self.version}"}

    def open(self) -> None:
        pass

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        self.seen.extend(article.id for article in articles)
        known, done = load_topics(), []
        for article in articles:
            scores = json.loads(article.text.replace("'", '"'))
            labels = [known[code] for code in scores]
            done.append(article.with_topics(topics_above(labels, scores.values(), self.threshold)))
        return done


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
