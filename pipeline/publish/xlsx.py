"""`articles.xlsx`: one flat row an article, as a spreadsheet."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
from pydantic.dataclasses import dataclass
from xlsxwriter import Workbook
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.worksheet import Worksheet

from pipeline.config.schema import PLUGIN
from pipeline.core.errors import RunError
from pipeline.core.files import atomic, refused
from pipeline.publish.flat import FLAT_SCHEMA, flat_table
from pipeline.publish.xml_text import xml_text

_LOG = logging.getLogger(__name__)

_MOST_ROWS = 1_048_576
_LONGEST = 32_767
"""Rows of a sheet, and units of UTF-16 in a cell: Excel opens no more."""

_CREATED = datetime(2000, 1, 1)
"""For every file: the time of writing would make other bytes of the same rows."""
_FIRST_YEAR = 1900
"""Of Excel's calendar."""
_WIDTHS = {"title": 50, "summary": 80, "text": 80}
_WIDTH = 14

Cell = str | int | float | None


@dataclass(config=PLUGIN)
class XlsxPublisher:
    """Office Open XML, with a further sheet where one is full.

    `published` are dates, by the clock of the article's own zone. A text is never a formula,
    whatever it begins with; one that is too long for a cell is cut and says so.
    """

    file: str = "articles.xlsx"

    def write(self, tables: Iterable[pa.Table], folder: Path) -> Path:
        path = folder / self.file
        write_xlsx(path, FLAT_SCHEMA, map(flat_table, tables), dates=("published",))
        return path


def write_xlsx(
    path: Path, schema: pa.Schema, tables: Iterable[pa.Table], dates: Collection[str] = ()
) -> None:
    """Tables of a flat schema as a spreadsheet, atomically, a row in memory at a time; what is
    ISO 8601 in the columns `dates` becomes a date.

    Raises:
        RunError: it cannot be written, or is over 4 GB.
    """
    with refused("written", path), tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.xlsx"
        book = Workbook(whole, {"constant_memory": True, "tmpdir": folder})
        book.set_properties({"created": _CREATED})
        sheets = _Sheets(book, schema.names, dates)
        for table in tables:
            for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
                sheets.write(row)
        try:
            book.close()
        except XlsxWriterException as error:
            raise RunError(f"{path}: cannot be written: {error}; publish csv instead") from error
        with whole.open("rb") as file, atomic(path) as out:
            shutil.copyfileobj(file, out)


class _Sheets:
    """Rows under a frozen header, on as many sheets as they need."""

    def __init__(self, book: Workbook, names: Sequence[str], dates: Collection[str]) -> None:
        self._book = book
        self._names = names
        self._dates = {number for number, name in enumerate(names) if name in dates}
        self._bold = book.add_format({"bold": True})
        self._day = book.add_format({"num_format": "yyyy-mm-dd"})
        self._time = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        self._sheet = self._new()

    def write(self, row: Sequence[Cell]) -> None:
        """A row below the last one."""
        if self._row == _MOST_ROWS:
            self._sheet = self._new()
        for column, value in enumerate(row):
            if value is None or value == "":
                continue
            if isinstance(value, str):
                moment = _moment(value) if column in self._dates else None
                if moment is None:
                    self._sheet.write_string(self._row, column, _cell_text(value))
                else:
                    format_ = self._time if isinstance(moment, datetime) else self._day
                    self._sheet.write_datetime(self._row, column, moment, format_)
            else:
                self._sheet.write_number(self._row, column, value)
        self._row += 1

    def _new(self) -> Worksheet:
        sheet: Worksheet = self._book.add_worksheet()
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(self._names):
            sheet.set_column(column, column, _WIDTHS.get(name, _WIDTH))
            sheet.write_string(0, column, name, self._bold)
        self._row = 1
        return sheet


def _moment(text: str) -> date | datetime | None:
    """The day, or the time without its zone, which Excel has none for; None of other text."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.year < _FIRST_YEAR:
        return None
    return moment.date() if len(text) == len("2026-01-31") else moment.replace(tzinfo=None)


def _cell_text(text: str) -> str:
    text = xml_text(text)
    units = text.encode("utf-16-le") if 2 * len(text) > _LONGEST else b""
    if len(units) <= 2 * _LONGEST:
        return text
    note = f" … [cut: {len(text):,} characters]"
    _LOG.info("a text of %d characters is cut in the spreadsheet: %.40r", len(text), text)
    return units[: 2 * (_LONGEST - len(note))].decode("utf-16-le", "ignore") + note
