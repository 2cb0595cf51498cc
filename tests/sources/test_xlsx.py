"""Excel workbooks: which sheet is read, what cells of each kind give, and hostile files."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook

from pipeline.core.errors import InputError
from pipeline.sources.base import BadRecord, LeftOut, Read, Record
from pipeline.sources.fields import Fields
from pipeline.sources.xlsx import XlsxSource

HEADER = ("id", "headline", "text", "Datum")
ROW = (1, "A title", "It rained.", datetime.datetime(2026, 1, 31))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "a.xlsx"


def write(path: Path, **sheets: Sequence[Sequence[object]]) -> Path:
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def edited(path: Path, member: str, change: tuple[bytes, bytes]) -> None:
    """Replace bytes in a part of a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert change[0] in parts[member]
    parts[member] = parts[member].replace(*change)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


def read(path: Path, **options: object) -> list[Read]:
    return list(XlsxSource(path=str(path), **options).read())


def test_values_of_all_kinds(file: Path) -> None:
    rows = [
        ROW,
        (2.0, 2026, "A _x005F_ b_x000D_\nc", datetime.datetime(2026, 1, 31, 10, 20)),
        (),
        ("x7", None, "#1", 1.5),
        (True, "  ", "=1+1", datetime.time(10, 20)),
    ]
    write(file, Data=[HEADER, *rows])
    where = f"{file}: Data row"
    assert read(file)[:3] == [
        Record(f"{where} 2", {"id": "1", "title": "A title", "text": "It rained.",
                              "published": "2026-01-31"}),
        Record(f"{where} 3", {"id": "2", "title": "2026", "text": "A _ b\r\nc",
                              "published": "2026-01-31T10:20:00"}),
        Record(f"{where} 5", {"id": "x7", "text": "#1", "published": "1.5"}),
    ]  # fmt: skip
    last = read(file)[3]
    assert isinstance(last, Record)
    assert last.values == {"id": "True", "published": "10:20:00"}  # a formula without a value


def test_error_cells_are_empty_and_said(file: Path) -> None:
    write(file, Data=[HEADER, ROW, (2, "#N/A", "It snowed.", "#REF!"), (3, "#N/A!", "x", None)])
    source = XlsxSource(path=str(file))
    _, second, third = source.read()
    assert isinstance(second, Record)
    assert second.values == {"id": "2", "text": "It snowed."}
    assert isinstance(third, Record)
    assert third.values["title"] == "#N/A!"  # a text
    assert f"{file}: Data: error cells such as #N/A read as empty" in source.notes.lines
    assert f"{file}: Data: title from 'headline', published from 'Datum'" in source.notes.lines


