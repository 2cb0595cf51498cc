"""The objects of a text of JSON, one by one, however they are set out in lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from pipeline.core.frames import innermost_frame
from pipeline.sources.base import BadRecord
from pipeline.sources.json_stream import LONGEST_OBJECT, ObjectStream, no_list
from pipeline.sources.line_marks import flaw_of
from pipeline.sources.objects import Row
from pipeline.sources.parts import LONGEST_PIECE, Lines

_MARK = re.compile(r'"(?:[^"\\]|\\.)*"|[{\[]|[}\]]|"')
"""Strings, which may hold brackets, brackets, and a quote without its second."""
_OPENING = "[, \t"
"""What an array puts before its first object and those after it."""


def read_objects(pieces: Lines, name: str, within: str = "") -> Iterator[Row | BadRecord]:
    """Each object with the line on which it begins, and what is none; of the objects in the list
    `within` (a dotted name) of each where one is given.

    A line is read by itself where it can be. Else an object goes on to the line that closes it, but
    not over a line that begins with one of its own: then the first was cut. What is longer than a
    piece is read as a stream.
    """
    encoding = pieces.encoding
    begun: list[str] = []
    depth = size = start = number = 0
    for line in pieces:
        number += 1
        if begun and line.startswith("{") and depth > 0 and begun[0].startswith("{"):
            yield _broken("".join(begun), f"{name}:{start}")
            begun, depth = [], 0
        is_cut = len(line) >= LONGEST_PIECE and not line.endswith("\n")
        if is_cut or (within and begun and size > LONGEST_PIECE):
            text = "".join([*begun, line])
            stream = ObjectStream(text, pieces, name, start if begun else number, encoding)
            yield from stream.rows(within)
            number = stream.line - 1
            begun, depth = [], 0
            continue
        if not begun:
            rows = _whole(line, name, number, encoding)
            if rows is not None:
                yield from _inside(rows, within)
                continue
            start, size = number, 0
        begun.append(line)
        size += len(line)
        depth += _deeper(line if len(begun) > 1 else line.lstrip(_OPENING))
        if depth <= 0 or size > LONGEST_OBJECT or flaw_of(line, encoding):
            yield from _inside(_objects("".join(begun), name, start, encoding), within)
            begun, depth = [], 0
    if begun:
        yield from _inside(_objects("".join(begun), name, start, encoding), within)


def inner(row: Row, within: str) -> Iterator[Row | BadRecord]:
    """The objects of the list in an object, of lists in it as well."""
    for number, values in enumerate(_at(row.values, within, False), 1):
        where = f"{row.where}: {within} {number}"
        if isinstance(values, Mapping):
            yield Row(where, values)
        elif values is _NO_LIST:
            yield no_list(row.where, within, json.dumps(row.values, ensure_ascii=False))
        else:
            reason = f"{where}: a {type(values).__name__}, not an object with named fields"
            yield BadRecord(where, str(values), reason, "TypeError: not an object")


_NO_LIST = object()


def _at(value: object, path: str, in_list: bool) -> Iterator[object]:
    """What the lists at the end of a path hold."""
    if isinstance(value, list):
        for one in value:
            yield from _at(one, path, True)
    elif path and isinstance(value, Mapping):
        names = [key for key in value if path == key or path.startswith(f"{key}.")]
        if not names:
            yield _NO_LIST
        for name in names:
            yield from _at(value[name], path[len(name) + 1 :], False)
    else:
        yield _NO_LIST if path or not in_list else value


def _inside(rows: Iterable[Row | BadRecord], within: str) -> Iterator[Row | BadRecord]:
    for row in rows:
        yield from inner(row, within) if within and isinstance(row, Row) else (row,)


def _whole(line: str, name: str, number: int, encoding: str) -> Iterable[Row | BadRecord] | None:
    """What a line holds by itself; None where more lines belong to it."""
    stripped = line.strip()
    if not stripped.strip("[], \t"):
        # Nothing, or the brackets and commas of an array; an empty list of its own is no record.
        return ()
    if not flaw_of(line, encoding):
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            bare = stripped.lstrip(_OPENING)
            if bare.startswith("{") and _deeper(bare) > 0:
                return None
        else:
            if isinstance(value, dict):
                return (Row(f"{name}:{number}", value),)
    return _objects(line, name, number, encoding)


def _deeper(line: str) -> int:
    """How many brackets a line opens more than it closes; 0 where it breaks a string."""
    depth = 0
    for match in _MARK.finditer(line):
        mark = match[0]
        if mark == '"':
            return 0
        if len(mark) == 1:
            depth += 1 if mark in "{[" else -1
    return depth


def _objects(text: str, name: str, line: int, encoding: str) -> Iterator[Row | BadRecord]:
    """The objects of some lines, those of arrays too, and what is none."""
    where = f"{name}:{line}"
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        yield from ObjectStream(text, iter(()), name, line, encoding).rows()
        return
    values = list(_at(value, "", True))
    if not any(isinstance(one, dict) for one in values):
        values = [value]
    for number, one in enumerate(values, 1):
        place = where if number == 1 else f"{where}: object {number}"
        if isinstance(one, dict):
            yield Row(place, one)
        else:
            reason = f"{place}: a JSON {type(one).__name__}, not an object with named fields"
            payload = text.rstrip("\n") if one is value else json.dumps(one, ensure_ascii=False)
            yield BadRecord(place, payload, reason, "TypeError: not an object")


def _broken(text: str, where: str) -> BadRecord:
    payload, error = text.rstrip("\n"), None
    try:
        json.loads(text)
    except (ValueError, RecursionError) as caught:
        error = caught
    reason = f"{where}: broken JSON: {error}; mend or remove the line"
    error_of = f"{type(error).__name__}: {error}"
    return BadRecord(where, payload, reason, error_of, innermost_frame(error) if error else None)
