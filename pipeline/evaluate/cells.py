"""What the cells of a table mean that people or other tools write: lists, codes, numbers as texts.

Each is a validator of a row's model: a value in, the value meant out, or what is wrong with it.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Collection

from pipeline.ingest.normalise import clean_line
from pipeline.taxonomy.regions import load_regions

NO_REGION = "none"
"""How a file says that an article is about no one region, whatever else it says."""

Codes = tuple[str, ...]

_WHOLE_FLOAT = re.compile(r"\s*(\d+)\.0+\s*")


def article_id(value: object) -> object:
    """An id as ingest cleans it; raises `ValueError` without one."""
    if type(value) is int:
        return str(value)
    if value is not None and not isinstance(value, str):
        return value  # for the type to refuse
    cleaned = clean_line(value or "")
    if not cleaned:
        raise ValueError("is missing or empty")
    return cleaned


def without_point(value: object) -> object:
    """A whole number without its `.0`, a missing number (NaN) as null, others as they are."""
    if isinstance(value, float):
        return None if math.isnan(value) else int(value) if value.is_integer() else value
    whole = _WHOLE_FLOAT.fullmatch(value) if isinstance(value, str) else None
    return int(whole[1]) if whole else value


def region_code(value: object) -> str | None:
    """An M49 code, `NO_REGION`, or None where nothing is said.

    Raises:
        ValueError: it is neither.
    """
    value = without_point(value)
    if value is None or value == "" or value == NO_REGION:
        return NO_REGION if value else None
    # A spreadsheet takes the zeros off 021 and 005.
    code = str(value).strip().zfill(3)
    if code not in load_regions():
        raise ValueError(f"{value!r} is no M49 code; write {NO_REGION!r} for no one region")
    return code


def listed(value: object) -> object:
    """The items of a list, or of a cell that has one as JSON or as codes parted by ; or |."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        cells = json_list(value)
        value = value.replace("|", ";").split(";") if cells is None else cells
    if not isinstance(value, list):
        return value
    return [str(item).strip() if isinstance(item, str | int) else item for item in value]


def known_codes(codes: Codes | None, known: Collection[str]) -> Codes | None:
    """The codes as they are.

    Raises:
        ValueError: one is not known, or stands twice.
    """
    unknown = ", ".join(repr(code) for code in codes or () if code not in known)
    twice = ", ".join(repr(code) for code, n in Counter(codes or ()).items() if n > 1)
    wrong = [f"has codes that are not known: {unknown}"] if unknown else []
    wrong += [f"has {twice} twice"] if twice else []
    if wrong:
        raise ValueError("; ".join(wrong))
    return codes


def json_list(text: str) -> list[object] | None:
    """The list that a cell holds as JSON, if it does."""
    if not text.lstrip().startswith("["):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, list) else None
