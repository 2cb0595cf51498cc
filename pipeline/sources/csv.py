"""CSV and TSV with a header line, streamed; a broken row costs that row only."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import field
from pathlib import Path

from pydantic.dataclasses import dataclass

from pipeline.schema import PLUGIN
from pipeline.sources.base import BadRecord, Record
from pipeline.sources.fields import Fields
from pipeline.sources.files import find_files, read_lines

_ESCAPED_BYTE = re.compile(r"\\x[89a-f][0-9a-f]")
"""What `read_lines` makes of a byte that does not decode."""


@dataclass(config=PLUGIN)
class CsvSource:
    """CSV files, compressed or not; `delimiter` is one character or `\\t`."""

    path: str | None
    patterns: Sequence[str] = ("**/*.csv", "**/*.csv.*", "**/*.tsv", "**/*.tsv.*")
    encoding: str = "utf-8"
    delimiter: str = ","
    fields: Fields = field(default_factory=Fields)

    def files(self) -> list[Path]:
        return find_files(self.path, self.patterns)

    def records(self) -> Iterator[Record | BadRecord]:
        # The module's own limit of 131,072 characters a cell is shorter than some articles.
        csv.field_size_limit(sys.maxsize)
        for file in self.files():
            yield from self._read(file)

    def _read(self, file: Path) -> Iterator[Record | BadRecord]:
        delimiter = "\t" if ".tsv" in file.suffixes else self.delimiter.replace("\\t", "\t")
        lines = _Remembered(read_lines(file, self.encoding))
        rows = csv.reader(lines, delimiter=delimiter, strict=True)
        header: list[str] | None = None
        while True:
            try:
                row = next(rows)
            except StopIteration:
                if header is None:
                    yield BadRecord(str(file), "", f"{file}: empty, no header line", "EOFError")
                return
            except csv.Error as error:
                yield self._bad(file, rows.line_num, lines.take(), f"broken CSV: {error}")
                continue
            raw = lines.take()
            if header is None:
                header = [name.strip() for name in row]
                self.fields.check(header, str(file))
            elif not row:
                continue
            elif _ESCAPED_BYTE.search(raw):
                reason = f"not {self.encoding}; set source.encoding, e.g. cp1252 or utf-16"
                yield self._bad(file, rows.line_num, raw, reason)
            elif len(row) != len(header):
                reason = (
                    f"{len(row)} cells where the header has {len(header)}; quote the commas in "
                    "cells or check source.delimiter"
                )
                yield self._bad(file, rows.line_num, raw, reason)
            else:
                where = f"{file}:{rows.line_num}"
                yield self.fields.record(dict(zip(header, row, strict=True)), where)

    @staticmethod
    def _bad(file: Path, line: int, raw: str, reason: str) -> BadRecord:
        where = f"{file}:{line}"
        return BadRecord(where, raw, f"{where}: {reason}", f"csv.Error: {reason}")


class _Remembered:
    """Lines that are passed on and kept, so that a broken row can be quoted as it stood."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self._taken.append(line)
            yield line

    def take(self) -> str:
        """The lines since the last call."""
        raw = "".join(self._taken)
        self._taken.clear()
        return raw
