"""Excel workbooks: one sheet, row by row; formulas count by the value that Excel saved."""

from __future__ import annotations

import datetime
import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from difflib import get_close_matches
from itertools import chain, islice
from pathlib import Path
from typing import IO, Protocol

from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.core.errors import InputError, one_line
from pipeline.sources.base import BadRecord, DateOrder, LeftOut, Notes, Read, Record
from pipeline.sources.fetch import Fetching
from pipeline.sources.fields import Columns, Fields
from pipeline.sources.files import Paths, find_files, read_each
from pipeline.sources.parts import LARGEST_DOCUMENT, DamagedFileError, Part
from pipeline.sources.unpacking import check_expansion

_HEADER_ROWS = 20
"""From the top of a sheet, in which its header is looked for."""

_MOST_ROWS = 2**20
"""Of a sheet of Excel. A row may say that it is the two thousand millionth."""
_MOST_TEXTS = 2**30
"""Bytes of the table of texts that cells share, which is held in memory."""
_READ_AT_ONCE = 2**20
_UTF_16 = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
"""How XML begins in which a declaration would not be seen; Excel writes UTF-8."""
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*ref="[A-Z]+\d+:[A-Z]+(\d+)"')
_LONGEST_MERGED = 100
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
"""How Excel writes what XML may not hold, such as a carriage return."""


class _Cell(Protocol):
    value: object
    data_type: str


class _Sheet(Protocol):
    title: str
    sheet_state: str

    def reset_dimensions(self) -> None: ...

    def iter_rows(self) -> Iterator[Sequence[_Cell]]: ...


_Cells = tuple[int, list[str | None]]


@dataclass(config=PLUGIN)
class XlsxSource(Fetching):
    """Excel workbooks (.xlsx, .xlsm): `sheet`, or the first one with a header that has a text."""

    path: Paths
    patterns: Sequence[str] = ("**/*.xlsx", "**/*.xlsm")
    sheet: str | None = None
    fields: Fields = field(default_factory=Fields)
    dates: DateOrder = "auto"
    notes: Notes = field(default_factory=Notes, init=False, repr=False, compare=False)

    def identity(self) -> Mapping[str, str]:
        return {"reader": "xlsx-1"}

    def files(self) -> list[Path]:
        return find_files(self.path, self.patterns, self)

    def read(self) -> Iterator[Read]:
        read: Iterator[Read] = read_each(self.files(), self.read_part, self)
        yield from read

    def read_part(self, part: Part) -> Iterator[Read]:
        """The records of a sheet; other sheets that hold something are left out."""
        from openpyxl import load_workbook

        with part.seekable() as file:
            try:
                _check_archive(file, part.name)
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # of what is not read
                    book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
                yield from self._sheets(book.worksheets, part.name, file)
            except (InputError, DamagedFileError):
                raise
            except Exception as error:  # openpyxl raises whatever a part that is missing gives
                reason = f"not readable as Excel: {one_line(error)}; save it anew as .xlsx or CSV"
                raise DamagedFileError(part.name, reason, error) from error

    def _sheets(self, sheets: Sequence[_Sheet], name: str, file: IO[bytes]) -> Iterator[Read]:
        titles = [sheet.title for sheet in sheets]
        if self.sheet is not None and self.sheet not in titles:
            near = get_close_matches(self.sheet, titles, n=1, cutoff=0) or ["NAME"]
            there = ", ".join(map(repr, titles))
            raise InputError(
                f"{name}: no sheet {self.sheet!r} (sheets: {there}); set source.sheet={near[0]}"
            )
        is_read = False
        without: list[tuple[str, list[str]]] = []
        for sheet in sheets:
            if self.sheet != sheet.title and (self.sheet or sheet.sheet_state != "visible"):
                continue
            where = f"{name}: {sheet.title}"
            rows = self._rows(sheet, where)
            top = list(islice(rows, _HEADER_ROWS))
            if not top:
                continue
            if is_read:
                yield LeftOut(where, "another sheet")
                continue
            at = next((at for at, row in enumerate(top) if self._is_header(row)), None)
            if at is None and self.sheet is None:
                without.append((where, _named(top[0][1])))
                yield LeftOut(where, "a sheet without a text")
                continue
            is_read = True
            number, header = top[at or 0]
            if len(titles) > 1 and self.sheet is None:
                self.notes.add(name, f"sheet {sheet.title!r}")
            columns = self.fields.of(_named(header), where, self.notes)
            if _is_merged(sheet, number, file):
                self.notes.add(where, "merged cells, whose value is that of the first alone")
            yield from _records(chain(top[(at or 0) + 1 :], rows), header, columns, where)
        if not is_read:
            for where, names in without:
                self.fields.of(names, where, self.notes)
            yield BadRecord(name, "", f"{name}: no rows; remove it", "EOFError: no rows")

    def _is_header(self, row: _Cells) -> bool:
        return not self.fields.text or self.fields.has("text", dict.fromkeys(_named(row[1])))

    def _rows(self, sheet: _Sheet, where: str) -> Iterator[_Cells]:
        """The rows of a sheet that hold something, with their numbers."""
        sheet.reset_dimensions()  # else each row is as wide as the widest
        for number, row in enumerate(sheet.iter_rows(), 1):
            if number > _MOST_ROWS:
                raise ValueError(f"sheet {sheet.title!r} has over {_MOST_ROWS:,} rows")
            cells = [_text(cell.value, cell.data_type) for cell in row]
            if any(cell.data_type == "e" for cell in row):
                self.notes.add(where, "error cells such as #N/A read as empty")
            if any(cells):
                yield number, cells


