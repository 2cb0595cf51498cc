"""CSV, spreadsheet and DuckDB: the same flat rows, read back by other programs than wrote them."""

from __future__ import annotations

import csv
import hashlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import openpyxl
import pyarrow as pa
import pytest
from openpyxl.utils.escape import unescape

from pipeline.article import ROW_SCHEMA, Article, Country, Region, SummarySentence, Topic, to_table
from pipeline.core.errors import ConfigError
from pipeline.publish import xlsx
from pipeline.publish.base import Publisher
from pipeline.publish.csv import CsvPublisher
from pipeline.publish.duckdb import DuckdbPublisher
from pipeline.publish.flat import FLAT_SCHEMA, flat_table
from pipeline.publish.xlsx import XlsxPublisher
from pipeline.sources.base import Record
from pipeline.sources.csv import CsvSource

IRELAND, FRANCE = (
    Country(code, name, 0.5, focus, 2, ())
    for code, name, focus in (("IE", "Ireland", True), ("FR", "France", True))
)
OATS = replace(IRELAND, alpha2="GB", name="United Kingdom", focus=False)
FULL = Article(
    id="007",
    title="=HYPERLINK(\"https://evil.example\",\"click\")",
    text="@SUM(1+1)*cmd|' /C calc'!A0\nA second “line”, with 😀; and \"quotes\".",
    url="https://news.example/a?b=1",
    published="2026-05-01T23:30:00+02:00",
    language="en",
    source="-2+3",
    author="+49 30 1234",
    region="034",
    region_name="Southern Asia",
    region_score=0.25,
    regions=(Region("142", "Asia", "region", 0.5), Region("034", "Southern Asia", "sub", 0.25)),
    countries=(IRELAND, OATS, FRANCE),
    topic="medtop:11000000",
    topic_name="politics",
    topic_score=0.75,
    topics=(Topic("medtop:11000000", "politics", 0.75), Topic("medtop:04000000", "money", 0.5)),
    summary="Short.",
    summary_support=0.5,
    summary_sentences=(
        SummarySentence("Short.", 0.5, (0,), ("Bonn", "12"), "rewritten"),
        SummarySentence("And.", 0.5, (1,), ("Rome",), "as_is"),
    ),
    summary_note="best_of",
    text_note="repaired",
    dropped_tokens=3,
    duplicate_of="6",
)  # fmt: skip
BARE = Article(id="bare", text="Nothing else.")
DAY = Article(id="day", text="On a day.", published="2026-05-02")

FLAT = {
    "regions": "142 034",
    "countries": "IE FR",
    "countries_mentioned": "IE GB FR",
    "topics": "medtop:11000000 medtop:04000000",
    "rewritten": 1,
    "unsupported": "Bonn; 12; Rome",
}


def tables(*articles: Article) -> Iterator[pa.Table]:
    """A table for each article, as if each had a shard."""
    return (to_table([article], ROW_SCHEMA) for article in articles)


def cells(path: Path, sheet: int = 0) -> list[list[object]]:
    book = openpyxl.load_workbook(path)
    return [list(row) for row in book.worksheets[sheet].iter_rows(values_only=True)]


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def test_every_field_but_the_sentences_has_a_column_and_the_text_is_last() -> None:
    assert set(ROW_SCHEMA.names) - set(FLAT_SCHEMA.names) == {"summary_sentences"}
    assert FLAT_SCHEMA.names[0] == "id" and FLAT_SCHEMA.names[-1] == "text"
    [row] = flat_table(to_table([FULL], ROW_SCHEMA)).to_pylist()
    plain = {name: getattr(FULL, name) for name in FLAT_SCHEMA.names if name not in FLAT}
    assert row == {**plain, **FLAT}


def test_rows_keep_their_own_lists_however_they_are_cut() -> None:
    whole = to_table([BARE, FULL, DAY, FULL], ROW_SCHEMA)
    flat = flat_table(pa.concat_tables([whole.slice(1, 2), whole.slice(0, 1), whole.slice(3)]))
    assert flat["countries"].to_pylist() == ["IE FR", "", "", "IE FR"]
    assert flat["unsupported"].to_pylist() == ["Bonn; 12; Rome", "", "", "Bonn; 12; Rome"]
    assert flat["rewritten"].to_pylist() == [1, 0, 0, 1]
    without = whole.drop(["topics"]).append_column(
        "topics", pa.nulls(4, ROW_SCHEMA.field("topics").type)
    )  # fmt: skip
    assert flat_table(without)["topics"].to_pylist() == [""] * 4


