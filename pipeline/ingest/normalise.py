"""From a raw record to a clean article, or the reason why it is none."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from functools import cache

from pipeline.article import Article
from pipeline.sources.base import BadRecord, Record
from pipeline.taxonomy.regions import load_places
from pipeline.text.cleaning import cleaned_line, cleaned_text

_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[-_].*)?")


def normalise(record: Record, max_chars: int) -> Article | BadRecord:
    """Title and text as a reader sees them, the id and the date settled.

    Of a given language its code is kept, `en` of `en-US`. A record without title and text, with NUL
    bytes or with more than `max_chars` characters is none.
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
    text = cleaned_text(raw_text, place_names).text
    if not title and not text:
        return _bad(record, "neither title nor text: an empty record")
    return Article(
        id=clean_line(values.get("id", "")) or content_id(title, text),
        url=clean_line(values.get("url", "")) or None,
        title=title or None,
        text=text,
        published=normalise_date(values.get("published", "")),
        language=normalise_language(values.get("language", "")),
        source=clean_line(values.get("source", "")) or None,
    )


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


def content_id(title: str, text: str) -> str:
    """sha256 of title and text: the id of an article that comes without one."""
    return hashlib.sha256(f"{title}\n{text}".encode()).hexdigest()


def content_key(article: Article) -> bytes:
    """What two copies of an article share: its words (the title's without text), folded."""
    words = " ".join((article.text or article.title or "").casefold().split())
    return hashlib.blake2b(words.encode(), digest_size=16).digest()


def normalise_language(given: str) -> str | None:
    """The language code of a tag or locale such as `en`, `pt-BR`, `zh_Hans`; else None."""
    tag = _LANGUAGE.fullmatch(given.strip().lower())
    return tag[1] if tag else None


def normalise_date(given: str) -> str | None:
    """ISO 8601 of an ISO or RFC 2822 date, times in UTC; None when it is neither."""
    given = given.strip()
    try:
        if len(given) <= len("2026-01-31"):
            return date.fromisoformat(given).isoformat()
        moment = datetime.fromisoformat(given)
    except ValueError:
        try:
            moment = parsedate_to_datetime(given)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
    if moment.tzinfo is None:
        return moment.isoformat(timespec="seconds")
    try:
        in_utc = moment.astimezone(UTC)
    except OverflowError:  # before the first or after the last day that Python has
        return None
    return in_utc.isoformat(timespec="seconds").replace("+00:00", "Z")


def _bad(record: Record, reason: str) -> BadRecord:
    payload = "\n\n".join(record.values.get(name, "") for name in ("title", "text")).strip()
    return BadRecord(record.where, payload, f"{record.where}: {reason}", f"ValueError: {reason}")