def test_merged_cells_count_once_and_are_said(file: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (("A report",), (), HEADER, ROW, (2, "B", "It snowed."), (3, None, "It blew.")):
        sheet.append(row)
    sheet.merge_cells("A1:D1")
    book.save(file)
    source = XlsxSource(path=str(file))
    assert len(list(source.read())) == 3
    assert not any("merged cells" in line for line in source.notes.lines)  # above the header
    sheet.merge_cells("B5:B6")
    book.save(file)
    source = XlsxSource(path=str(file))
    *_, last = source.read()
    assert last == Record(f"{file}: Sheet row 6", {"id": "3", "text": "It blew."})
    assert f"{file}: Sheet: merged cells, whose value is that of the first alone" in (
        source.notes.lines
    )


def test_the_first_sheet_with_a_text_is_read(file: Path) -> None:
    write(file, Read_me=[("Exported on Monday",)], Empty=[], May=[HEADER, ROW], June=[HEADER, ROW])
    source = XlsxSource(path=str(file))
    assert list(source.read()) == [
        LeftOut(f"{file}: Read_me", "a sheet without a text"),
        Record(f"{file}: May row 2", {"id": "1", "title": "A title", "text": "It rained.",
                                      "published": "2026-01-31"}),
        LeftOut(f"{file}: June", "another sheet"),
    ]  # fmt: skip
    assert source.notes.lines[0] == f"{file}: sheet 'May'"
    [record] = read(file, sheet="June")
    assert record.where == f"{file}: June row 2"
    with pytest.raises(InputError, match=r"no sheet 'Jun' \(sheets: .*set source\.sheet=June"):
        read(file, sheet="Jun")
    with pytest.raises(InputError, match=r"Read_me: no column 'text'"):
        read(file, sheet="Read_me")


def test_hidden_sheets_are_not_read(file: Path) -> None:
    book = Workbook()
    book.worksheets[0].append(HEADER)
    book.worksheets[0].append((0, "old", "old"))
    book.worksheets[0].sheet_state = "hidden"
    sheet = book.create_sheet("New")
    sheet.append(HEADER)
    sheet.append(ROW)
    book.save(file)
    [record] = read(file)
    assert record.where == f"{file}: New row 2"
    [record] = read(file, sheet="Sheet")
    assert isinstance(record, Record)
    assert record.values["text"] == "old"


def test_fields_are_mapped(file: Path) -> None:
    write(file, Data=[(*HEADER, "lead"), (1, "T", None, None, "L"), (2, "T", "x")])
    first, second = read(file, fields=Fields(text=["text", "lead"], id=None))
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert [first.values["text"], second.values["text"]] == ["L", "x"]
    with pytest.raises(InputError, match=r"Data: no column 'headlin' .*title=headline"):
        read(file, fields=Fields(title="headlin"))
    with pytest.raises(InputError, match=r"no column 'text' \(columns: a, b\)"):
        read(write(file, Data=[("a", "b"), (1, 2)]))


def test_what_is_no_workbook_costs_itself(tmp_path: Path) -> None:
    good = write(tmp_path / "d.xlsx", Data=[HEADER, ROW]).read_bytes()
    (tmp_path / "a.xlsx").write_bytes(good[: len(good) // 2])
    (tmp_path / "b.xlsx").write_bytes(b"\xd0\xcf\x11\xe0 an old workbook, or one with a password")
    with zipfile.ZipFile(tmp_path / "c.xlsx", "w") as archive:
        archive.writestr("a.txt", "x")
    write(tmp_path / "e.xlsx", Data=[])
    *bad, record, empty = read(tmp_path)
    assert isinstance(record, Record)
    for one, name in zip((*bad, empty), "abce", strict=True):
        assert isinstance(one, BadRecord)
        assert one.where == str(tmp_path / f"{name}.xlsx")
        assert ("no rows" if name == "e" else "save it anew as .xlsx or CSV") in one.reason


def test_bombs_and_entities(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = "xl/worksheets/sheet1.xml"
    write(file, Data=[HEADER, ROW])
    doctype = b'<!DOCTYPE x [<!ENTITY a "aaa"><!ENTITY f SYSTEM "file:///etc/passwd">]><worksheet'
    edited(file, sheet, (b"<worksheet", doctype))
    [bad] = read(file)
    assert isinstance(bad, BadRecord)
    assert "declares a document type" in bad.reason
    write(file, Data=[HEADER, ROW])
    edited(file, sheet, (b"<sheetData>", b"<sheetData>" + b" " * 3_000_000))
    monkeypatch.setattr("pipeline.sources.unpacking._FREELY_UNPACKED", 1_000_000)
    [bad] = read(file)
    assert isinstance(bad, BadRecord)
    assert "as a decompression bomb does" in bad.reason


def test_a_part_has_no_more_bytes_than_the_archive_says(file: Path) -> None:
    write(file, Data=[HEADER, ROW])
    raw = bytearray(file.read_bytes())
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size.to_bytes(4, "little")
    file.write_bytes(raw.replace(size, (100).to_bytes(4, "little")))
    [bad] = read(file)
    assert isinstance(bad, BadRecord)
    assert "not readable as Excel" in bad.reason


def test_far_cells_cost_no_memory(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(HEADER)
    sheet.append(ROW)
    sheet.cell(200_000, 16_384, "far")
    book.save(file)
    first, last = read(file)
    assert isinstance(first, Record)
    assert last.where == f"{file}: Sheet row 200000"
    monkeypatch.setattr("pipeline.sources.xlsx._MOST_ROWS", 1000)
    *_, bad = read(file)
    assert isinstance(bad, BadRecord)
    assert "has over 1,000 rows" in bad.reason
