"""Labelled samples: read alike from all forms, every fault named, no row lost."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from command import SHARED
from pipeline.article import Article
from pipeline.core.errors import InputError
from pipeline.evaluate.gold.labels import Gold, labels_path, read_sample, sound_sample
from pipeline.evaluate.predictions import match

ROWS: list[dict[str, object]] = [
    {"id": "a", "countries": ["KE", "US"], "region": "021", "topics": ["medtop:04000000"],
     "summary": ["One.", "Two."], "split": "dev"},
    {"id": "b", "countries": [], "region": None, "topics": None, "summary": None, "split": None},
]  # fmt: skip
GOLD = (
    Gold("a", ("KE", "US"), "021", ("medtop:04000000",), ("One.", "Two."), "dev"),
    Gold("b", (), "", None, None, None),
)


def jsonl(folder: Path, *rows: object) -> Path:
    path = folder / "labels.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_the_three_forms_say_the_same(tmp_path: Path) -> None:
    assert sound_sample(jsonl(tmp_path, *ROWS)).rows == GOLD
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "labels.parquet")
    assert sound_sample(tmp_path / "labels.parquet").rows == GOLD
    cells = (
        "id,countries,region,topics,summary,split\n"
        'a,KE;US,21,medtop:04000000,"[""One."",""Two.""]",dev\nb,[],,,,\n'
    )
    (tmp_path / "labels.csv").write_text(cells)
    assert sound_sample(tmp_path / "labels.csv").rows == GOLD


@pytest.mark.parametrize(
    "cells",
    [
        "id;countries;region\n7;KE|US;202\n9;NA;2\n",
        "sep=;\nid;countries;region\n7;'KE;US';202\n9;NA;2\n".replace("'", '"'),
        "id\tcountries\tregion\n7\tKE;US\t202\n9\tNA\t2\n",
        "id, countries, region\n7, 'KE;US', 202\n9, NA, 2\n".replace("'", '"'),
        "id,countries,region\n7.0,KE;US,202.0\n9.0,NA,2.0\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_csv_as_spreadsheets_and_programs_write_it(
    cells: str, encoding: str, tmp_path: Path
) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes(cells.encode(encoding))
    sample = sound_sample(path)
    assert [(row.id, row.countries, row.region) for row in sample.rows] == [
        ("7", ("KE", "US"), "202"), ("9", ("NA",), "002")
    ]  # fmt: skip
    assert bool(sample.hints) == ("7.0" in cells)


def test_numbers_of_columns_with_gaps(tmp_path: Path) -> None:
    path = tmp_path / "labels.parquet"
    pq.write_table(pa.table({"id": [7.0, 9.0], "region": [202.0, float("nan")]}), path)
    sample = sound_sample(path)
    assert [(row.id, row.region) for row in sample.rows] == [("7", "202"), ("9", None)]
    (tmp_path / "labels.csv").write_text("id,region\n1.0,202\na,2\n")  # one that is a text
    assert [row.id for row in sound_sample(tmp_path / "labels.csv").rows] == ["1.0", "a"]


def test_another_encoding_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes("id,summary\na,Café\n".encode("cp1252"))
    with pytest.raises(InputError, match="save it as UTF-8"):
        read_sample(path)


@pytest.mark.shared
@pytest.mark.parametrize(("name", "rows"), [("floats", 3), ("semicolons", 1)])
def test_files_of_labels_that_people_report(name: str, rows: int) -> None:
    sample = sound_sample(SHARED / "cases" / "labels" / f"{name}.csv")
    assert [row.id for row in sample.rows] == [str(number) for number in range(rows)]
    assert (sample.rows[0].countries, sample.rows[0].region) == (("NA",), "202")


def test_no_region_can_be_said_with_and_without_countries(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"id": "a", "region": "none"},
        {"id": "b", "region": "none", "countries": ["KE", "US"]},
        {"id": "c", "region": None, "countries": []},
        {"id": "d", "countries": []},
        {"id": "e", "region": None, "countries": ["KE"]},
        {"id": "f", "region": None},
    ]
    sample = sound_sample(jsonl(tmp_path, *rows))
    assert [row.region for row in sample.rows] == ["", "", "", None, None, None]
    [hint] = sample.hints
    assert "null in 2 of 6 labels and not scored there" in hint and "'none'" in hint
    assert not sound_sample(jsonl(tmp_path, *rows[:4])).hints
    (tmp_path / "labels.csv").write_text("id,region,countries\na,none,\nb,none,KE;US\n")
    assert [row.region for row in sound_sample(tmp_path / "labels.csv").rows] == ["", ""]


@pytest.mark.parametrize("name", ["a.csv", "b.csv", "c.parquet", "d.parquet", "e.jsonl"])
def test_an_empty_file_of_each_form(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text({"a.csv": "id,topics\n", "e.jsonl": "\n\n"}.get(name, ""))
    if name == "d.parquet":
        pq.write_table(pa.table({"id": pa.array([], pa.string())}), path)
    reason = "cannot be read" if name == "c.parquet" else "empty; a labelled sample"
    with pytest.raises(InputError, match=reason):
        read_sample(path)


def test_empty_references_of_each_form(tmp_path: Path) -> None:
    rows = [{"id": "a", "summary": ["One.", " "]}, {"id": "b", "summary": ""}]
    assert len(read_sample(jsonl(tmp_path, *rows)).problems) == 2
    pq.write_table(pa.Table.from_pylist([{"id": "a", "summary": ""}]), tmp_path / "l.parquet")
    assert len(read_sample(tmp_path / "l.parquet").problems) == 1
    (tmp_path / "l.csv").write_text('id,summary\na,"["""",""Two.""]"\nb,\n')
    sample = read_sample(tmp_path / "l.csv")
    assert len(sample.problems) == 1 and sample.rows[1].summary is None


