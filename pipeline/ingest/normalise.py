"""From a raw record to a clean article, or the reason why it is none."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection
from functools import cache

from pipeline.article import Article
from pipeline.ingest.date_parts import Order, Unread
from pipeline.ingest.dates import read_date
from pipeline.ingest.stubs import is_stub
from pipeline.sources.base import BadRecord, Record
from pipeline.taxonomy.regions import load_places
from pipeline.text.boilerplate import RULES, trimmed
from pipeline.text.cleaning import cleaned_line, cleaned_text

_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[-_].*)?")

_LONGEST_SHOWN = 80
"""Characters of a date that is not read, for a log."""


def normalise(
    record: Record,
    max_chars: int,
    unread_date: Callable[[Unread, str], None] = lambda reason, given: None,
    detect: Callable[[str], str | None] = lambda text: None,
    order: Order | None = None,
    boilerplate: Collection[str] = RULES,
    told: Callable[[list[str]], object] = lambda rules: None,
) -> Article | BadRecord:
    """Title and text as a reader sees them, the id and the date settled, stubs marked.

    `unread_date` is told of a date that is given and not read; `order` is that of 09/10/2025. Of a
    given language its code is kept, `en` of `en-US`; without one `detect` says which it is. `told`
    is told of the rules of `boilerplate` that took something. A record without title and text, with
    NUL bytes or with more than `max_chars` characters is none.
    """
    values = record.values
    raw_title, raw_text = values.get("title", ""), values.get("text", "")
    if "\0" in raw_title or "\0" in raw_text:
        return _bad(record, "contains NUL bytes, so it is binary or has another encoding; clean it")
    length = len(raw_title) + len(raw_text)
    if length > max_chars:
        return _bad(
            record,
            f"{length:,} characters are more than ingest.max_chars={max_chars}; split or raise it",
        )
    title = cleaned_line(raw_title).text
    cleaned = cleaned_text(raw_text, place_names)
    left = trimmed(cleaned.text, boilerplate)
    text = left.text
    told(left.rules)
    if not title and not text:
        return _bad(record, "neither title nor text: an empty record")
    published = read_date(values.get("published", ""), order)
    if isinstance(published, Unread):
        unread_date(published, values["published"].strip()[:_LONGEST_SHOWN])
        published = None
    url = clean_line(values.get("url", ""))
    stub = is_stub(text)
    return Article(
        id=clean_line(values.get("id", "")) or content_id(title, text, url if stub else ""),
        url=url or None,
        title=title or None,
        text=text,
        published=published,
        language=normalise_language(values.get("language", "")) or detect(_both(title, text)),
        source=clean_line(values.get("source", "")) or None,
        author=clean_line(values.get("author", "")) or left.author,
        dateline=left.dateline,
        text_note="stub" if stub else "repaired" if cleaned.repaired else None,
        where=record.where,
        gold_topics=tuple(record.topics or ()),
        gold_countries=tuple(record.countries or ()),
    )


def _both(title: str, text: str) -> str:
    return f"{title}\n{text}" if title and text else title or text


def clean_text(text: str) -> str:
    """The text as a reader sees it (`pipeline.text.cleaning`); paragraphs stay."""
    return cleaned_text(text, place_names).text


def clean_line(text: str) -> str:
    """As `clean_text`, on one line."""
    return cleaned_line(text).text


@cache
def place_names() -> frozenset[str]:
    """The names of places, none of which ends with a line that was broken at a width."""
    return frozenset(place.surface for place in load_places())


def content_id(title: str, text: str, url: str = "") -> str:
    """sha256 of title and text: the id of an article that comes without one.

    Stubs have their `url` as well, since many articles share the rest.
    """
    return hashlib.sha256("\n".join((title, text, *([url] if url else ()))).encode()).hexdigest()


def normalise_language(given: str) -> str | None:
    """The language code of a tag or locale such as `en`, `pt-BR`, `zh_Hans`; else None."""
    tag = _LANGUAGE.fullmatch(given.strip().lower())
    return tag[1] if tag else None


def _bad(record: Record, reason: str) -> BadRecord:
    payload = "\n\n".join(record.values.get(name, "") for name in ("title", "text")).strip()
    return BadRecord(record.where, payload, f"{record.where}: {reason}", f"ValueError: {reason}")
