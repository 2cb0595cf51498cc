"""The bundled sample reads without a bad record, and it is as varied as its data card says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipeline.resources import resource
from pipeline.sources.base import Record
from pipeline.sources.sample import sample_source
from pipeline.summarize.sentences import is_whole, split_sentences
from pipeline.taxonomy.regions import ancestors, load_regions
from pipeline.taxonomy.topics import load_topics

Rows = list[dict[str, Any]]


def lines_of(name: str) -> Rows:
    with resource("sources", "sample", name).open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


@pytest.fixture(scope="module")
def articles() -> Rows:
    return lines_of("articles.jsonl")


@pytest.fixture(scope="module")
def labels() -> Rows:
    return lines_of("labels.jsonl")


def test_every_line_is_an_article_or_a_headline() -> None:
    records = list(sample_source().records())
    assert all(isinstance(record, Record) for record in records)
    headlines = [r for r in records if isinstance(r, Record) and not r.values.get("text")]
    assert len(headlines) >= 6
    assert len(records) - len(headlines) >= 24
    assert len({r.values["id"] for r in records if isinstance(r, Record)}) == len(records)


def test_labels_stand_in_the_order_of_the_articles(articles: Rows, labels: Rows) -> None:
    assert [label["id"] for label in labels] == [article["id"] for article in articles]


def test_full_articles_are_short_and_headlines_have_a_title(articles: Rows) -> None:
    words = {a["id"]: len(a["text"].split()) for a in articles if a["text"]}
    assert len(words) >= 24
    assert {name: n for name, n in words.items() if not 60 <= n <= 300} == {}
    assert len(articles) - len(words) >= 6
    assert all(article["title"].strip() for article in articles)


def test_every_media_topic_is_the_main_one_of_some_item(labels: Rows) -> None:
    assert {label["topics"][0] for label in labels} == set(load_topics())


def test_topics_are_known_and_named_once(labels: Rows) -> None:
    for label in labels:
        assert set(label["topics"]) <= set(load_topics()), label["id"]
        assert len(label["topics"]) == len(set(label["topics"])), label["id"]


def test_all_regions_and_most_sub_regions_occur(labels: Rows) -> None:
    regions = load_regions()
    found = {regions[label["region"]] for label in labels if label["region"]}
    assert {area.level for area in found} == {"sub-region"}
    assert len(found) >= 14
    assert {area.parent for area in found} == {"002", "009", "019", "142", "150"}


def test_the_region_is_that_of_the_first_country(labels: Rows) -> None:
    for label in labels:
        expected = ancestors(label["countries"][0])[2] if label["countries"] else None
        assert label["region"] == expected, label["id"]


def test_full_articles_alone_have_a_summary(articles: Rows, labels: Rows) -> None:
    full = [article["id"] for article in articles if article["text"]]
    assert [label["id"] for label in labels if label["summary"] is not None] == full


def test_summaries_are_one_or_two_whole_sentences(labels: Rows) -> None:
    for label in labels:
        if label["summary"] is not None:
            sentences = split_sentences(label["summary"])
            assert 1 <= len(sentences) <= 2, label["id"]
            assert all(map(is_whole, sentences)), label["id"]
