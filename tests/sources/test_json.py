"""JSON Lines: good lines are read, bad ones cost themselves only."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path

import pytest

from command import SHARED
from pipeline.core.errors import InputError
from pipeline.sources.base import BadRecord, Record
from pipeline.sources.fields import Fields
from pipeline.sources.json import JsonSource
from pipeline.sources.parts import LONGEST_PIECE

GOOD = json.dumps({"id": "a", "text": "Good text.", "extra": [1, {"deep": None}]})


def read(path: Path, **options: object) -> list[Record | BadRecord]:
    return list(JsonSource(path=str(path), **options).read())


def texts(records: list[Record | BadRecord]) -> list[str]:
    return [record.values["text"] for record in records if isinstance(record, Record)]


def one_bad(tmp_path: Path, line: bytes) -> BadRecord:
    path = tmp_path / "a.jsonl"
    path.write_bytes(GOOD.encode() + b"\n" + line + b"\n\n" + GOOD.encode())
    first, bad, last = read(path, encoding="utf-8")
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
        ('{"words": "x"}', "no column 'text' (columns: words); set source.fields.text="),
        ('{"text": ["x"]}', "'text' is a list, not a string"),
        ('{"text": NaN}', "'text' is a float, not a string"),
        ('{"text": "x", "title": 7}', "'title' is a int, not a string"),
        ('{"text": "x", "id": {"key": "1"}}', "set source.fields.id=id.key, or =null"),
        ('{"content": {"html": "x"}, "text": {"raw": "x"}}', "set source.fields.text=text.raw"),
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
    assert texts(read(path, encoding=encoding)) == ["é “ü”"] * 2
    guessed = read(path)
    if encoding != "utf-16-le":  # it lacks the byte order mark
        assert texts(guessed) == ["é “ü”"] * 2
    else:
        assert guessed
        assert all(isinstance(record, BadRecord) for record in guessed)


ROWS = [{"id": "a", "text": 'A "b" {c]'}, {"id": "b", "text": "C, \\ d"}, {"id": "c", "text": "e"}]
ONE, TWO, THREE = (json.dumps(row) for row in ROWS)


@pytest.mark.parametrize(
    "text",
    [
        f"{ONE}\n{TWO}\n{THREE}\n",
        f"{ONE},\n{TWO},\n{THREE},\n",
        f"{ONE}{TWO} {THREE}",
        f"[{ONE}, {TWO}, {THREE}]",
        f"[{ONE}, {TWO}, {THREE},]\n",
        f"[\n{ONE},\n{TWO},\n{THREE}\n]\n",
        f"[{ONE},\n {TWO},\n {THREE}]",
        f"[{ONE}]\n[{TWO}, {THREE}]\n",
        "\n".join(json.dumps(row, indent=2) for row in ROWS),
        ",\n".join(json.dumps(row, indent=1) for row in ROWS),
        json.dumps(ROWS, indent=2),
        json.dumps(ROWS, indent="\t"),
        json.dumps(ROWS, indent=2).replace("[\n  {", "[{"),
    ],
)
def test_objects_however_they_are_set(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    records = read(path)
    assert texts(records) == [row["text"] for row in ROWS]
    assert len({record.where for record in records}) == 3


def test_a_cut_object_does_not_cost_the_next(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f'{ONE}\n{{"id": "x",\n "text": ["y"\n{TWO}\n{{"id": 1\n{THREE}\n{{"id":')
    records = read(path)
    assert texts(records) == [row["text"] for row in ROWS]
    bad = [record for record in records if isinstance(record, BadRecord)]
    assert [record.where.rpartition(":")[2] for record in bad] == ["2", "5", "7"]
    assert all("broken JSON" in record.reason for record in bad)
    assert bad[0].payload == '{"id": "x",\n "text": ["y"'


def test_a_list_in_each_object(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"status": "ok", "response": {"docs": ROWS}}, indent=2) + "\n{}\n")
    for records in ("response.docs", "auto"):
        source = JsonSource(path=str(path), records=records)
        *good, bad = source.read()
        assert texts(good) == [row["text"] for row in ROWS]
        assert good[1].where == f"{path}:1: response.docs 2"
        assert isinstance(bad, BadRecord)
        assert "no list 'response.docs'" in bad.reason
        found = f"{path}:1: articles from the list 'response.docs'"
        assert source.notes.lines == ([found] if records == "auto" else [])
    with pytest.raises(InputError, match=r"no column 'text' \(columns: status, response"):
        read(path, records=None)


@pytest.mark.parametrize(
    ("wrapper", "said"),
    [
        (
            {"facets": [{"name": "x"}], "data": {"items": [{"maintext": "x"}]}},
            r"objects in 'facets', 'data\.items'; set source\.records=data\.items",
        ),
        ({"people": [{"name": "x"}]}, r"objects in 'people'; set source\.records=people"),
        ({"words": "x", "tags": ["a"]}, "no column 'text'"),
    ],
)
def test_a_list_is_not_guessed(wrapper: object, said: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(wrapper))
    with pytest.raises(InputError, match=said):
        read(path)


@pytest.mark.parametrize(
    ("wrapper", "records"),
    [
        ({"a": {"b": {"c.d": {"e": ROWS}}}}, "a.b.c.d.e"),
        ({"a": [{"b": ROWS[:1]}, {"b": ROWS[1:]}]}, "a.b"),
        ({"a": [ROWS[:1], [ROWS[1:]]]}, "a"),
        ([{"a": ROWS[:2]}, {"a": ROWS[2:]}], "a"),
        ([[ROWS[0]], [], ROWS[1:]], None),
        (ROWS, "auto"),
    ],
)
@pytest.mark.parametrize("long", [False, True])
def test_deep_paths_and_lists_in_lists(
    wrapper: object, records: str | None, long: bool, tmp_path: Path
) -> None:
    path = tmp_path / "a.json"
    filling = " " * LONGEST_PIECE if long else ""  # so long a line is read as a stream
    path.write_text(filling + json.dumps(wrapper) + f"{filling}\n")
    found = read(path, records=records)
    assert texts(found) == [row["text"] for row in ROWS]
    assert len({record.where for record in found}) == 3


def test_a_long_line_is_streamed(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    rows = [
        {"id": n, "text": f'"{{{n}}}" \\ {"é" * 3000}', "tags": [{"n": n}]} for n in range(2500)
    ]
    line = json.dumps(rows, ensure_ascii=False)
    assert len(line) > 7 * LONGEST_PIECE
    path.write_text(f"{ONE}\n{line}\n\n{TWO}\n")
    tracemalloc.start()
    count = 0
    for record in JsonSource(path=str(path)).read():
        assert isinstance(record, Record), record
        if 0 < count <= len(rows):
            assert record.values["id"] == str(count - 1)
            assert record.values["text"] == rows[count - 1]["text"]
            assert record.where == f"{path}:2" + (f": object {count}" if count > 1 else "")
        count += 1
    assert record.where == f"{path}:4"
    assert count == len(rows) + 2
    assert tracemalloc.get_traced_memory()[1] < 2 * 6 * LONGEST_PIECE  # two bytes a character
    tracemalloc.stop()


def test_a_broken_object_in_a_long_line_costs_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    long = "x" * 500_000
    row = f'{{"id": 1, "text": "{long}", "people": [{{"name": "a"}}, {{"name": "b"}}]}}'
    parts = [row, row.replace(": 1", ": oops"), row, row[:-2], row, "7", row]
    raw = f"[{', '.join(parts)}]\n{ONE}\n".encode()
    undecodable = row.replace("xxx", "\xe9\xe9\xe9", 1).encode("latin-1")
    path.write_bytes(raw.replace(b"[{", b"[" + undecodable + b", {", 1))
    found = read(path, encoding="utf-8")
    reasons = [record.reason for record in found if isinstance(record, BadRecord)]
    assert [
        [
            word
            for word in ("not utf-8", "Expecting value", "Expecting ','", "a JSON int")
            if word in r
        ]
        for r in reasons
    ] == [["not utf-8"], ["Expecting value"], ["Expecting ','"], ["a JSON int"]]
    assert len(texts(found)) == 5
    assert found[-1].where == f"{path}:2"


def test_a_wrapper_too_long_to_be_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    rows = [{"text": f"{n} {'x' * 5000}"} for n in range(500)]
    wrapper = {"status": "ok", "n": [1, {"items": 2}], "data": {"more": None, "items": rows}}
    for indent in (None, 1):
        path.write_text(json.dumps(wrapper, indent=indent))
        found = read(path, records="data.items")
        assert texts(found) == [row["text"] for row in rows]
        assert found[7].where == f"{path}:1: data.items 8"
        [bad] = read(path, records="data.itms")
        assert isinstance(bad, BadRecord)
        assert "no list 'data.itms' in it" in bad.reason
    monkeypatch.setattr("pipeline.sources.json_stream.LONGEST_OBJECT", LONGEST_PIECE)
    path.write_text(json.dumps(wrapper))
    [bad] = read(path)
    assert isinstance(bad, BadRecord)
    assert "an object of over 1 million characters" in bad.reason
    assert "source.records" in bad.reason


def test_nested_fields_by_dotted_names(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    row = {"_id": {"$oid": "7"}, "a.b": "plain", "a": {"b": "nested", "c.d": {"e": "deep"}}}
    path.write_text(json.dumps(row))
    for name, text in (("a.b", "plain"), ("a.c.d.e", "deep")):
        [record] = read(path, fields=Fields(text=name, id="_id.$oid"))
        assert isinstance(record, Record)
        assert record.values == {"id": "7", "text": text}
    [bad] = read(path, fields=Fields(text="a.b", id="_id"))
    assert isinstance(bad, BadRecord)
    assert "set source.fields.id='_id.$oid', or =null" in bad.reason


def test_a_field_that_no_record_has_is_refused_with_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    rows = [{"text": "x", "headline": "T"}, {"text": "y", "meta": {"day": "2026-01-31"}}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(
        InputError, match=r"no column 'headlin' .* set source\.fields\.title=headline"
    ):
        read(path, fields=Fields(title="headlin"))
    with pytest.raises(InputError, match=r"set source\.fields\.published=meta\.day"):
        read(path, fields=Fields(published="meta.dya"))
    # One that some records lack is none of that.
    assert len(read(path, fields=Fields(title="headline", published="meta.day"))) == 2
    path.write_text('{"a": {"maintext": "x"}}')
    with pytest.raises(InputError, match=r"no column 'text' .*\.text=a\.maintext"):
        read(path)


def test_a_field_is_not_looked_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.sources.fields.LOOKED_AT", 3)
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "x"}\n' * 3 + '{"text": "x", "head": "T"}\n')
    with pytest.raises(InputError, match="no column 'head'"):
        read(path, fields=Fields(title="head"))
    monkeypatch.setattr("pipeline.sources.fields.LOOKED_AT", 4)
    assert len(read(path, fields=Fields(title="head"))) == 4


def test_the_outlet_of_an_api(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "x", "source": {"id": null, "name": "Wire"}}')
    [record] = read(path)
    assert isinstance(record, Record)
    assert record.values["source"] == "Wire"


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "options", "count"),
    [
        ("json_array/array.json", {}, 2),
        ("json_array/pretty-lines.jsonl", {}, 2),
        ("json_array/trailing-commas.jsonl", {}, 2),
        ("json_array/wrapped.json", {"records": "articles"}, 2),
        ("nested_json/mongo.jsonl", {"id": "_id.$oid", "published": "published.$date"}, 4),
        (
            "nested_json/nested-content.jsonl",
            {"text": "body.text", "title": "headline.main", "published": "meta.date"},
            4,
        ),
        ("nested_json/newsapi.jsonl", {"text": "content", "published": "publishedAt"}, 4),
        (
            "nested_json/other-names.jsonl",
            {"text": "maintext", "title": "headline", "published": "date_publish"},
            4,
        ),
    ],
)
def test_files_that_people_report(name: str, options: dict[str, str], count: int) -> None:
    fields = {name: column for name, column in options.items() if name != "records"}
    found = read(SHARED / "cases" / name, records=options.get("records"), fields=Fields(**fields))
    assert len(texts(found)) == len(found) == count
    for record in found:
        assert isinstance(record, Record)
        assert {"title", *fields} <= set(record.values)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nested_json/mongo.jsonl", None),
        ("nested_json/nested-content.jsonl", "title from 'headline.main', text from 'body.text', "
         "published from 'meta.date'"),
        ("nested_json/other-names.jsonl", "title from 'headline', text from 'maintext', "
         "published from 'date_publish'"),
        ("nested_json/newsapi.jsonl", "text from 'content', published from 'publishedAt'"),
    ],
)  # fmt: skip
def test_files_that_people_report_need_no_keys(name: str, said: str | None) -> None:
    source = JsonSource(path=str(SHARED / "cases" / name))
    records = list(source.read())
    assert len(records) == 4
    for record in records:
        assert isinstance(record, Record)
        assert {"title", "text", "published"} <= set(record.values)
        assert ("author" in record.values) == name.endswith("newsapi.jsonl")
    assert source.notes.lines == ([f"{SHARED}/cases/{name}:1: {said}"] if said else [])


@pytest.mark.shared
def test_a_list_that_people_report_is_found() -> None:
    source = JsonSource(path=str(SHARED / "cases" / "json_array" / "wrapped.json"))
    assert len(texts(list(source.read()))) == 2
    assert source.notes.lines == [f"{source.path}:1: articles from the list 'articles'"]


def test_a_line_longer_than_what_is_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    text = "word " * 2_400_000
    path.write_text(json.dumps({"text": text}) + "\n" + GOOD)
    long, short = read(path)
    assert isinstance(long, Record)
    assert long.values["text"] == text
    assert isinstance(short, Record)
