"""The objects of a text of JSON, one by one, however they are set out in lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from pipeline.core.frames import innermost_frame
from pipeline.sources.base import BadRecord
from pipeline.sources.objects import Row
from pipeline.sources.parts import flaw_of, without_marks

_LONGEST_OBJECT = 64 * 2**20
"""Characters over several lines: an object that is never closed would take the rest of the file."""

_MARK = re.compile(r'"(?:[^"\\]|\\.)*"|[{\[]|[}\]]|"')
"""Strings, which may hold brackets, brackets, and a quote without its second."""
_BETWEEN = re.compile(r"[\s,\[\]]*")
"""What stands between the objects of an array."""
_OPENING = "[, \t"
"""What an array puts before its first object and those after it."""
_DECODER = json.JSONDecoder()


def read_objects(lines: Iterable[str], name: str, encoding: str) -> Iterator[Row | BadRecord]:
    """Each object with the line on which it begins, and what is none.

    A line is read by itself where it can be. Else an object goes on to the line that closes it, but
    not over a line that begins with one of its own: then the first was cut.
    """
    begun: list[str] = []
    depth = size = start = 0
    for number, line in enumerate(lines, 1):
        if begun and line.startswith("{") and depth > 0 and begun[0].startswith("{"):
            yield _broken("".join(begun), f"{name}:{start}")
            begun, depth = [], 0
        if not begun:
            row = _whole(line, f"{name}:{number}", encoding)
            if row is not None:
                yield from row
                continue
            start, size = number, 0
        begun.append(line)
        size += len(line)
        depth += _deeper(line if len(begun) > 1 else line.lstrip(_OPENING))
        if depth <= 0 or size > _LONGEST_OBJECT or flaw_of(line, encoding):
            yield from _objects("".join(begun), f"{name}:{start}", encoding)
            begun, depth = [], 0
    if begun:
        yield from _objects("".join(begun), f"{name}:{start}", encoding)


def _whole(line: str, where: str, encoding: str) -> Iterable[Row | BadRecord] | None:
    """What a line holds by itself; None where more lines belong to it."""
    stripped = line.strip()
    if not stripped.strip("[], \t"):
        # Nothing, or the brackets and commas of an array; an empty list of its own is no record.
        return ()
    flaw = flaw_of(line, encoding)
    if flaw is None:
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            pass
        else:
            if isinstance(value, dict):
                return (Row(where, value),)
            return _objects(line, where, encoding)
    bare = stripped.lstrip(_OPENING)
    if bare.startswith("{") and flaw is None and _deeper(bare) > 0:
        return None
    return _objects(line, where, encoding)


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


def _objects(text: str, where: str, encoding: str) -> Iterator[Row | BadRecord]:
    """The objects of some lines, those of an array too; the rest from the first error is bad."""
    flaw = flaw_of(text, encoding)
    if flaw is not None:
        payload = without_marks(text).rstrip("\n")
        yield BadRecord(where, payload, f"{where}: {flaw}", f"UnicodeError: {flaw}")
        return
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        yield from _one_after_another(text, where)
        return
    values = value if isinstance(value, list) and value else [value]
    if isinstance(value, list) and not any(isinstance(one, dict) for one in value):
        values = [value]
    for number, one in enumerate(values, 1):
        place = where if number == 1 else f"{where}: object {number}"
        if isinstance(one, dict):
            yield Row(place, one)
        else:
            reason = f"{place}: a JSON {type(one).__name__}, not an object with named fields"
            payload = text.rstrip("\n") if one is value else json.dumps(one, ensure_ascii=False)
            yield BadRecord(place, payload, reason, "TypeError: not an object")


def _one_after_another(text: str, where: str) -> Iterator[Row | BadRecord]:
    position, number = 0, 0
    while (position := _skipped(text, position)) < len(text):
        place = f"{where}: object {number + 1}" if number else where
        try:
            value, position = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            yield _broken(text[position if number else 0 :], place, error)
            return
        number += 1
        if isinstance(value, dict):
            yield Row(place, value)
        else:
            reason = f"{place}: a JSON {type(value).__name__}, not an object with named fields"
            yield BadRecord(place, json.dumps(value), reason, "TypeError: not an object")


def _skipped(text: str, position: int) -> int:
    between = _BETWEEN.match(text, position)
    return between.end() if between else position


def _broken(text: str, where: str, error: Exception | None = None) -> BadRecord:
    payload = text.rstrip("\n")
    if error is None:
        try:
            json.loads(text)
        except (ValueError, RecursionError) as caught:
            error = caught
    reason = f"{where}: broken JSON: {error}; mend or remove the line"
    error_of = f"{type(error).__name__}: {error}"
    return BadRecord(where, payload, reason, error_of, innermost_frame(error) if error else None)