def _records(
    rows: Iterator[_Cells], header: Sequence[str | None], columns: Columns, where: str
) -> Iterator[Record | BadRecord]:
    for number, cells in rows:
        values = {name: cell for name, cell in zip(header, cells, strict=False) if name}
        missing = dict.fromkeys(filter(None, header[len(cells) :]))
        yield columns.record({**values, **missing}, f"{where} row {number}")


def _named(header: Sequence[str | None]) -> list[str]:
    return [name for name in header if name]


def _text(value: object, kind: str) -> str | None:
    """What a cell shows: dates in ISO 8601, whole numbers without a fraction; None for errors."""
    if value is None or kind == "e":
        return None
    if isinstance(value, str):
        text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), value) if "_x" in value else value
        return text.strip() or None
    if isinstance(value, datetime.datetime):
        return value.isoformat() if value.time() != datetime.time() else value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _check_archive(file: IO[bytes], name: str) -> None:
    """Refuse a workbook that unpacks to more than it can honestly hold, or whose XML declares
    entities; a part cannot have more bytes than the archive says.

    Raises:
        DamagedFileError: says which.
    """
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        packed = sum(member.compress_size for member in members)
        check_expansion(sum(member.file_size for member in members), packed)
        for member in members:
            is_sheet = "/worksheets/" in member.filename
            largest = _MOST_TEXTS if "sharedStrings" in member.filename else LARGEST_DOCUMENT
            if member.file_size > largest and not is_sheet:
                raise ValueError(f"{member.filename} has over {largest >> 20} MB")
            if member.filename.endswith((".xml", ".rels")):
                with archive.open(member) as part:
                    start = part.read(_READ_AT_ONCE)
                if b"<!DOCTYPE" in start or start[:2] in _UTF_16:
                    raise ValueError(f"{member.filename} declares a document type")
    file.seek(0)


def _is_merged(sheet: _Sheet, header: int, file: IO[bytes]) -> bool:
    """Whether cells below the header are merged, which stands after all rows."""
    path = str(getattr(sheet, "_worksheet_path", ""))
    with zipfile.ZipFile(file) as archive, archive.open(path) as part:
        before = b""
        while data := part.read(_READ_AT_ONCE):
            text = before + data
            if any(int(match[1]) > header for match in _MERGED.finditer(text)):
                return True
            before = text[-_LONGEST_MERGED:]
    return False
