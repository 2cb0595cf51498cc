"""The dialect of a CSV file: what is given of it, and the rest found in its first rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import AfterValidator
from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.sources.csv_rows import Form, Line, Rows

AUTO = "auto"
_DELIMITERS = ",;\t|"
_FEWEST_JOINED = 2
"""Rows of several lines from which a file is taken to have unquoted line breaks."""

_SEP_LINE = re.compile(r'\ufeff?"?sep=(.)"?\s*', re.IGNORECASE)
"""What Excel writes and reads before the header."""


_AFTER_QUOTES = re.compile(r'"[^"]+"[^"]')
"""A cell that goes on after its quotes are closed: `"Enough" says minister`."""


def _delimiter(given: str) -> str:
    unescaped = given.replace("\\t", "\t")
    if unescaped != AUTO and (len(unescaped) != 1 or unescaped in '"\r\n'):
        raise ValueError("should be auto or one character such as , or ; or \\t")
    return unescaped


def _quote(given: str) -> str:
    if given not in (AUTO, "none") and (len(given) != 1 or given.isspace()):
        raise ValueError("should be auto, none or one character such as \" or '")
    return given


@dataclass(config=PLUGIN)
class Dialect:
    """What is known of how cells are parted and quoted; `auto` is found in the first rows.

    `delimiter` and `quote` are one character, `\\t` is a tab; `quote=none` makes quotes characters
    like others. `escape` is how a quote stands in a quoted cell, `spaces` what becomes of those
    after a delimiter, `breaks` of line breaks in cells that are not quoted.
    """

    delimiter: Annotated[str, AfterValidator(_delimiter)] = AUTO
    quote: Annotated[str, AfterValidator(_quote)] = AUTO
    escape: Literal["auto", "double", "backslash"] = "auto"
    spaces: Literal["auto", "keep", "skip"] = "auto"
    breaks: Literal["auto", "refuse", "join"] = "auto"


def separator_line(line: str) -> str | None:
    """The delimiter that a first line `sep=;` names."""
    match = _SEP_LINE.fullmatch(line)
    return match[1] if match else None


def form_of(dialect: Dialect, lines: Sequence[str], whole: bool, hint: str | None) -> Form:
    """The form in which most of the first `lines` are rows; `whole`: they are the whole file.

    `hint` is the delimiter by the file's name or its first line. The usual form wins unless
    another leaves fewer lines broken.
    """
    given = dialect.delimiter if dialect.delimiter != AUTO else hint
    header = next((line for line in lines if line.strip()), "")
    delimiters = given or [mark for mark in _DELIMITERS if mark in header] or ","
    text = "".join(lines)
    quote = None if dialect.quote == "none" else '"' if dialect.quote == AUTO else dialect.quote
    found = [_Tried(_given(dialect, mark, quote), lines, whole) for mark in delimiters]
    best = min(found, key=lambda tried: tried.faults)
    mark = best.form.delimiter
    ways: list[dict[str, object]] = []
    if dialect.spaces == AUTO and quote and re.search(rf"{re.escape(mark)} +{quote}", text):
        ways.append({"skip": True})
    if dialect.escape == AUTO and quote and f"\\{quote}" in text:
        ways.append({"backslash": True})
        ways.append({"backslash": True, "skip": True}) if ways[1:] else None
    if dialect.breaks == AUTO and best.short:
        ways.append({"join": True})
    for way in ways:
        tried = _Tried(replace(best.form, **way), lines, whole)  # type: ignore[arg-type]
        if tried.form.join and (tried.broken or tried.joined < _FEWEST_JOINED):
            continue
        if tried.faults < best.faults:
            best = tried
    if dialect.quote == AUTO and best.broken:
        unquoted = _Tried(replace(best.form, quote=None, backslash=False), lines, whole)
        if not unquoted.broken and unquoted.after_quotes and unquoted.half_quoted > unquoted.quoted:
            return unquoted.form
    return best.form


def _given(dialect: Dialect, delimiter: str, quote: str | None) -> Form:
    return Form(
        delimiter, quote, dialect.escape == "backslash", dialect.spaces == "skip",
        dialect.breaks == "join",
    )  # fmt: skip


class _Tried:
    """What the first rows look like in a form."""

    def __init__(self, form: Form, lines: Sequence[str], whole: bool) -> None:
        self.form = form
        self.broken = self.mended = self.short = self.joined = 0
        self.quoted = self.half_quoted = self.after_quotes = 0
        rows = Rows(iter(lines), form)
        read = iter(rows)
        header = next((row.cells for row in read if row.cells), [])
        width = rows.width = len(header)
        for row in _but_the_last_cut(read, whole):
            if row.cells is None or len(row.cells) not in (0, width):
                self.broken += 1
                self.short += row.cells is not None and len(row.cells) < width
            else:
                self.mended += row.mended
                self.joined += form.join and row.raw.count("\n") > 1
                self._look_at(row.cells)

    @property
    def faults(self) -> tuple[int, int]:
        """Lines that are no rows, then rows that are read for want of a better form."""
        return self.broken, self.mended

    def _look_at(self, cells: Iterable[str]) -> None:
        """Count cells that look as if their quotes were none of their text."""
        for cell in cells:
            if cell.startswith(" ") and len(bare := cell.strip()) > 1:
                self.broken += bare[0] == bare[-1] == '"'
            elif cell.startswith('"'):
                closed = cell.endswith('"') and len(cell) > 1 and '"' not in cell[1:-1]
                self.quoted += closed
                self.half_quoted += not closed
                self.after_quotes += _AFTER_QUOTES.match(cell) is not None


def _but_the_last_cut(rows: Iterable[Line], whole: bool) -> Iterator[Line]:
    """The rows; where more lines follow, without the last, which may go on in them."""
    before: Line | None = None
    for row in rows:
        if before is not None:
            yield before
        before = row
    if before is not None and whole:
        yield before
