"""The row: one set of names in the dataclass, in Arrow and on disk, and values that survive."""

from __future__ import annotations

import json
import math
from dataclasses import fields, replace

import numpy as np
import pytest
from pydantic import ValidationError

from pipeline.article import (
    ANNOTATION_SCHEMA,
    ARTICLE_SCHEMA,
    ROW,
    ROW_SCHEMA,
    Article,
    Country,
    Evidence,
    Region,
    SummarySentence,
    Topic,
    from_table,
    to_table,
)

ARTICLE = Article(
    id="a1",
    title="Tram for Cork",
    text="Cork votes for a tram.",
    language="en",
    region="154",
    region_name="Northern Europe",
    region_score=0.5,
    regions=(Region("154", "Northern Europe", "sub-region", 0.5),),
    countries=(Country("IE", "Ireland", 0.5, True, 1, (Evidence(0, 4, "Cork"),)),),
    topics=(Topic("medtop:04000000", "economy", 0.4),),
    summary="Cork gets a tram.",
    summary_sentences=(SummarySentence("Cork gets a tram.", 0.9, (0,), ("Tram",)),),
    dropped_tokens=0,
    vector=np.ones(3, dtype=np.float32),
)


def test_names_are_the_same_in_the_dataclass_and_in_arrow() -> None:
    scores = {"topic_scores", "region_scores"}
    inside_a_run = {"vector", "where", "rejection", "gold_topics", "gold_countries"} | scores
    assert {f.name for f in fields(Article)} - inside_a_run == set(ROW_SCHEMA.names)
    assert {*ARTICLE_SCHEMA.names, *ANNOTATION_SCHEMA.names} - scores == {*ROW_SCHEMA.names} - {
        "duplicate_of"
    }


def test_a_row_is_read_back_as_it_was_written() -> None:
    table = to_table([ARTICLE], ROW_SCHEMA)
    [row] = table.to_pylist()
    assert [*from_table(table)] == [ARTICLE]
    assert ROW.validate_python(json.loads(json.dumps(row))) == ARTICLE
    assert ROW.validate_python({**row, "topics": None, "more": 1}).topics == ()


def test_what_is_no_row_is_named_field_by_field() -> None:
    [row] = to_table([ARTICLE], ROW_SCHEMA).to_pylist()
    del row["countries"][0]["focus"]
    wrong = {**row, "topic_score": math.nan, "summary_sentences": "one. two."}
    with pytest.raises(ValidationError) as caught:
        ROW.validate_python(wrong)
    assert {error["loc"] for error in caught.value.errors()} == {
        ("countries", 0, "focus"), ("topic_score",), ("summary_sentences",)
    }  # fmt: skip


def test_nested_values_are_written_under_their_names() -> None:
    row = to_table([ARTICLE], ROW_SCHEMA).to_pylist()[0]
    assert row["countries"] == [
        {
            "alpha2": "IE",
            "name": "Ireland",
            "score": 0.5,
            "focus": True,
            "mentions": 1,
            "evidence": [{"start": 0, "end": 4, "text": "Cork", "in_title": False}],
        }
    ]
    assert row["summary_sentences"][0]["unsupported"] == ["Tram"]
    assert row["summary_sentences"][0]["how"] == "rewritten"
    assert row["topic"] is None


def test_articles_come_back_as_they_were() -> None:
    plain = Article(id="x", title=None, text="Text", published="2026-01-01")
    table = to_table([plain, replace(plain, id="y")], ARTICLE_SCHEMA)
    assert list(from_table(table)) == [plain, replace(plain, id="y")]
