"""Parquet: only the mapped columns are read, and damage costs what lies after it."""

from __future__ import annotations

import datetime
import uuid
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from command import SHARED
from pipeline.core.errors import InputError
from pipeline.sources.base import BadRecord, Record
from pipeline.sources.fields import Fields
from pipeline.sources.parquet import ParquetSource

TEXTS = [f"Text number {i}." for i in range(6)]


def read(path: Path, **options: object) -> list[Record | BadRecord]:
    return list(ParquetSource(path=str(path), **options).read())


def write(path: Path, **columns: object) -> Path:
    pq.write_table(pa.table(columns), path, row_group_size=2)
    return path


def test_mapped_columns_of_several_row_groups(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.parquet",
        body=pa.array(TEXTS).dictionary_encode(),
        id=list(range(6)),
        published=[datetime.date(2026, 1, i + 1) for i in range(6)],
        url=pa.nulls(6, pa.string()),
        unread=pa.array([[("a", 1)]] * 6, pa.map_(pa.string(), pa.int64())),
    )
    records = read(path, fields=Fields(text="body"))
    assert records[5] == Record(
        f"{path}: row 6", {"id": "5", "text": TEXTS[5], "published": "2026-01-06"}
    )
    assert len(records) == 6


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (pa.array([[text] for text in TEXTS]), "list"),
        (pa.array([text.encode("utf-16") for text in TEXTS]), "bytes"),
        (pa.array([{"a": text} for text in TEXTS]), "dict"),
        (pa.array([datetime.datetime(2026, 1, 1)] * 6), "datetime"),
    ],
    ids=["list", "binary", "struct", "timestamp"],
)
def test_a_text_column_of_another_type(column: pa.Array, kind: str, tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", text=column)
    records = read(path)
    assert len(records) == 6
    for number, record in enumerate(records, 1):
        assert isinstance(record, BadRecord)
        what = "bytes" if kind == "bytes" else f"a {kind}"
        assert record.reason.startswith(f"{path}: row {number}: 'text' is {what}, not a string")
        assert "source.fields.text" in record.reason


def test_columns_of_all_kinds_are_read(tmp_path: Path) -> None:
    moment = datetime.datetime(2026, 1, 31, 10, 20, tzinfo=datetime.UTC)
    ids = [uuid.UUID(int=number) for number in range(2)]
    path = write(
        tmp_path / "a.parquet",
        id=pa.array([one.bytes for one in ids], pa.uuid()),
        text=pa.array([text.encode() for text in TEXTS[:2]], pa.large_binary()),
        title=pa.array(["T", "U"], pa.large_string()),
        source=pa.array([{"name": "Wire", "id": None}] * 2),
        meta=pa.array([{"at": {"t": moment}}] * 2, pa.struct({"at": pa.struct(
            {"t": pa.timestamp("ns", "UTC")})})),
        url=pa.array([1.5, float("nan")]),
        language=pa.array(["en", None]).dictionary_encode(),
        published=pa.array([1769854830000] * 2),
    )  # fmt: skip
    first, second = read(path)
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert first.values == {
        "id": str(ids[0]), "text": TEXTS[0], "title": "T", "source": "Wire", "url": "1.5",
        "language": "en", "published": "1769854830000",
    }  # fmt: skip
    assert set(second.values) == {"id", "text", "title", "source", "published"}
    [dated, _] = read(path, fields=Fields(published="meta.at.t"))
    assert isinstance(dated, Record)
    assert dated.values["published"] == "2026-01-31 10:20:00+00:00"
    with pytest.raises(InputError, match=r"set source\.fields\.published=meta\.at\.t"):
        read(path, fields=Fields(published="meta.at.tt"))


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_times_of_any_unit(unit: str, tmp_path: Path) -> None:
    given = pa.array([1], pa.timestamp(unit, "America/Lima"))
    [record] = read(write(tmp_path / "a.parquet", text=["x"], published=given))
    assert isinstance(record, Record)
    assert record.values["published"].endswith("-05:00")


def test_times_that_python_has_not(tmp_path: Path) -> None:
    far = pa.array([10**18, 0, None], pa.timestamp("us", "Nowhere/City"))
    path = write(
        tmp_path / "a.parquet",
        text=["x", "y", "z"],
        published=far.dictionary_encode(),
        meta=pa.StructArray.from_arrays(
            [far.cast(pa.timestamp("us")), pa.array([1, 2, 3], pa.timestamp("ns"))], ["far", "ns"]
        ),
    )
    source = ParquetSource(path=str(path))
    published = [record.values.get("published") for record in source.read()]  # type: ignore[union-attr]
    assert published == [None, "1970-01-01 00:00:00+00:00", None]
    said = f"{path}: times outside the years 1 to 9999, which are not taken"
    assert source.notes.lines == [said]
    for name, expected in (("meta.far", [None, "1970-01-01 00:00:00", None]),
                           ("meta.ns", ["1970-01-01 00:00:00"] * 3)):  # fmt: skip
        records = read(path, fields=Fields(published=name))
        assert [r.values.get("published") for r in records] == expected  # type: ignore[union-attr]


def test_strings_lists_and_nulls_of_all_kinds(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.parquet",
        text=pa.array(["x", None, "z"]).cast(pa.string_view()),
        title=pa.array(["T", "U", None], pa.large_string()).dictionary_encode(),
        id=pa.array([1.0, None, 3.0]),
        language=pa.nulls(3),
        authors=pa.array([["A", "B"], [], None], pa.large_list(pa.string())),
        source=pa.array([b"s", b"s", None], pa.binary(1)),
    )
    where = f"{path}: row"
    assert read(path) == [
        Record(f"{where} 1", {"id": "1", "title": "T", "text": "x", "source": "s",
                              "author": "A, B"}),
        Record(f"{where} 2", {"title": "U", "source": "s"}),
        Record(f"{where} 3", {"id": "3", "text": "z"}),
    ]  # fmt: skip
    path = write(tmp_path / "a.parquet", text=["x"], url=[["u", "v"]])
    [bad] = read(path)
    assert isinstance(bad, BadRecord)
    assert "'url' is a list, not a string; convert it or set source.fields.url" in bad.reason
    assert bad.reason.endswith("or =null to do without")
    assert isinstance(read(path, fields=Fields(url=None))[0], Record)


def test_files_with_different_schemas(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", text=["x"], title=["T"], published=["2026"])
    write(
        tmp_path / "b.parquet", published=[datetime.date(2026, 1, 1)], body=[b"y"], Headline=["U"]
    )
    source = ParquetSource(path=str(tmp_path))
    assert [record.values for record in source.read()] == [  # type: ignore[union-attr]
        {"title": "T", "text": "x", "published": "2026"},
        {"title": "U", "text": "y", "published": "2026-01-01"},
    ]
    assert source.notes.lines == [
        f"{tmp_path / 'b.parquet'}: title from 'Headline', text from 'body'"
    ]


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("binary_text", "text"),
        ("dictionary", "source language"),
        ("epoch_ms", "published"),
        ("struct_source", "source"),
        ("uuid_id", "id"),
    ],
)
def test_columns_that_people_report(name: str, column: str) -> None:
    records = read(SHARED / "cases" / "parquet_types" / f"{name}.parquet")
    assert records
    for record in records:
        assert isinstance(record, Record)
        assert {"title", "text", *column.split()} <= set(record.values)


