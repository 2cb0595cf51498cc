"""The values of rows as texts, and what is said of a row that is no article."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.sources.base import BadRecord

_LARGEST_EXACT = 2**53
"""From here on not every whole number is a float."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with a value."""

    what: str


def as_text(value: object, field: str) -> str | Wrong | None:
    """A value as a text, None for none, or what is wrong with it.

    Of an outlet or an author that is an object the name counts, and several authors are joined.
    """
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, float) and field not in ("title", "text"):
        if math.isnan(value):
            return None  # the mark of pandas for a value that is missing
        if field == "id" and value.is_integer() and abs(value) < _LARGEST_EXACT:
            return str(int(value))  # a column of ids with gaps becomes one of floats
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError as error:
            return Wrong(f"bytes, not a string, and not utf-8 ({error.reason})")
    if field in ("source", "author") and isinstance(value, Mapping) and value.get("name"):
        return as_text(value["name"], field)  # as NewsAPI and schema.org have it
    if field == "author" and isinstance(value, list):
        names = [as_text(one, field) for one in value]
        wrong = next((name for name in names if isinstance(name, Wrong)), None)
        return wrong or ", ".join(name for name in names if isinstance(name, str) and name) or None
    if isinstance(value, Mapping | list) or field in ("title", "text"):
        return Wrong(f"a {type(value).__name__}, not a string")
    return str(value)


def bad_row(row: Mapping[str, object], where: str, reason: str, error: str) -> BadRecord:
    """A row that is no article, whole."""
    payload = json.dumps(row, ensure_ascii=False, default=str)
    return BadRecord(where, payload, f"{where}: {reason}", f"{error}: {reason}")
