"""The rows of a text of CSV in a given form, each with its line, or why a line is none."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

_ESCAPED = re.compile(r'\\(["\'\\])|\\')


@dataclass(frozen=True, slots=True)
class Form:
    """How cells are parted and quoted; without `quote` a quote is a character like others.

    With `backslash` a quote in a cell stands behind one, too; with `skip` spaces after a delimiter
    are none of the cell; with `join` a row that is too short goes on in the next line.
    """

    delimiter: str = ","
    quote: str | None = '"'
    backslash: bool = False
    skip: bool = False
    join: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A row with the number of its first line and its raw lines; `cells` is None where it is
    broken, and `error` says why. `mended`: its quotes were read as they stand."""

    number: int
    raw: str
    cells: list[str] | None
    error: str | None = None
    mended: bool = False


class Rows:
    """Reads row by row; from `width`, the cells of the header, it knows a row that is broken."""

    def __init__(self, lines: Iterable[str], form: Form) -> None:
        self.width: int | None = None
        self._form = form
        self._lines = _Remembered(iter(lines), form.backslash)
        self._reader = csv.reader(
            self._lines,
            delimiter=form.delimiter,
            quotechar=form.quote,
            quoting=csv.QUOTE_MINIMAL if form.quote else csv.QUOTE_NONE,
            escapechar="\\" if form.backslash else None,
            skipinitialspace=form.skip,
            strict=True,
        )

    def __iter__(self) -> Iterator[Line]:
        while True:
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                number, raw = self._lines.take_first()
                mended = self._as_it_stands(raw)
                if mended is None:
                    yield Line(number, raw, None, str(error))
                else:
                    yield Line(number, raw, mended, mended=True)
                continue
            yield self._settled(cells)

    def _settled(self, cells: list[str]) -> Line:
        width = self.width
        if width is None or len(cells) in (0, width):
            return Line(*self._lines.take_all(), cells)
        if self._form.join and len(cells) < width:
            joined = self._joined(cells, width)
            if joined is not None:
                return Line(*self._lines.take_all(), joined)
            return Line(*self._lines.take_first(), cells)
        number, raw = self._lines.take_all()
        mended = self._as_it_stands(raw) if raw.count("\n") < len("\n\n") else None
        return Line(number, raw, cells if mended is None else mended, mended=mended is not None)

    def _joined(self, cells: list[str], width: int) -> list[str] | None:
        """A row of as many lines as it takes, each too short to be a row itself."""
        while len(cells) < width:
            try:
                more = next(self._reader) or [""]
            except (StopIteration, csv.Error):
                return None
            if len(more) >= width:
                return None
            cells = [*cells[:-1], f"{cells[-1]}\n{more[0]}", *more[1:]]
        return cells if len(cells) == width else None

    def _as_it_stands(self, line: str) -> list[str] | None:
        """The cells of a line in which quotes inside quoted cells are not doubled, where there is
        one way only to read it as a row: a quote ends a cell before a delimiter or the line's end.
        """
        if self.width is None or self._form.quote is None or self._form.quote not in line:
            return None
        text = line.rstrip("\r\n")
        for pattern in _cell_patterns(self._form.delimiter, self._form.quote):
            cells: list[str] = []
            position = 0
            while (match := pattern.match(text, position)) is not None:
                quoted, plain = match["quoted"], match["plain"]
                quote = self._form.quote
                cells.append(plain if quoted is None else quoted.replace(quote * 2, quote))
                position = match.end()
                if position >= len(text) and not match["end"]:
                    break
            if match is not None and len(cells) == self.width:
                return cells
        return None


@lru_cache
def _cell_patterns(delimiter: str, quote: str) -> tuple[re.Pattern[str], ...]:
    """A cell with the delimiter after it; in the second, one with more quotes, only a delimiter
    between two quotes parts cells."""
    d, q = re.escape(delimiter), re.escape(quote)
    form = r"[ ]?(?:{q}(?P<quoted>.*?){q}(?={after}|$)|(?P<plain>(?!{q})[^{d}]*))(?P<end>{d}|$)"
    return tuple(
        re.compile(form.format(q=q, d=d, after=after), re.DOTALL) for after in (d, f"{d}{q}")
    )


class _Remembered:
    """Lines that are passed on and kept until the row they belong to is whole.

    When it turns out broken, all of them but the first are passed on once more: a quote that is
    not closed swallows good rows.
    """

    def __init__(self, lines: Iterator[str], backslash: bool) -> None:
        self._lines = lines
        self._backslash = backslash
        self._again: deque[str] = deque()
        self._taken: list[str] = []
        self._before = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self._taken.append(line)
        if self._backslash:
            # The reader drops each backslash; those before no quote are the author's own.
            return _ESCAPED.sub(lambda match: match[0] if match[1] else "\\\\", line)
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