def test_without_the_text_column(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", words=TEXTS, texts=TEXTS)
    with pytest.raises(InputError, match=r"words, texts\); set source\.fields\.text=texts"):
        read(path)


def test_damaged_files_cost_themselves(tmp_path: Path) -> None:
    good = write(tmp_path / "d.parquet", text=TEXTS).read_bytes()
    (tmp_path / "a.parquet").write_bytes(good[: len(good) // 2])
    (tmp_path / "b.parquet").write_bytes(b"")
    flipped = bytearray(good)
    flipped[20:60] = bytes(byte ^ 0xFF for byte in flipped[20:60])
    (tmp_path / "c.parquet").write_bytes(bytes(flipped))
    *damaged, _1, _2, _3, _4, _5, last = read(tmp_path)
    assert [record.where for record in damaged] == [
        str(tmp_path / name) for name in ("a.parquet", "b.parquet", "c.parquet")
    ]
    for record in damaged:
        assert isinstance(record, BadRecord)
        assert "mend or remove" in record.reason
        assert "\n" not in record.reason
    assert isinstance(last, Record)
    assert last.values["text"] == TEXTS[5]


def test_strings_that_are_not_utf_8(tmp_path: Path) -> None:
    raw = pa.array([b"\xff\xfe", b"fine"])
    broken = pa.Array.from_buffers(pa.string(), 2, raw.buffers())
    [bad] = read(write(tmp_path / "a.parquet", text=broken))
    assert isinstance(bad, BadRecord)
    assert "utf-8" in bad.reason


def test_no_rows(tmp_path: Path) -> None:
    assert read(write(tmp_path / "a.parquet", text=pa.array([], pa.string()))) == []
