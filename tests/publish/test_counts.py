"""Counts by one to three dimensions: every article counted, zeros and what is none kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from xml.etree import ElementTree

import pyarrow as pa
import pytest

from pipeline.article import ROW_SCHEMA, Article, Country, to_table
from pipeline.core.errors import ConfigError
from pipeline.publish import counts as counting
from pipeline.publish.chart import chart_of, drawn
from pipeline.publish.counts import Counts, Dimension, count_rows


def country(code: str, focus: bool = True) -> Country:
    return Country(code, code, 0.5, focus, 1, ())


POLITICS = {"topic": "medtop:11000000", "topic_name": "politics", "topic_score": 0.9}
SPORT = {"topic": "medtop:15000000", "topic_name": "sport", "topic_score": 0.9}
ARTICLES = [
    Article("1", published="2025-11-30T23:30:00-05:00", countries=(country("IE"), country("FR")),
            source="A", language="en", region="154", region_name="Northern Europe", **POLITICS),
    Article("2", published="2026-02-01", countries=(country("IE"), country("US", False)),
            source="A", **POLITICS),
    Article("3", published="2026-02-03T10:00:00Z", countries=(country("US", False),), **SPORT),
    Article("4", source="none"),
]  # fmt: skip


def tables(articles: Sequence[Article] = ARTICLES) -> Iterator[pa.Table]:
    return (to_table([article], ROW_SCHEMA) for article in articles)


def rows(*by: Dimension, share: bool = False) -> list[list[object]]:
    table = count_rows(tables(), by, "share" if share else "whole").table()
    return [list(row.values()) for row in table.to_pylist()]


def test_an_article_counts_for_each_country_in_focus_and_those_without_have_a_row() -> None:
    assert rows("country") == [
        ["IE", "Ireland", 2, 0.5], ["FR", "France", 1, 0.25], ["none", None, 2, 0.5]
    ]  # fmt: skip
    assert rows("country", share=True) == [
        ["IE", "Ireland", 1.5, 0.375], ["FR", "France", 0.5, 0.125], ["none", None, 2.0, 0.5]
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("by", "periods"),
    [
        ("year", ["2025", "2026"]),
        ("month", ["2025-11", "2025-12", "2026-01", "2026-02"]),
        ("week", ["2025-W48", "2025-W49", "2025-W50", "2025-W51", "2025-W52", "2026-W01",
                  "2026-W02", "2026-W03", "2026-W04", "2026-W05", "2026-W06"]),
    ],
)  # fmt: skip
def test_periods_have_no_gap_and_no_date_is_a_row(by: Dimension, periods: list[str]) -> None:
    found = rows(by)
    assert [row[0] for row in found] == [*periods, "none"]
    assert sum(int(str(row[1])) for row in found) == len(ARTICLES)
    assert found[-1][1:] == [1, 0.25]


def test_every_day_counts_by_the_article_s_own_clock() -> None:
    days = rows("day")
    assert days[0][:2] == ["2025-11-30", 1] and days[-2][:2] == ["2026-02-03", 1]
    assert len(days) == 31 + 31 + 5 - 1 + 1


def test_combinations_that_no_article_has_are_zero() -> None:
    found = rows("topic", "month")
    assert len(found) == 3 * 5
    assert [row[:4] for row in found if row[0] == SPORT["topic"]] == [
        [SPORT["topic"], "sport", month, int(month == "2026-02")]
        for month in ("2025-11", "2025-12", "2026-01", "2026-02", "none")
    ]
    three = rows("source", "language", "region")
    assert len(three) == 2 * 2 * 2 and sum(int(str(row[4])) for row in three) == 4
    assert ["none", "none", "none", None, 2, 0.5] in three  # a source that says "none" is none


def test_no_rows_give_no_cells_and_a_chart_all_the_same() -> None:
    counts = count_rows(iter([]), ("country", "month"))
    assert counts.table().num_rows == 0 and counts.articles == 0
    assert counts.table().column_names == ["country", "country_name", "month", "articles", "share"]
    ElementTree.fromstring(drawn(chart_of(counts), "svg"))


def test_too_many_cells_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "_MOST_CELLS", 14)
    with pytest.raises(ConfigError, match=r"by=\[topic,month\] has 15 cells"):
        rows("topic", "month")


def test_neither_the_order_nor_the_shards_decide() -> None:
    every = ("country", "topic", "month")
    one = count_rows(tables(), every).table()
    other = count_rows([to_table(ARTICLES[::-1], ROW_SCHEMA)], every).table()
    assert one.equals(other)


def text_of(svg: bytes) -> list[str]:
    root = ElementTree.fromstring(svg)
    return [element.text or "" for element in root.iter() if element.tag.endswith("}text")]


@pytest.mark.parametrize(
    "by",
    [("country",), ("month",), ("topic", "month"), ("country", "topic"),
     ("month", "country", "topic"), ("country", "topic", "source")],
)  # fmt: skip
def test_charts_of_all_kinds_are_drawn(by: tuple[Dimension, ...]) -> None:
    counts = count_rows(tables(), by)
    svg = drawn(chart_of(counts), "svg")
    texts = text_of(svg)
    assert f"Articles by {', '.join(by)}" in texts
    assert svg == drawn(chart_of(count_rows(tables(), by)), "svg")
    if "country" in by:
        assert {"Ireland", "France", "none"} <= set(texts)
    if "month" in by:
        assert any("2025-12" in text for text in texts)
    assert drawn(chart_of(counts), "png").startswith(b"\x89PNG")


def many_sources() -> Counts:
    hostile = "</text><script>alert(1)</script>&\x07\"'"
    articles = [Article(str(n), source=f"s{n:03}") for n in range(40)]
    articles += [Article(f"h{n}", source=hostile) for n in range(3)]
    articles += [replace(ARTICLES[3], id="none", source=None)]
    return count_rows(tables(articles), ("source",))


def test_what_a_chart_leaves_out_is_said_and_text_in_it_is_text() -> None:
    svg = drawn(chart_of(many_sources()), "svg")
    texts = text_of(svg)
    assert "44 articles; the 25 most frequent of 41 sources" in texts
    assert b"<script" not in svg and any(t.startswith("</text><script>") for t in texts)
    assert "none" in texts and "s023" in texts and "s024" not in texts