def test_csv_is_read_back_as_it_was(tmp_path: Path) -> None:
    path = CsvPublisher().write(tables(FULL, BARE, DAY), tmp_path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = lines(path)
    assert list(rows[0]) == FLAT_SCHEMA.names
    expected = flat_table(to_table([FULL, BARE, DAY], ROW_SCHEMA)).to_pylist()
    assert rows == [{n: "" if v is None else str(v) for n, v in row.items()} for row in expected]
    # Data stay what they are: a spreadsheet is for who opens files without looking.
    assert rows[0]["title"] == FULL.title and rows[0]["source"] == "-2+3"
    [first, *_] = CsvSource(str(path)).read()
    assert isinstance(first, Record) and first.values["text"] == FULL.text


def test_csv_without_a_mark(tmp_path: Path) -> None:
    path = CsvPublisher(bom=False).write(tables(BARE), tmp_path)
    assert path.read_bytes().startswith(b'"id"')


def test_a_cell_of_the_spreadsheet_is_text_a_number_or_a_date(tmp_path: Path) -> None:
    path = XlsxPublisher().write(tables(FULL, BARE, DAY), tmp_path)
    header, full, bare, day = cells(path)
    assert header == FLAT_SCHEMA.names
    row: Mapping[object, object] = dict(zip(header, full, strict=True))
    for name in ("id", "title", "text", "source", "author", "region"):
        assert row[name] == getattr(FULL, name), name
    assert row["published"] == datetime(2026, 5, 1, 23, 30)
    assert dict(zip(header, day, strict=True))["published"] == datetime(2026, 5, 2)
    assert (row["region_score"], row["dropped_tokens"]) == (0.25, 3)
    assert {name: row[name] for name in FLAT} == FLAT
    assert [value for value in bare if value is not None] == ["bare", 0, "Nothing else."]
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert sheet.freeze_panes == "A2"
    kinds = {cell.data_type for line in sheet.iter_rows() for cell in line}
    assert "f" not in kinds and kinds <= {"s", "inlineStr", "n", "d"}
    assert not [cell for line in sheet.iter_rows() for cell in line if cell.hyperlink]


def test_what_a_spreadsheet_cannot_hold(tmp_path: Path) -> None:
    hostile = "a\x00b\x0bc\x1fd\ufffee\uffff\tf\n_x000D_ <b>&amp;"
    long = "😀" * 20_000 + "x"
    path = XlsxPublisher().write(
        tables(
            Article(id="1", title=hostile, text=long),
            Article(id="2", title="y" * 32_767, text="z" * 32_768, published="1066-10-14"),
        ),
        tmp_path,
    )
    header, first, second = cells(path)
    title, text = header.index("title"), header.index("text")
    # Excel takes _x000D_ for a control character unless its underscore is escaped.
    assert unescape(str(first[title])) == "abcde\tf\n_x000D_ <b>&amp;"
    cut = str(first[text])
    assert cut.startswith("😀😀") and cut.endswith("😀 … [cut: 20,001 characters]")
    assert len(cut.encode("utf-16-le")) // 2 <= 32_767
    assert second[title] == "y" * 32_767
    assert str(second[text]).endswith("z … [cut: 32,768 characters]")
    assert second[header.index("published")] == "1066-10-14"


def test_a_full_sheet_goes_on_in_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "_MOST_ROWS", 3)
    path = XlsxPublisher().write(tables(FULL, BARE, DAY), tmp_path)
    assert [[row[0] for row in cells(path, n)] for n in (0, 1)] == [
        ["id", "007", "bare"], ["id", "day"]
    ]  # fmt: skip
    assert openpyxl.load_workbook(path).worksheets[1].freeze_panes == "A2"


def asked(path: Path, query: str) -> Sequence[tuple[object, ...]]:
    with duckdb.connect(str(path), read_only=True) as database:
        return database.sql(query).fetchall()


def test_the_database_has_the_rows_and_counts_them(tmp_path: Path) -> None:
    articles = [FULL, BARE, DAY, replace(DAY, countries=(FRANCE,))]  # an id twice, as of versions
    path = DuckdbPublisher().write(tables(*articles), tmp_path)
    with duckdb.connect(str(path), read_only=True) as database:
        found = database.sql("SELECT * FROM articles").to_arrow_table()
    assert found.cast(ROW_SCHEMA).to_pylist() == to_table(articles, ROW_SCHEMA).to_pylist()
    assert asked(path, "FROM by_country") == [
        ("FR", "France", 2), (None, None, 2), ("IE", "Ireland", 1)
    ]  # fmt: skip
    assert asked(path, "FROM by_topic") == [
        (None, None, 3), ("medtop:11000000", "politics", 1)
    ]  # fmt: skip
    days = [(str(day), count) for day, count in asked(path, "FROM by_day")]
    assert days == [("2026-05-01", 1), ("2026-05-02", 2), ("None", 1)]
    assert [file.name for file in tmp_path.iterdir()] == ["articles.duckdb"]


def test_without_duckdb_the_way_out_is_said_before_anything_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(ConfigError, match=r"pip install 'dateline\[duckdb\]'"):
        DuckdbPublisher()


@pytest.mark.parametrize("publisher", [CsvPublisher(), XlsxPublisher()])
def test_the_same_rows_are_the_same_bytes_however_they_come(
    publisher: CsvPublisher | XlsxPublisher, tmp_path: Path
) -> None:
    path = publisher.write(tables(FULL, BARE, DAY), tmp_path)
    first = hashlib.sha256(path.read_bytes())
    publisher.write(iter([to_table([FULL, BARE, DAY], ROW_SCHEMA)]), tmp_path)
    assert hashlib.sha256(path.read_bytes()).digest() == first.digest()


@pytest.mark.parametrize("publisher", [CsvPublisher(), XlsxPublisher(), DuckdbPublisher()])
def test_no_rows_and_rows_that_fail(publisher: Publisher, tmp_path: Path) -> None:
    path = publisher.write(iter([]), tmp_path)
    assert isinstance(path, Path)
    if isinstance(publisher, DuckdbPublisher):
        assert asked(path, "FROM articles") == asked(path, "FROM by_country") == []
    else:
        names = lines(path) if path.suffix == ".csv" else cells(path)[1:]
        assert names == []
    before = path.read_bytes()

    def failing() -> Iterator[pa.Table]:
        yield from tables(FULL)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publisher.write(failing(), tmp_path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]
