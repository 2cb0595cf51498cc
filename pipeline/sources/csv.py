"""CSV and TSV with a header line, streamed; a broken row costs that row only."""

from __future__ import annotations

import csv
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from itertools import chain
from pathlib import Path

from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.core.errors import InputError
from pipeline.sources.base import BadRecord, DateOrder, Notes, Record
from pipeline.sources.csv_dialect import Dialect, form_of, separator_line
from pipeline.sources.csv_rows import Line, Rows
from pipeline.sources.encoding import AUTO
from pipeline.sources.fetch import Fetching
from pipeline.sources.fields import Columns, Fields
from pipeline.sources.files import Paths, find_files, read_each
from pipeline.sources.line_marks import flaw_of, without_marks
from pipeline.sources.parts import Part

_LOG = logging.getLogger(__name__)

_LONGEST_CELL = 64 * 2**20
"""Characters. The `csv` module's own limit of 131,072 is shorter than some articles; without any,
a quote that is never closed would take the rest of the file into memory."""

_FIRST_LINES, _FIRST_CHARACTERS = 500, 2**20
"""Of a file, in which its dialect is found."""


@dataclass(config=PLUGIN)
class CsvSource(Fetching):
    """CSV files, compressed or not; each file of a zip archive has a header of its own."""

    path: Paths
    patterns: Sequence[str] = ("**/*.csv", "**/*.csv.*", "**/*.tsv", "**/*.tsv.*")
    encoding: str = AUTO
    dialect: Dialect = field(default_factory=Dialect)
    fields: Fields = field(default_factory=Fields)
    dates: DateOrder = "auto"
    notes: Notes = field(default_factory=Notes, init=False, repr=False, compare=False)

    def identity(self) -> Mapping[str, str]:
        return {"reader": "csv-3"}

    def files(self) -> list[Path]:
        return find_files(self.path, self.patterns, self)

    def read(self) -> Iterator[Record | BadRecord]:
        yield from read_each(self.files(), self.read_part, self)

    def read_part(self, part: Part) -> Iterator[Record | BadRecord]:
        """The records of a table."""
        csv.field_size_limit(_LONGEST_CELL)
        name, lines = part.name, part.lines(self.encoding, self.notes)
        first, whole = _first_lines(lines)
        above = 0
        hint = "\t" if ".tsv" in Path(name).suffixes else None
        if first and (named := separator_line(first[0])) is not None:
            hint, above = named, 1
            first = first[1:]
        rows = Rows(chain(first, lines), form_of(self.dialect, first, whole, hint))
        header: list[str] = []
        columns: Columns | None = None
        for row in rows:
            where = f"{name}:{row.number + above}"
            if row.cells is not None and not row.cells:
                continue
            flaw = flaw_of(row.raw, lines.encoding)
            if columns is None and "\0" in row.raw:
                flaw = f"not {lines.encoding}; set source.encoding, e.g. cp1252 or utf-16"
            if flaw is not None:
                if columns is None:
                    raise InputError(f"{where}: {flaw}")
                yield _bad(where, without_marks(row.raw), flaw)
            elif row.cells is None:
                reason = (
                    f"broken CSV: {row.error}; close its quotes, remove the row or see "
                    "source.dialect"
                )
                yield _bad(where, row.raw, reason)
            elif columns is None or _is_header(row.cells, header):
                # Once more where files were put together, perhaps in another order.
                header = [cell.strip() for cell in row.cells]
                columns = self._columns(header, name)
                rows.width = len(header)
            elif len(row.cells) != len(header):
                yield _bad(where, row.raw, _ragged(row.cells, header))
            else:
                _note(row, where)
                yield columns.record(dict(zip(header, row.cells, strict=True)), where)
        if columns is None:
            yield _empty(name)

    def _columns(self, header: list[str], name: str) -> Columns:
        other = next((mark for mark in ";\t|," if mark in header[0]), None)
        if len(header) == 1 and other:
            shown = other.replace("\t", "\\t")
            raise InputError(
                f"{name}: one column, {header[0]!r}; set source.dialect.delimiter='\"{shown}\"'"
            )
        return self.fields.of(header, name, self.notes)


def _first_lines(lines: Iterator[str]) -> tuple[list[str], bool]:
    """Some lines, and whether they are all."""
    first: list[str] = []
    characters = 0
    for line in lines:
        first.append(line)
        characters += len(line)
        if len(first) == _FIRST_LINES or characters > _FIRST_CHARACTERS:
            return first, False
    return first, True


def _is_header(cells: list[str], header: list[str]) -> bool:
    return len(cells) == len(header) and sorted(cell.strip() for cell in cells) == sorted(header)


def _note(row: Line, where: str) -> None:
    if row.mended:
        _LOG.info("%s: quotes in a quoted cell are not doubled; read as they stand", where)


def _ragged(cells: list[str], header: list[str]) -> str:
    way = "quote the delimiters in cells or set source.dialect.delimiter"
    if len(cells) < len(header):
        way += "; where cells that are not quoted have line breaks, source.dialect.breaks=join"
    return f"{len(cells)} cells where the header has {len(header)}; {way}"


def _empty(name: str) -> BadRecord:
    reason = f"{name}: empty, no header line; remove it or give it one"
    return BadRecord(name, "", reason, "EOFError: no header line")


def _bad(where: str, raw: str, reason: str) -> BadRecord:
    return BadRecord(where, raw, f"{where}: {reason}", f"csv.Error: {reason}")
