"""The objects of JSON that is too long to be read whole, such as an array of a gigabyte on one
line: one at a time, from the list that holds them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from pipeline.sources.base import BadRecord
from pipeline.sources.line_marks import flaw_of, without_marks
from pipeline.sources.objects import Row

LONGEST_OBJECT = 64 * 2**20
"""Characters: an object that is never closed would take the rest of the file."""

_DECODER = json.JSONDecoder()
_LONGEST_TOKEN = 16
"""Characters before the end of a text in which an error may be for want of more: `-Infinit`, or
a surrogate pair of `\\ud83d\\ude00`."""
_SPACE, _BETWEEN = re.compile(r"[\s,]*"), re.compile(r"[\s,\]]*")
_FIRST_KEY = re.compile(r'\{\s*("(?:[^"\\]|\\.)*")\s*:')
_KEPT_OF_BROKEN = 2**20
_DEEPEST_LIST = 20
"""Lists in lists."""


class _BrokenError(Exception):
    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class ObjectStream:
    """The objects of a text that goes on in `pieces`, up to the end of the line in which its
    outermost value ends."""

    def __init__(
        self, start: str, pieces: Iterator[str], name: str, line: int, encoding: str
    ) -> None:
        self.line = line
        self._text = start
        self._at = 0
        self._pieces = pieces
        self._name = name
        self._encoding = encoding
        self._first_key: str | None = None
        self._counted = 0
        self._counted_in = line

    def rows(self, within: str = "") -> Iterator[Row | BadRecord]:
        """Each object, of those in the list `within` (a dotted name) where one is given."""
        while self._next(_BETWEEN, at_top=True):
            if within:
                self._counted, self._counted_in = 0, self.line
            yield from self._values(within, within, in_list=not within)

    def _values(
        self, path: str, within: str, in_list: bool, depth: int = 0
    ) -> Iterator[Row | BadRecord]:
        """The objects at the end of a path in the value that begins here."""
        begins = self._text[self._at]
        if begins == "[" and depth < _DEEPEST_LIST:
            self._move(self._at + 1)
            while (following := self._next(_SPACE)) and following != "]":
                yield from self._values(path, within, True, depth + 1)
            self._move(self._at + 1)
        elif begins == "{" and path:
            yield from self._members(path, within, depth)
        elif in_list and not path:
            yield self._object(within)
        else:
            where, value = self._where(within), self._object(within)
            yield value if isinstance(value, BadRecord) else no_list(where, within)

    def _members(self, path: str, within: str, depth: int) -> Iterator[Row | BadRecord]:
        """The objects at the end of a path in the object that begins here."""
        where, is_there = f"{self._name}:{self.line}", False
        self._move(self._at + 1)
        try:
            while (following := self._next(_SPACE)) and following != "}":
                key = str(self._decoded())
                self._next(_SPACE)
                self._move(self._at + 1)  # the colon
                if not self._next(_SPACE):
                    break
                if path == key or path.startswith(f"{key}."):
                    is_there = True
                    yield from self._values(path[len(key) + 1 :], within, False, depth)
                else:
                    self._decoded()
        except _BrokenError as error:
            yield self._broken(where, error)
            return
        self._move(self._at + 1)
        if not is_there:
            yield no_list(where, within)

    def _object(self, within: str) -> Row | BadRecord:
        where = self._where(within)
        try:
            value = self._decoded()
        except _BrokenError as error:
            return self._broken(where, error)
        if isinstance(value, dict):
            self._first_key = next(iter(value), None)
            return Row(where, value)
        reason = f"{where}: a JSON {type(value).__name__}, not an object with named fields"
        return BadRecord(where, json.dumps(value), reason, "TypeError: not an object")

    def _where(self, within: str) -> str:
        """The place of the next object: its line, and which one it is of it or of the list."""
        if not within and self.line != self._counted_in:
            self._counted, self._counted_in = 0, self.line
        self._counted += 1
        line = f"{self._name}:{self._counted_in}"
        if within:
            return f"{line}: {within} {self._counted}"
        return f"{line}: object {self._counted}" if self._counted > 1 else line

    def _decoded(self) -> object:
        """The value that begins here, and past it."""
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except RecursionError as error:
                raise _BrokenError(error) from error
            except ValueError as error:
                if self._is_cut(error) and self._more():
                    continue
                raise _BrokenError(error) from error
            if end == len(self._text) and isinstance(value, int | float) and self._more():
                continue  # a number that may go on
            self._move(end)
            return value

    def _is_cut(self, error: ValueError) -> bool:
        if not isinstance(error, json.JSONDecodeError):
            return False
        if len(self._text) - self._at > LONGEST_OBJECT:
            return False
        near_end = error.pos >= len(self._text) - _LONGEST_TOKEN
        return near_end or error.msg.startswith("Unterminated string")

    def _next(self, between: re.Pattern[str], at_top: bool = False) -> str:
        """The first character of what follows, and to it; empty at the end."""
        while True:
            match = between.match(self._text, self._at)
            self._move(match.end() if match else self._at)
            if self._at < len(self._text):
                return self._text[self._at]
            if (at_top and self._text.endswith("\n")) or not self._more():
                return ""

    def _move(self, at: int) -> None:
        self.line += self._text.count("\n", self._at, at)
        self._at = at

    def _more(self) -> bool:
        """Go on reading: as much again as there is, so that no object is read often."""
        rest = self._text[self._at :]
        wanted, pieces = max(len(rest), 1), [rest]
        while wanted > 0 and (piece := next(self._pieces, "")):
            pieces.append(piece)
            wanted -= len(piece)
        self._text, self._at = "".join(pieces), 0
        return len(pieces) > 1

    def _broken(self, where: str, broken: _BrokenError) -> BadRecord:
        """What is wrong, and past it: to the next object that begins as those before it did."""
        error, start = broken.error, self._at
        reason = f"broken JSON: {error}"
        if isinstance(error, json.JSONDecodeError):
            reason = f"broken JSON: {error.msg}"
            reason = flaw_of(self._text[error.pos - 1 : error.pos + 2], self._encoding) or reason
        if len(self._text) - start > LONGEST_OBJECT:
            reason = (
                f"an object of over {LONGEST_OBJECT >> 20} million characters; set source.records "
                "to the list in it that holds the articles"
            )
        if self._first_key is None and (match := _FIRST_KEY.match(self._text, start)):
            self._first_key = json.loads(match[1])
        key = re.escape(json.dumps(self._first_key, ensure_ascii=False))
        following = re.compile(rf"(?:\}}\s*,|\n)\s*(?=\{{\s*{key}\s*:)")
        kept = self._text[start : start + _KEPT_OF_BROKEN]
        self._move(start + 1)
        if match := following.search(self._text, self._at):
            kept = kept[: match.end() - start]
        while match is None:
            self._move(max(self._at, len(self._text) - _KEPT_OF_BROKEN))
            if not self._more():
                self._move(len(self._text))
                break
            match = following.search(self._text, self._at)
        else:
            self._move(match.end())
        payload = without_marks(kept).rstrip("\n")
        return BadRecord.of(where, payload, f"{reason}; mend or remove the object", error)


def no_list(where: str, within: str, payload: str = "") -> BadRecord:
    """An object that keeps no articles where others do."""
    reason = f"{where}: no list {within!r} in it; check source.records"
    return BadRecord(where, payload, reason, "KeyError: no such list")
