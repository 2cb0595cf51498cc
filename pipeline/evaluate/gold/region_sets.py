"""Labelled articles for the region stage: the four sets, what each says, and which part is held.

A set is one `.jsonl.gz` of the folder `region/`, one JSON object a line. Nothing here knows a
classifier.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.article import Article
from pipeline.core.errors import InputError
from pipeline.taxonomy.regions import load_regions

REUTERS, NEWSWIRE, GEOPARSING, BBC = SETS = ("reuters", "newswire", "geoparsing", "bbc")

FILES: Mapping[str, str] = {
    REUTERS: "reuters_train.jsonl.gz",
    NEWSWIRE: "newswire_dev.jsonl.gz",
    GEOPARSING: "geoparsing_dev.jsonl.gz",
    BBC: "bbc2017_dev.jsonl.gz",
}

_HELD_OF_FIVE = 2
"""Two fifths of each set are held: measured, and seen by nothing that is trained or chosen."""

_NOT_A_LETTER = re.compile(r"[^a-z]+")
_ALIASES: Mapping[str, str] = {
    "Western Asia (Middle East)": "Western Asia",
    "Northern Europe (UK)": "Northern Europe",
}


@dataclass(frozen=True, slots=True)
class Labelled:
    """An article with what its set says of it.

    `countries` are ISO 3166 alpha-2: all that the story is about (Reuters), that of the outlet
    (newswire), that of most toponyms (geoparsing), or none. `area` is the M49 code of a region or
    sub-region where the set has that instead: the desk (BBC), the beat of a wire (newswire).
    `dateline` is that of the text where the set has cut it off.
    `historical` is true where a country stands for a state that is no more (USSR for Russia).
    """

    article: Article
    set: str
    countries: frozenset[str]
    area: str | None
    dateline: str | None
    historical: bool
    held: bool


def is_held(text: str) -> bool:
    """Whether a document is measured on: by the sha256 of its letters, so that copies that differ
    in spaces, case or digits fall on the same side."""
    letters = _NOT_A_LETTER.sub("", text.lower())
    return int(hashlib.sha256(letters.encode()).hexdigest()[:8], 16) % 5 < _HELD_OF_FIVE


def read_set(folder: Path, name: str) -> list[Labelled]:
    """The labelled records of a set in the order of the file; those without any label are left out.

    Raises:
        InputError: the file is missing or is no such set.
    """
    path = folder / "region" / FILES[name]
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
        found = [_labelled(row, name) for row in rows]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path}: no labelled set of regions ({error!r})") from error
    return [one for one in found if one.countries or one.area]


def with_dateline(one: Labelled) -> Labelled:
    """The article as it was printed: its dateline before the text."""
    text = f"{one.dateline} {one.article.text}" if one.dateline else one.article.text
    return replace(one, article=replace(one.article, text=text))


def _labelled(row: Mapping[str, object], name: str) -> Labelled:
    title, text = row["title"], str(row["text"])
    countries: object = row.get("countries") or ()
    if name == GEOPARSING:
        countries = [row["main_country"]] if row["main_country"] else ()
    assert isinstance(countries, list | tuple)
    return Labelled(
        article=Article(str(row["id"]), title=None if title is None else str(title), text=text),
        set=name,
        countries=frozenset(map(str, countries)),
        area=_area(row.get("m49_hint") if name == BBC else row.get("area")),
        dateline=str(row["dateline"]).strip() if row.get("dateline") else None,
        historical=bool(row.get("historical")),
        held=is_held(f"{title or ''}{text}"),
    )


def _area(said: object) -> str | None:
    """The code of a region's name, or of the last name that is given of region and sub-region."""
    names = [said] if isinstance(said, str) else list(said) if isinstance(said, list) else []
    given = [str(name) for name in names if name]
    if not given:
        return None
    wanted = _ALIASES.get(given[-1], given[-1])
    [code] = [area.code for area in load_regions().values() if area.name == wanted]
    return code
