"""Rows by a typed model: the same from every form, and each fault in a sentence."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import AfterValidator, TypeAdapter

from pipeline.core.errors import InputError
from pipeline.sources.rows import Text, read_rows, records


def _even(value: int) -> int:
    if value % 2:
        raise ValueError(f"is {value}, an odd number")
    return value


@dataclass(frozen=True)
class Part:
    share: float


@dataclass(frozen=True)
class Row:
    name: Text
    count: Annotated[int, AfterValidator(_even)] = 0
    kind: Literal["a", "b"] = "a"
    parts: tuple[Part, ...] = ()


ROW = TypeAdapter(Row)
JSON = '{"name": "x", "count": 4}\n\n{"name": "y", "kind": "b"}\n'


def rows(path: Path) -> list[Row]:
    return list(read_rows(path, ROW, "a row has a name"))


def test_every_form_gives_the_same_rows(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(JSON)
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(JSON.encode()))
    (tmp_path / "no_ending").write_text(JSON)
    (tmp_path / "a.csv").write_text("name;count;kind\nx;4;a\ny;0;b\n")
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"sep=,\nname,count,kind\nx,4,a\ny,0,b\n"))
    (tmp_path / "a.tsv").write_text("name\tcount\tkind\nx\t4\ta\ny\t0\tb\n")
    table = pa.table({"name": ["x", "y"], "count": [4, 0], "kind": ["a", "b"]})
    pq.write_table(table, tmp_path / "a.parquet")
    for path in tmp_path.iterdir():
        assert rows(path) == [Row("x", 4), Row("y", 0, "b")], path
    assert [record.number for record in records(tmp_path / "a.jsonl")] == [1, 3]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{}", "name is missing"),
        ('{"name": null}', "name is missing"),
        ('{"name": " "}', "name is empty"),
        ('{"name": 5}', "name is a int, not a text"),
        ('{"name": "x", "count": 3}', "count is 3, an odd number"),
        ('{"name": "x", "count": "many"}', "count 'many': Input should be a valid integer"),
        ('{"name": "x", "kind": "c"}', "kind 'c' is none of 'a' or 'b'"),
        ('{"name": "x", "parts": [{"share": 1}, {}]}', "parts.share is missing"),
        ('{"name": "x", "parts": [1]}', "parts is a int, not an object with named fields"),
        ('{"name": "x", "name": "y"}', "field 'name' twice"),
        ('{"count": 3, "kind": "c"}', "name is missing; count is 3, an odd number; kind 'c' is"),
    ],
)
def test_a_row_that_is_wrong_is_named_with_the_way_out(
    tmp_path: Path, line: str, said: str
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f'{{"name": "x"}}\n{line}\n')
    with pytest.raises(InputError) as caught:
        rows(path)
    assert str(caught.value).startswith(f"{path}:2: {said}")
    assert str(caught.value).endswith("; a row has a name")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.jsonl", "[1]", "a.jsonl:1: not a JSON object"),
        ("a.jsonl", "{", "a.jsonl:1: no JSON: .*; mend or remove the line"),
        ("a.csv", "name,name\nx,y\n", "the header has 'name' 2 times"),
        ("a.csv", "name,count\nx\n", "record 1 has not as many cells as the header"),
        ("a.csv", 'name\n"x\n', "broken CSV"),
        ("a.parquet", "name", "cannot be read"),
    ],
)
def test_a_file_that_is_not_what_its_name_says(
    tmp_path: Path, name: str, content: str, said: str
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=said):
        rows(tmp_path / name)


def test_only_the_first_lines_of_csv_are_looked_at_for_its_form(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("name;count\n" + "".join(f"n{n};{2 * n}\n" for n in range(3000)))
    assert [row.count for row in rows(path)] == [2 * n for n in range(3000)]
