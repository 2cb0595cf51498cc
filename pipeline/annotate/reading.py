"""The copy of an article that stages read: the same letters in normal case, at the same places.

What is published is the article as it came; only what stages are given, and so the sentences of a
summary, is in normal case.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache, lru_cache

from pipeline.article import Article, Country, Evidence
from pipeline.taxonomy.regions import load_places
from pipeline.text.table_names import KnownName, NameTable
from pipeline.text.truecase import TRUECASE_VERSION, truecase

READING_VERSION = f"1.{TRUECASE_VERSION}"
"""Goes up with every change of what stages are given of the same article."""

_DASHED = re.compile(r"[^\W\d_]+(?:[–—−][^\W\d_]+)+")
_DASH = re.compile("[–—−]")


def reading(article: Article) -> Article:
    """The article with title and text as a stage reads them."""
    title, text = as_read(article.title, article.text)
    if title == article.title and text == article.text:
        return article
    return replace(article, title=title, text=text)


@lru_cache(maxsize=64)
def as_read(title: str | None, text: str) -> tuple[str | None, str]:
    """Title and text in normal case, both by the words of either, names with their hyphens
    ("Guinea–Bissau"). Every offset stays valid. The last ones are kept, for each stage asks."""
    head = len(title) + 1 if title else 0
    both = truecase(f"{title}\n{text}" if title else text, known_names)
    if "–" in both or "—" in both or "−" in both:
        both = _DASHED.sub(_hyphened, both)
    return (both[: head - 1] if title else title), both[head:]


def as_published(annotated: Article, article: Article) -> Article:
    """What a stage made of the copy, with the evidence as it stands in the article."""
    scores = annotated.region_scores
    if not (annotated.countries or scores) or reading(article) is article:
        return annotated
    title = article.title or ""

    def own(evidence: Evidence) -> Evidence:
        source = title if evidence.in_title else article.text
        return replace(evidence, text=source[evidence.start : evidence.end])

    def all_own(countries: tuple[Country, ...]) -> tuple[Country, ...]:
        return tuple(replace(c, evidence=tuple(map(own, c.evidence))) for c in countries)

    return replace(
        annotated,
        countries=all_own(annotated.countries),
        region_scores=scores and replace(scores, countries=all_own(scores.countries)),
    )


@cache
def known_names() -> NameTable:
    """The names of the tables of places and people."""
    return NameTable(
        KnownName(place.surface, place.alpha2, "p" in place.flags, "w" in place.flags)
        for place in load_places()
        if place.kind != "not_surname"
    )


def _hyphened(dashed: re.Match[str]) -> str:
    name = _DASH.sub("-", dashed[0])
    return name if name in _hyphened_names() else dashed[0]


@cache
def _hyphened_names() -> frozenset[str]:
    return frozenset(place.surface for place in load_places() if "-" in place.surface)
