"""The bundled sample reads without a bad record, and it is as varied as its data card says."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from pipeline.core.resources import resource
from pipeline.sources.base import Record
from pipeline.sources.sample import sample_source
from pipeline.summarize.support.facts import Known, facts
from pipeline.taxonomy.regions import ancestors, load_countries, load_regions
from pipeline.taxonomy.topics import load_topics
from pipeline.text.sentences import split_sentences
from pipeline.text.whole_sentences import is_whole

Rows = list[dict[str, Any]]
SPLITS = ("dev", "test")


def lines_of(name: str) -> Rows:
    with resource("sources", "sample", name).open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


@pytest.fixture(scope="module")
def articles() -> Rows:
    return lines_of("articles.jsonl")


@pytest.fixture(scope="module")
def labels() -> Rows:
    return lines_of("labels.jsonl")


def references(label: dict[str, Any]) -> list[str]:
    given = label["summary"]
    return given if isinstance(given, list) else [given] if given is not None else []


def words(article: dict[str, Any]) -> int:
    return len(article["text"].split())


def test_every_line_is_an_article_or_a_headline() -> None:
    records = list(sample_source().read())
    assert all(isinstance(record, Record) for record in records)
    headlines = [r for r in records if isinstance(r, Record) and not r.values.get("text")]
    assert len(headlines) == 20
    assert len(records) - len(headlines) == 100
    assert len({r.values["id"] for r in records if isinstance(r, Record)}) == len(records)


def test_labels_stand_in_the_order_of_the_articles(articles: Rows, labels: Rows) -> None:
    assert [label["id"] for label in labels] == [article["id"] for article in articles]


def test_lengths_go_from_a_headline_to_a_feature(articles: Rows) -> None:
    assert all(article["title"].strip() for article in articles)
    counts = sorted(words(article) for article in articles if article["text"])
    assert counts[0] >= 40 and counts[-1] <= 1200
    assert sum(n <= 80 for n in counts) >= 15
    assert sum(150 <= n <= 300 for n in counts) >= 50
    assert sum(n >= 600 for n in counts) >= 6 and counts[-1] > 1000


def test_no_two_articles_share_much_of_their_wording(articles: Rows) -> None:
    runs = {}
    for article in articles:
        found = article["text"].lower().split()
        runs[article["id"]] = set(zip(*(found[at:] for at in range(5)), strict=False))
    for name, own in runs.items():
        for other, its in runs.items():
            assert name == other or len(own & its) <= 0.05 * len(own), (name, other)


def test_both_splits_are_half_and_the_first_articles_are_dev(labels: Rows) -> None:
    assert Counter(label["split"] for label in labels) == {"dev": 60, "test": 60}
    assert {label["split"] for label in labels[:42]} == {"dev"}


@pytest.mark.parametrize("split", SPLITS)
def test_every_media_topic_is_the_main_one_in_each_split(labels: Rows, split: str) -> None:
    main = Counter(label["topics"][0] for label in labels if label["split"] == split)
    assert set(main) == set(load_topics()) and min(main.values()) >= 3


def test_topics_are_known_and_named_once(labels: Rows) -> None:
    main = Counter(label["topics"][0] for label in labels)
    assert set(main) == set(load_topics()) and min(main.values()) >= 5
    for label in labels:
        assert set(label["topics"]) <= set(load_topics()), label["id"]
        assert len(label["topics"]) == len(set(label["topics"])), label["id"]


@pytest.mark.parametrize("split", SPLITS)
def test_every_sub_region_the_world_and_none_occur_in_each_split(labels: Rows, split: str) -> None:
    inhabited = {country.parent for country in load_countries().values()} - {"001"}
    found = {label["region"] for label in labels if label["split"] == split}
    assert found == inhabited | {"001", None}
    assert {load_regions()[code].level for code in inhabited} == {"sub-region"}


def test_every_part_of_the_large_sub_regions_occurs(labels: Rows) -> None:
    countries = load_countries()
    parts = {countries[code].intermediate for label in labels for code in label["countries"]}
    wanted = {c.intermediate for c in countries.values() if c.parent in ("202", "419")}
    assert {code for code in wanted if code} <= parts


def test_the_region_is_that_of_the_first_country(labels: Rows) -> None:
    for label in labels:
        if label["countries"]:
            assert label["region"] == ancestors(label["countries"][0])[2], label["id"]
        else:
            assert label["region"] in (None, "001"), label["id"]


def test_full_articles_alone_have_a_summary(articles: Rows, labels: Rows) -> None:
    full = [article["id"] for article in articles if article["text"]]
    assert [label["id"] for label in labels if label["summary"] is not None] == full


def test_thirty_articles_have_a_second_reference_in_other_words(labels: Rows) -> None:
    pairs = [references(label) for label in labels if len(references(label)) == 2]
    assert len(pairs) == 30 == sum(isinstance(label["summary"], list) for label in labels)
    for first, second in pairs:
        one, other = set(first.lower().split()), set(second.lower().split())
        assert len(one & other) <= 0.5 * len(one | other), (first, second)


def test_references_are_one_or_two_whole_sentences(labels: Rows) -> None:
    for label in labels:
        for reference in references(label):
            sentences = split_sentences(reference)
            assert 1 <= len(sentences) <= 2, label["id"]
            assert all(map(is_whole, sentences)), label["id"]
            assert 20 <= len(reference.split()) <= 65, label["id"]


def test_references_name_and_number_nothing_that_the_article_lacks(
    articles: Rows, labels: Rows
) -> None:
    for article, label in zip(articles, labels, strict=True):
        known = Known([article["title"], article["text"]])
        for reference in references(label):
            for sentence in split_sentences(reference):
                lacking = [fact.text for fact in facts(sentence) if known.missing(fact)]
                assert not lacking, (label["id"], lacking)
