"""Published files: Parquet and JSONL hold the same rows, without the rejected ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from pipeline.article import (
    ANNOTATION_SCHEMA,
    ARTICLE_SCHEMA,
    ROW_SCHEMA,
    Article,
    Country,
    Evidence,
    SummarySentence,
    to_table,
)
from pipeline.core.errors import RunError
from pipeline.publish.jsonl import JsonlPublisher
from pipeline.publish.parquet import ParquetPublisher
from pipeline.publish.rows import joined_rows
from pipeline.publish.terminal import print_rows
from pipeline.store.directory import RunDirectory

ARTICLES = [
    Article(id=str(n), title=f"[b]Title[/b] {n}", text=f"Text\u2028{n} 😀") for n in range(7)
]
DONE = [
    replace(
        article,
        countries=(Country("IE", "Ireland", 0.5, True, 1, (Evidence(0, 4, "Text"),)),),
        region="154",
        region_name="Northern Europe",
        region_score=1 / 3,
        summary="A “summary”.",
        summary_sentences=(SummarySentence("A “summary”.", 0.1, (0,), ("x",)),),
    )
    for article in ARTICLES
]
REJECTED = {"1", "4", "5"}


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    """Three shards; one article of the first and all of the last but one are rejected."""
    run = RunDirectory(tmp_path, "r")
    for shard, rows in enumerate((slice(0, 4), slice(4, 6), slice(6, 7))):
        run.articles("i").write(shard, to_table(ARTICLES[rows], ARTICLE_SCHEMA), {})
        kept = [article for article in DONE[rows] if article.id not in REJECTED]
        run.annotations("a", run.articles("i")).write(shard, to_table(kept, ANNOTATION_SCHEMA), {})
    run.articles("i").finish({})
    return run


def rows(run: RunDirectory) -> Iterator[pa.Table]:
    return joined_rows(run.articles("i"), run.annotations("a", run.articles("i")))


def test_both_files_hold_the_same_rows(run: RunDirectory) -> None:
    table = pq.read_table(ParquetPublisher().write(rows(run), run.published))
    assert table.schema.equals(ROW_SCHEMA)
    lines = JsonlPublisher().write(rows(run), run.published).read_text().split("\n")
    assert lines.pop() == ""
    assert "😀" in lines[0]
    published = [json.loads(line) for line in lines]
    assert published == table.to_pylist()
    assert [list(row) for row in published] == [ROW_SCHEMA.names] * 4
    assert [row["id"] for row in published] == ["0", "2", "3", "6"]
    assert published[1]["text"] == "Text\u2028" + "2 😀"
    assert published[1]["countries"][0]["evidence"] == [
        {"start": 0, "end": 4, "text": "Text", "in_title": False}
    ]
    assert sorted(path.name for path in run.published.iterdir()) == [
        "articles.jsonl", "articles.parquet"
    ]  # fmt: skip


@pytest.mark.parametrize("publisher", [ParquetPublisher(), JsonlPublisher()])
def test_the_same_rows_are_the_same_bytes_and_a_failure_keeps_them(
    publisher: ParquetPublisher | JsonlPublisher, run: RunDirectory
) -> None:
    path = publisher.write(rows(run), run.published)
    before = path.read_bytes()
    assert publisher.write(rows(run), run.published).read_bytes() == before
    shard = run.path / "articles" / "00001.parquet"
    shard.write_bytes(shard.read_bytes()[:-1])
    with pytest.raises(RunError, match="changed since its receipt"):
        publisher.write(rows(run), run.published)
    assert path.read_bytes() == before
    assert list(run.published.iterdir()) == [path]


def test_annotations_of_other_articles_are_refused(run: RunDirectory) -> None:
    swapped = to_table([DONE[3], DONE[0]], ANNOTATION_SCHEMA)
    run.annotations("a", run.articles("i")).write(0, swapped, {})
    with pytest.raises(RunError, match="annotations are of other articles"):
        list(rows(run))


def test_a_shard_without_annotations_is_refused(run: RunDirectory) -> None:
    (run.path / "annotations" / "00002.receipt.json").unlink()
    with pytest.raises(RunError, match="without a valid receipt"):
        list(rows(run))


def test_the_table_shows_what_there_is_and_why_not() -> None:
    out = StringIO()
    plain = Article(id="x", text="Only text", summary_note="too_short")
    tables = iter(
        [
            to_table([DONE[0], plain, *DONE[1:] * 5], ROW_SCHEMA),
            to_table(DONE, ROW_SCHEMA),
        ]
    )
    print_rows(tables, Console(file=out, width=160), 32 + len(DONE))
    assert next(tables).num_rows == len(DONE)  # what is not shown is not read
    shown = out.getvalue()
    for part in (
        "[b]Title[/b] 0",
        "Northern Europe 0.33",
        "Ireland",
        "A “summary”.",
        "(too_short)",
    ):
        assert part in shown
    assert "Only text" in shown
    assert f"... and {2 + len(DONE)} more articles" in shown