def test_the_bundled_sample_is_sound() -> None:
    sample = sound_sample(labels_path("sample"))
    assert len(sample.rows) == 120 and sample.ignored == ("traps",)
    assert sum(row.summary is not None for row in sample.rows) == 100
    assert sum(row.region == "" for row in sample.rows) == 4


def test_every_fault_is_named_and_no_row_dropped(tmp_path: Path) -> None:
    path = jsonl(
        tmp_path,
        {"id": "a", "countries": ["KE", "XX", "KE"], "region": "999", "topics": ["medtop:99"]},
        {"id": "a", "summary": "  "},
        {"id": "c", "summary": []},
        {"topics": "sport"},
        {"id": "e", "countries": 7, "summary": [1]},
        {"id": 1.5, "split": ["dev"]},
        {"id": True},
    )
    with path.open("a") as file:
        file.write('{"id": "f", "topics": [], "topics": ["medtop:04000000"]}\n')
    sample = read_sample(path)
    assert len(sample.rows) == 8
    said = "\n".join(sample.problems)
    for what in ("'XX'", "'KE' twice", "'999'", "'medtop:99'", ":2: id 'a' is that of 1",
                 ":2: summary has an empty", ":3: summary has an empty", ":4: id is missing",
                 "'sport'", ":5: countries is a int", ":5: summary is neither", ":6: id is a float",
                 ":6: split is a list", ":7: id is a bool",
                 ":8: field 'topics' twice"):  # fmt: skip
        assert what in said, what
    with pytest.raises(InputError, match="14 problems in the labels"):
        sound_sample(path)


def test_a_name_that_is_nearly_a_field_is_pointed_out(tmp_path: Path) -> None:
    path = jsonl(tmp_path, {"id": "a", "topic": "sport", "title": "x", "region": "021"})
    [hint] = sound_sample(path).hints
    assert hint == "the field 'topic' of the labels is not looked at; 'topics' would be"
    with pytest.raises(InputError, match="1 problem in the labels"):
        sound_sample(jsonl(tmp_path, {"id": "a", "region": "999"}))


def test_a_column_given_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_text("id,topics,topics\na,medtop:04000000,\n")
    with pytest.raises(InputError, match="the header has 'topics' 2 times"):
        read_sample(tmp_path / "l.csv")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "empty; a labelled sample"),
        ("{", "no JSON"),
        ("[1]", "not a JSON object"),
        ('{"id": "a", "topic": "x"}', "nothing to score; .*there are: id, topic"),
        ('{"name": "a", "topics": []}', "no field 'id'"),
    ],
)
def test_a_file_without_labels_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text(content)
    with pytest.raises(InputError, match=reason):
        read_sample(path)


def test_a_path_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file of labels"):
        labels_path(str(tmp_path / "no.jsonl"))
    (tmp_path / "labels.xlsx").touch()
    with pytest.raises(InputError, match=r"not '\.xlsx'"):
        labels_path(str(tmp_path / "labels.xlsx"))


def test_own_topics_take_the_place_of_media_topics(tmp_path: Path) -> None:
    path = jsonl(tmp_path, {"id": "a", "topics": ["own"]})
    assert read_sample(path).problems and not read_sample(path, {"own"}).problems


def test_every_label_is_matched_unmatched_or_unscored() -> None:
    labels = [Gold("a", topics=()), Gold("b", region=""), Gold("c")]
    found = match(labels, {name: Article(name) for name in "acxy"})
    assert [gold.id for gold, _ in found.pairs] == ["a"]
    assert found.counts() == {
        "labels": 3, "matched": 1, "unmatched": 1, "unscored": 1, "unlabelled_predictions": 2
    }  # fmt: skip
    with pytest.raises(InputError, match=r"none of the 2 labels .* such as a, b, the run x"):
        match(labels, {"x": Article("x")})
