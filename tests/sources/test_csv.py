"""CSV and TSV: quoting, ragged and broken rows, headers, delimiters."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from command import SHARED
from pipeline.article import Article
from pipeline.config.schema import construct
from pipeline.core.errors import ConfigError, InputError
from pipeline.ingest.normalise import normalise
from pipeline.sources.base import BadRecord, Record
from pipeline.sources.csv import CsvSource
from pipeline.sources.csv_dialect import Dialect
from pipeline.sources.fields import Fields


def read(path: Path, **options: object) -> list[Record | BadRecord]:
    return list(CsvSource(path=str(path), **options).read())


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
        (b"id,words\n1,x\n", r"no column 'text' \(columns: id, words\); set source.fields.text="),
        (b"id;words\n1;x\n", r"no column 'text' \(columns: id, words\)"),
        (b"Id,Body,BODY,Body\n1,x,y,z\n", "two columns are named 'Body'"),
        (b"text,text\n1,x\n", "two columns are named 'text'"),
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
    file.write_bytes(b"id,text\n1,caf\xe9\n2,write \\xe9\n3,caf\xc3\xa9\n")
    records = read(file)
    assert texts(records) == [r"write \xe9", "café"]
    assert bad(records)[0].payload == "1,caf\\xe9\n"
    assert "source.encoding" in bad(records)[0].reason
    assert texts(read(file, encoding="cp1252"))[:2] == ["café", r"write \xe9"]


def test_the_encoding_that_was_found_is_said_once(tmp_path: Path) -> None:
    for name, encoding in (("a", "cp1252"), ("b", "cp1252"), ("c", "utf-8"), ("d", "utf-16")):
        (tmp_path / f"{name}.csv").write_bytes("id,text\n1,Größe in „€“\n".encode(encoding))
    source = CsvSource(path=str(tmp_path))
    assert texts(list(source.read())) == ["Größe in „€“"] * 4
    assert source.notes.lines == [f"{tmp_path / 'a.csv'}: read as cp1252"]
    assert bad(read(tmp_path / "a.csv", encoding="utf-8"))


def test_tsv_and_delimiters(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("id\ttext\n1\ta, b\n")
    (tmp_path / "b.csv").write_text("id;text\n1;c, d\n")
    assert texts(read(tmp_path / "a.tsv")) == ["a, b"]
    (tmp_path / "c.csv").write_text("id|text\n1|e, f; g\n")
    (tmp_path / "d.csv").write_text('text\n"h, i"\n')
    assert texts(read(tmp_path)) == ["a, b", "c, d", "e, f; g", "h, i"]
    assert Dialect(delimiter="\\t").delimiter == "\t"
    with pytest.raises(InputError, match=r"one column, 'id;text'; set source\.dialect\.delimiter"):
        read(tmp_path / "b.csv", dialect=Dialect(delimiter=","))


@pytest.mark.parametrize("delimiter", ["", ";;", "\n", '"'])
def test_a_delimiter_that_is_none(delimiter: str) -> None:
    with pytest.raises(ConfigError, match=r"source\.dialect\.delimiter.*one character"):
        construct(CsvSource, {"path": "x", "dialect": {"delimiter": delimiter}}, "source")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        # quotes behind backslashes, other backslashes as they stand
        (
            'id,text\n1,"say \\"no\\", he said"\n2,"C:\\new"\n3,"ends in \\\\"\n',
            ['say "no", he said', "C:\\new", "ends in \\"],
        ),
        # none are quoted, and quotes are text
        (
            'id\ttext\n1\t"No" he said\n2\t"Never\n3\tplain\n',
            ['"No" he said', '"Never', "plain"],
        ),
        # quotes in quoted cells as they stand
        (
            'id,text\n1,"the "Sol" sank"\n2,"<a href="u,v">x</a>, y"\n3,"two\nlines"\n',
            ['the "Sol" sank', '<a href="u,v">x</a>, y', "two\nlines"],
        ),
        # spaces after commas
        ('id, text\n1, "a, b"\n2, "c"\n', ["a, b", "c"]),
        ('id, text\n2, "c"\n3, "d"\n', ["c", "d"]),
        # line breaks without quotes
        (
            "id,text,url\n1,\n one\n ,u\n2,\n two\n ,v\n3,three,w\n",
            ["\n one\n ", "\n two\n ", "three"],
        ),
        ("sep=;\nid;text\n1;a, b\n", ["a, b"]),
        ("\ufeffsep=,\r\nid,text\r\n1,a;b\r\n", ["a;b"]),
        ("id,text\r1,one\r2,two\r", ["one", "two"]),
        # a header once more, in another order too
        ("id,text\n1,one\nid,text\n2,two\ntext,id\nthree,3\n", ["one", "two", "three"]),
    ],
)
def test_dialects_are_found(raw: str, expected: list[str], file: Path) -> None:
    for encoded in (raw.encode(), raw.removeprefix("\ufeff").encode("utf-16")):
        file.write_bytes(encoded)
        records = read(file)
        assert texts(records) == expected
        assert not bad(records)


@pytest.mark.parametrize(
    ("raw", "options", "expected"),
    [
        ("id;text\n'1';'a;''b'\n", {"quote": "'"}, ["a;'b"]),
        ('id,text\n1,"one"\n', {"quote": "none"}, ['"one"']),
        ('id,text\n1, "one"\n', {"spaces": "skip"}, ["one"]),
        ('id,text\n1, "one"\n', {"spaces": "keep"}, [' "one"']),
        ("id,text,url\n1,one\nand,u\n", {"breaks": "join"}, ["one\nand"]),
        ('id,text\n1,"a \\" b"\n', {"escape": "backslash"}, ['a " b']),
    ],
)
def test_a_dialect_is_given(
    raw: str, options: dict[str, str], expected: list[str], file: Path
) -> None:
    file.write_text(raw)
    assert texts(read(file, dialect=Dialect(**options))) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "raw",
    [
        "id,text,url\n1,a\n2,b,c\n3,d,e\n4,f\n5,g,h\n",  # short rows between whole ones
        'id,text\n1,"one"\n2,"two" and, a half\n3,"three"\n4,"four"\n',
    ],
)
def test_a_few_broken_rows_do_not_change_the_dialect(raw: str, file: Path) -> None:
    file.write_text(raw)
    records = read(file)
    assert bad(records)
    assert len(texts(records)) == raw.count("\n") - 1 - len(bad(records))
    assert not any('"' in text or "\n" in text for text in texts(records))
    assert all("source.dialect" in record.reason for record in bad(records))


def test_each_file_of_an_archive_has_its_header(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "id,text\n1,one\n")
        archive.writestr("b.csv", "text;id\ntwo;2\n")
        archive.writestr("c.csv", "id,words\n3,three\n")
    first, second, third = read(path)
    assert [first.where, second.where] == [f"{path}/a.csv:2", f"{path}/b.csv:2"]
    assert texts([first, second]) == ["one", "two"]
    assert isinstance(third, BadRecord)
    assert "c.csv: no column 'text'" in third.reason


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("csv_linebreaks/cr-only.csv", 3),
        ("csv_linebreaks/unquoted-title-breaks.csv", 4),
        ("csv_quotes/backslash.csv", 4),
        ("csv_quotes/no-quoting.tsv", 6),
        ("csv_quotes/raw-inner-quotes.csv", 3),
        ("csv_quotes/space-after-comma.csv", 2),
        ("encodings/mojibake2.csv", 1),
        ("encodings/sep-line.csv", 1),
        ("encodings/two.csv.zip", 2),
        ("encodings/utf16le-bom.csv", 1),
    ],
)
def test_files_that_people_report(name: str, rows: int) -> None:
    records = read(SHARED / "cases" / name)
    assert len(records) == rows
    for record in records:
        assert isinstance(record, Record)
        article = normalise(record, 10_000)
        assert isinstance(article, Article)
        assert article.title is not None
        assert '\\"' not in article.text
        assert name.startswith("csv_quotes/no") or not article.text.startswith('"')
        if name.startswith("encodings"):
            assert article.title == "Côte d\u2019Ivoire raises cocoa price"


@pytest.mark.shared
def test_a_row_of_another_encoding_says_so() -> None:
    good, row = read(SHARED / "cases" / "encodings" / "mixed.csv")
    assert isinstance(good, Record)
    assert isinstance(row, BadRecord)
    assert "not utf-8; set source.encoding, e.g. cp1252" in row.reason


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
