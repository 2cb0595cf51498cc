"""Labelled articles for the region stage: the four sets, what each says, and which part is held.

A set is one `.jsonl.gz` of the folder `region/`, one JSON object a line. Nothing here knows a
classifier.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, TypeAdapter

from pipeline.article import Article, Listed
from pipeline.sources.rows import read_rows
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


_Names = Annotated[
    tuple[str | None, ...], BeforeValidator(lambda v: (v,) if isinstance(v, str) else v or ())
]


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of any set, with what each has of its own."""

    id: str
    title: str | None
    text: str
    countries: Listed[str] = ()
    main_country: str | None = None
    m49_hint: _Names = ()
    area: _Names = ()
    dateline: str | None = None
    historical: bool = False


_ROW = TypeAdapter(_Row)


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
    rows = read_rows(path, _ROW, f"it is no row of the labelled set {name}")
    found = [_labelled(row, name) for row in rows]
    return [one for one in found if one.countries or one.area]


def with_dateline(one: Labelled) -> Labelled:
    """The article as it was printed: its dateline before the text."""
    text = f"{one.dateline} {one.article.text}" if one.dateline else one.article.text
    return replace(one, article=replace(one.article, text=text))


def _labelled(row: _Row, name: str) -> Labelled:
    main = [row.main_country] if row.main_country else []
    return Labelled(
        article=Article(row.id, title=row.title, text=row.text),
        set=name,
        countries=frozenset(main if name == GEOPARSING else row.countries),
        area=_area(row.m49_hint if name == BBC else row.area),
        dateline=row.dateline.strip() if row.dateline else None,
        historical=row.historical,
        held=is_held(f"{row.title or ''}{row.text}"),
    )


def _area(names: Sequence[str | None]) -> str | None:
    """The code of a region's name, or of the last name that is given of region and sub-region."""
    given = [name for name in names if name]
    if not given:
        return None
    wanted = _ALIASES.get(given[-1], given[-1])
    [code] = [area.code for area in load_regions().values() if area.name == wanted]
    return code
