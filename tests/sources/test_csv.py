"""CSV and TSV: quoting, ragged and broken rows, headers, delimiters."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import ConfigError, InputError
from pipeline.schema import construct
from pipeline.sources.base import BadRecord, Record
from pipeline.sources.csv import CsvSource
from pipeline.sources.fields import Fields


def read(path: Path, **options: object) -> list[Record | BadRecord]:
    return list(CsvSource(path=str(path), **options).records())


def texts(records: list[Record | BadRecord]) -> list[str]:
    return [record.values["text"] for record in records if isinstance(record, Record)]


def bad(records: list[Record | BadRecord]) -> list[BadRecord]:
    return [record for record in records if isinstance(record, BadRecord)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "a.csv"


def test_quotes_commas_and_line_breaks_in_cells(file: Path) -> None:
    file.write_bytes(b'\xef\xbb\xbf\r\ntext , id\r\n"a, ""b""\r\n\r\nc",1\r\nplain "x" y,2\r\n')
    records = read(file)
    assert texts(records) == ['a, "b"\n\nc', 'plain "x" y']
    assert [record.where for record in records] == [f"{file}:3", f"{file}:6"]
    assert [record.values["id"] for record in records if isinstance(record, Record)] == ["1", "2"]


def test_a_ragged_row_costs_itself(file: Path) -> None:
    file.write_text("id,text\n1,one\n2\n3,three,3\n\n4,four\n")
    records = read(file)
    assert texts(records) == ["one", "four"]
    assert [b.where for b in bad(records)] == [f"{file}:3", f"{file}:4"]
    assert [b.payload for b in bad(records)] == ["2\n", "3,three,3\n"]
    assert "1 cells where the header has 2" in bad(records)[0].reason


@pytest.mark.parametrize("after", ["", '5,"five, quoted"\n'])
def test_a_quote_that_is_never_closed_costs_its_row(after: str, file: Path) -> None:
    file.write_text('id,text\n1,one\n2,"two\n3,three\n4,four\n' + after)
    records = read(file)
    expected = ["one", "three", "four"] + (["five, quoted"] if after else [])
    assert texts(records) == expected
    [broken] = bad(records)
    assert (broken.where, broken.payload) == (f"{file}:3", '2,"two\n')
    assert "close its quotes" in broken.reason
    assert records[-1].where == f"{file}:{4 + len(expected) - 2}"


def test_a_quote_that_is_never_closed_is_not_read_for_ever(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.sources.csv._LONGEST_CELL", 200_000)
    try:
        file.write_text('id,text\n2,"two\n' + "3,three\n" * 30_000)
        records = read(file)
        assert [b.where for b in bad(records)] == [f"{file}:2"]
        assert len(texts(records)) == 30_000
        file.write_text("id,text\n1," + "x" * 150_000 + "\n")
        assert len(texts(read(file))[0]) == 150_000  # the module's own limit is lower
    finally:
        csv.field_size_limit(131_072)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"id,body\n1,x\n", r"no column 'text' \(columns: id, body\); set source.fields.text="),
        (b"id;text\n1;x\n", "set source.delimiter='\";\"'"),
        (b"id\ttext\n1\tx\n", r"set source.delimiter='\"\\t\"'"),
        (b"text,text\n1,x\n", "two columns are named 'text'"),
        ("id,text\n1,x\n".encode("utf-16"), "not utf-8; set source.encoding"),
        ("id,text\n1,x\n".encode("utf-16-le"), "not utf-8; set source.encoding"),
    ],
)
def test_a_table_that_cannot_be_meant(raw: bytes, said: str, file: Path) -> None:
    file.write_bytes(raw)
    with pytest.raises(InputError, match=said) as error:
        read(file)
    assert str(error.value).startswith(str(file))


def test_a_column_mapped_on_purpose_must_be_there(file: Path) -> None:
    file.write_text("id,text,heading\n1,x,y\n")
    with pytest.raises(InputError, match=r"'headline'.*source\.fields\.title=heading"):
        read(file, fields=Fields(title="headline"))
    assert texts(read(file, fields=Fields(title=None))) == ["x"]


def test_an_undecodable_row_costs_itself_and_a_literal_escape_nothing(file: Path) -> None:
    file.write_bytes(b"id,text\n1,caf\xe9\n2,write \\xe9\n")
    records = read(file)
    assert texts(records) == [r"write \xe9"]
    assert bad(records)[0].payload == "1,caf\\xe9\n"
    assert "source.encoding" in bad(records)[0].reason
    assert texts(read(file, encoding="cp1252")) == ["café", r"write \xe9"]


def test_tsv_and_delimiters(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("id\ttext\n1\ta, b\n")
    (tmp_path / "b.csv").write_text("id;text\n1;c, d\n")
    assert texts(read(tmp_path / "a.tsv")) == ["a, b"]
    assert texts(read(tmp_path, delimiter=";")) == ["a, b", "c, d"]
    assert CsvSource(path=None, delimiter="\\t").delimiter == "\t"


@pytest.mark.parametrize("delimiter", ["", ";;", "\n", '"'])
def test_a_delimiter_that_is_none(delimiter: str) -> None:
    with pytest.raises(ConfigError, match=r"source\.delimiter.*one character"):
        construct(CsvSource, {"path": "x", "delimiter": delimiter}, "source")


def test_empty_and_header_only_files(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("")
    (tmp_path / "b.csv").write_text("id,text\n")
    [empty] = read(tmp_path)
    assert empty.where == str(tmp_path / "a.csv")
    assert isinstance(empty, BadRecord)
    assert "no header line" in empty.reason


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    cells=st.lists(
        st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r\0\ufdd0\ufeff")),
        min_size=1,
        max_size=4,
    )
)
def test_what_was_written_is_read(cells: list[str], file: Path) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([["id", "text"], *enumerate(cells)])
    file.write_text(out.getvalue(), encoding="utf-8", newline="")
    assert texts(read(file)) == cells
