"""JSON Lines: good lines are read, bad ones cost themselves only."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from pipeline.sources.base import BadRecord, Record
from pipeline.sources.fields import Fields
from pipeline.sources.jsonl import JsonlSource

GOOD = json.dumps({"id": "a", "text": "Good text.", "extra": [1, {"deep": None}]})


def read(path: Path, **options: object) -> list[Record | BadRecord]:
    return list(JsonlSource(path=str(path), **options).records())


def one_bad(tmp_path: Path, line: bytes) -> BadRecord:
    path = tmp_path / "a.jsonl"
    path.write_bytes(GOOD.encode() + b"\n" + line + b"\n\n" + GOOD.encode())
    first, bad, last = read(path)
    assert isinstance(first, Record)
    assert isinstance(last, Record)
    assert (first.where, last.where) == (f"{path}:1", f"{path}:4")
    assert isinstance(bad, BadRecord)
    assert bad.where == f"{path}:2"
    assert bad.reason.startswith(f"{path}:2: ")
    return bad


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"text": "cut', "broken JSON"),
        (b"[1, 2]", "a JSON list"),
        (b"null", "a JSON NoneType"),
        (b'{"text": "x", "id": ' + b"9" * 5000 + b"}", "broken JSON"),
        (b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "recursion"),
        (b'{"text": "raw \0 nul"}', "broken JSON"),
        (b'{"text": "caf\xe9"}', "not utf-8; set source.encoding"),
        (b'{"text": "an escaped byte \\\xe9"}', "not utf-8; set source.encoding"),
    ],
    ids=["cut", "list", "null", "digits", "deep", "nul", "cp1252", "escaped"],
)
def test_a_bad_line_is_kept_as_it_stood(line: bytes, said: str, tmp_path: Path) -> None:
    bad = one_bad(tmp_path, line)
    assert said in bad.reason
    assert bad.payload == line.decode("utf-8", "backslashreplace")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"body": "x"}', "no column 'text' (columns: body); set source.fields.text="),
        ('{"text": ["x"]}', "'text' is a list, not a string"),
        ('{"text": NaN}', "'text' is a float, not a string"),
        ('{"text": "x", "title": 7}', "'title' is a int, not a string"),
        ('{"text": "x", "id": {"$oid": "1"}}', "set source.fields.id"),
        ('{"text": ["\\ud800"]}', "'text' is a list"),
    ],
)
def test_an_object_that_is_no_article_is_kept_whole(line: str, said: str, tmp_path: Path) -> None:
    bad = one_bad(tmp_path, line.encode())
    assert said in bad.reason
    assert str(json.loads(bad.payload)) == str(json.loads(line))


def test_a_literal_escape_is_text(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(r'{"text": "write \\xe9 for \u00e9"}')
    [record] = read(path)
    assert isinstance(record, Record)
    assert record.values == {"text": r"write \xe9 for é"}


def test_fields_are_mapped(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"content": "T", "head": "H", "id": 7, "url": null, "source": "no"}\n')
    fields = Fields(text="content", title="head", source=None)
    assert read(path, fields=fields) == [
        Record(f"{path}:1", {"id": "7", "title": "H", "text": "T"})
    ]


def test_a_folder_of_plain_and_compressed_files(tmp_path: Path) -> None:
    (tmp_path / "b.ndjson").write_text(GOOD)
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(GOOD.encode()))
    (tmp_path / "c.jsonl.gz").write_bytes(b"not gzip")
    (tmp_path / "d.jsonl").write_text("")
    (tmp_path / "e.jsonl").write_text(GOOD)
    wheres = [Path(record.where).name for record in read(tmp_path)]
    assert wheres == ["a.jsonl.gz:1", "b.ndjson:1", "c.jsonl.gz", "e.jsonl:1"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "cp1252"])
def test_another_encoding(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(('{"text": "é “ü”"}\r\n' * 2).encode(encoding))
    wrong = read(path)
    assert wrong
    assert all(isinstance(record, BadRecord) for record in wrong)
    assert [r.values["text"] for r in read(path, encoding=encoding)] == ["é “ü”"] * 2


def test_a_line_longer_than_what_is_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    text = "word " * 2_400_000
    path.write_text(json.dumps({"text": text}) + "\n" + GOOD)
    long, short = read(path)
    assert isinstance(long, Record)
    assert long.values["text"] == text
    assert isinstance(short, Record)
