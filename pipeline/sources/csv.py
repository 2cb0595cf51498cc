"""CSV and TSV with a header line, streamed; a broken row costs that row only."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import field
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator
from pydantic.dataclasses import dataclass

from pipeline.errors import InputError
from pipeline.schema import PLUGIN
from pipeline.sources.base import BadRecord, Record
from pipeline.sources.fields import Fields
from pipeline.sources.files import UNDECODABLE, find_files, read_each, read_lines

_LONGEST_CELL = 64 * 2**20
"""Characters. The `csv` module's own limit of 131,072 is shorter than some articles; without any,
a quote that is never closed would take the rest of the file into memory."""


def _one_character(delimiter: str) -> str:
    unescaped = delimiter.replace("\\t", "\t")
    if len(unescaped) != 1 or unescaped in '"\r\n':
        raise ValueError("should be one character such as , or ; or \\t")
    return unescaped


@dataclass(config=PLUGIN)
class CsvSource:
    """CSV files, compressed or not; `delimiter` is one character or `\\t`."""

    path: str | None
    patterns: Sequence[str] = ("**/*.csv", "**/*.csv.*", "**/*.tsv", "**/*.tsv.*")
    encoding: str = "utf-8"
    delimiter: Annotated[str, AfterValidator(_one_character)] = ","
    fields: Fields = field(default_factory=Fields)

    def files(self) -> list[Path]:
        return find_files(self.path, self.patterns)

    def records(self) -> Iterator[Record | BadRecord]:
        csv.field_size_limit(_LONGEST_CELL)
        yield from read_each(self.files(), self._read)

    def _read(self, file: Path) -> Iterator[Record | BadRecord]:
        delimiter = "\t" if ".tsv" in file.suffixes else self.delimiter
        lines = _Remembered(read_lines(file, self.encoding))
        rows = csv.reader(lines, delimiter=delimiter, strict=True)
        header: list[str] | None = None
        while True:
            try:
                row = next(rows)
            except StopIteration:
                if header is None:
                    reason = f"{file}: empty, no header line; remove it or give it one"
                    yield BadRecord(str(file), "", reason, "EOFError: no header line")
                return
            except csv.Error as error:
                line, raw = lines.take_first()
                reason = f"broken CSV: {error}; close its quotes or remove the row"
                yield _bad(file, line, raw, reason)
                continue
            line, raw = lines.take_all()
            if not row:
                continue
            if UNDECODABLE in raw or (header is None and "\0" in raw):
                reason = f"not {self.encoding}; set source.encoding, e.g. cp1252 or utf-16"
                if header is None:
                    raise InputError(f"{file}:{line}: {reason}")
                yield _bad(file, line, raw.replace(UNDECODABLE, ""), reason)
            elif header is None:
                header = [name.strip() for name in row]
                self._check(header, file)
            elif len(row) != len(header):
                reason = (
                    f"{len(row)} cells where the header has {len(header)}; quote the commas in "
                    "cells or check source.delimiter"
                )
                yield _bad(file, line, raw, reason)
            else:
                cells = dict(zip(header, row, strict=True))
                yield self.fields.record(cells, f"{file}:{line}")

    def _check(self, header: list[str], file: Path) -> None:
        other = next((mark for mark in ";\t|," if mark in header[0]), None)
        if len(header) == 1 and other:
            raise InputError(
                f"{file}: one column, {header[0]!r}; set source.delimiter='\"{other}\"'".replace(
                    "\t", "\\t"
                )
            )
        self.fields.check(header, str(file))


def _bad(file: Path, line: int, raw: str, reason: str) -> BadRecord:
    where = f"{file}:{line}"
    return BadRecord(where, raw, f"{where}: {reason}", f"csv.Error: {reason}")


class _Remembered:
    """Lines that are passed on and kept until the row they belong to is whole.

    When it turns out broken, all of them but the first are passed on once more: a quote that is
    not closed swallows good rows.
    """

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self._taken: list[str] = []
        self._before = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self._taken.append(line)
        return line

    def take_all(self) -> tuple[int, str]:
        """The row's lines, and the number of the first."""
        return self._take(len(self._taken))

    def take_first(self) -> tuple[int, str]:
        """The row's first line and its number; the others are read again."""
        self._again.extendleft(reversed(self._taken[1:]))
        return self._take(1)

    def _take(self, lines: int) -> tuple[int, str]:
        first = self._before + 1
        raw = "".join(self._taken[:lines])
        self._before += lines
        self._taken.clear()
        return first, raw
