"""Articles of kinds that summaries go wrong on, written for this test: what each must say, and what
would be false. Read by the two summarizers that choose source sentences."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from pipeline.article import Article
from pipeline.engines.generation.openvino import OpenVinoEngine
from pipeline.stage import Stage
from pipeline.summarize.forms import BOUNDS
from pipeline.summarize.policy import SelectionPolicy
from pipeline.summarize.selection.extractive import ExtractiveSummarizer
from pipeline.summarize.summarizer import Summarizer

_LINES = Path(__file__).with_name("difficult_articles.jsonl").read_text(encoding="utf-8")
CASES = [json.loads(line) for line in _LINES.splitlines()]
LISTS = {"results", "quiz"}
"""Kinds of which no sentence can be retold."""


def articles() -> list[Article]:
    return [
        Article(id=case["id"], title=case["title"], text=case["text"], language="en")
        for case in CASES
    ]


def by_id(stage: Stage) -> Mapping[str, Article]:
    stage.open()
    return {article.id: article for article in stage(articles())}


@pytest.fixture(scope="module")
def default() -> Mapping[str, Article]:
    return by_id(
        Summarizer(
            engine=OpenVinoEngine(),
            encoder=None,
            model="smollm2-135m-news",
            prompt="{text}",
            selection=SelectionPolicy(),
            content_selection="trained",
            instructions={"passage": "Rewrite as one short sentence."},
        )
    )


@pytest.fixture(scope="module")
def extractive() -> Mapping[str, Article]:
    return by_id(ExtractiveSummarizer())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
@pytest.mark.parametrize("name", ["default", "extractive"])
def test_the_news_is_told_and_nothing_false(
    case: dict[str, list[str]], name: str, request: pytest.FixtureRequest
) -> None:
    article = request.getfixturevalue(name)[case["id"]]
    if article.id in LISTS:
        assert article.summary is None
        assert "list" in str(article.summary_note)
        return
    assert BOUNDS["brief"].hold([part.text for part in article.summary_sentences])
    assert not any(part.unsupported for part in article.summary_sentences)
    for pattern in case["news"]:
        assert re.search(pattern, article.summary), pattern
    for pattern in case["never"]:
        assert not re.search(pattern, article.summary), pattern
