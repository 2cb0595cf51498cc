"""Dates as they are written anywhere, read strictly: what could be two days is none.

A date is read only where every part of it is understood and one day or instant remains. The zone is
kept as an offset, and is left out where it is not known.
"""

from __future__ import annotations

import html
import re
import unicodedata
from datetime import UTC, date, datetime, timedelta

from pipeline.ingest.date_parts import (
    EPOCH,
    NoDateError,
    Order,
    Unread,
    Written,
    offset_of,
    result_of,
)
from pipeline.ingest.date_words import RELATIVE, UNSET

_LONGEST = 200
"""Characters. JavaScript's own form with a long name of the zone has 70."""

_EARLIEST = date(1900, 1, 1)
_AHEAD = timedelta(days=366)
_EPOCH_DIGITS = {9: 0, 10: 0, 13: 3, 16: 6, 19: 9}
"""Digits of seconds since 1970, and of their thousandths, millionths and billionths."""

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?"
    r" ?(Z|[+-]\d\d:?\d\d)?)?"
)
_NUMBER = re.compile(r"(-?\d{9,19})(?:\.(\d+))?")
_COMPACT = re.compile(
    r"(\d{4})(\d\d)(\d\d)(?:[T ]?(\d\d):?(\d\d)(?::?(\d\d))?)?(Z|[+-]\d\d:?\d\d)?"
)
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<week>\d{4}-?W\d{2}-?\d)\b
    | (?P<cjk>(?P<cy>\d{4})\s?[年년]\s?(?P<cm>\d{1,2})\s?[月월]\s?(?P<cd>\d{1,2})\s?[日일])
    | (?P<ymd>\d{4}(?P<ys>[-/.])\s?\d{1,2}(?P=ys)\s?\d{1,2})(?!\d)\.?(?:T(?=\d))?
    | (?P<named>\d{1,4}[-/.][^\W\d_]{3,}[-/.]\d{2,4})(?!\d)
    | (?P<dmy>\d{1,2}(?P<ds>[-/.])\s?\d{1,2}(?P=ds)\s?(?:\d{4}|\d{2}))(?![\d:])(?:T(?=\d))?
    | (?P<month>\d{4}[-/.]\d{1,2}|\d{1,2}/\d{4}|\d{4}-?W\d{2})(?![\d/.:-])
    | (?P<time>\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?|\d{1,2}[hH]\d{2}(?!\d))
    | (?P<offset>(?:(?:UTC|GMT|UT)\s?)?[+\-−]\d{1,2}(?::?\d{2})?)(?![\d:])
    | (?P<half>(?:(?P<clock>\d{1,2})\s?)?(?<![^\W\d_])[ap]\.?\s?m\b\.?)
    | (?P<year>\d{4})(?!\d)
    | (?P<apostrophe>['’]\d\d)(?!\d)
    | (?P<day>\d{1,2})(?!\d)(?:st|nd|rd|th|er|º|ª|°)?\b
    | \((?P<comment>[^()]*)\) | \[(?P<region>[A-Za-z_]+/[A-Za-z_/+-]+)\]
    | (?P<word>[^\W\d_][^\W\d_]*(?:[-/'’](?=[^\W\d_])[^\W\d_]+)*)
    | (?P<point>[,.:;|·•\-–—/@])
    )""",
    re.VERBOSE | re.IGNORECASE,
)


def read_date(given: str, order: Order | None = None) -> str | Unread | None:
    """ISO 8601 of a date or an instant; why it is none; None where nothing is given.

    A time keeps its offset (`Z` for UTC), and has none where the zone is not given, not known or
    stands for several. `order` is that of 09/10/2025, where it is known. A day before 1900 or over
    a year ahead is none.
    """
    text = given.strip()
    if not text:
        return None
    try:
        exact = _ISO.fullmatch(text)
        found = _iso(exact) if exact else _read(text, order)
    except NoDateError as error:
        if error.reason in (Unread.UNKNOWN, Unread.INCOMPLETE):
            words = re.findall(r"[^\W\d_]+", text[:_LONGEST].casefold())
            return error.reason if RELATIVE.isdisjoint(words) else Unread.RELATIVE
        return error.reason
    except (ValueError, OverflowError):  # no such day, time or offset
        return Unread.IMPOSSIBLE
    day = date.fromisoformat(found[:10])
    if day < _EARLIEST:
        return Unread.TOO_EARLY
    return Unread.TOO_LATE if day > datetime.now(UTC).date() + _AHEAD else found


def _iso(match: re.Match[str]) -> str:
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    written = Written()
    written.set_day(int(year), int(month), int(day))
    if hour is not None:
        written.set_time(hour, minute, second, fraction)
    if zone:
        written.zone = offset_of(zone)
    return written.result()


def _read(text: str, order: Order | None) -> str:
    text = " ".join(unicodedata.normalize("NFKC", html.unescape(text)).split())
    if text.casefold() in UNSET:
        raise NoDateError(Unread.UNSET)
    if len(text) > _LONGEST:
        raise NoDateError(Unread.UNKNOWN)
    number = _NUMBER.fullmatch(text)
    if number is not None and len(number[1].lstrip("-")) in _EPOCH_DIGITS:
        return _since_1970(number)
    compact = _COMPACT.fullmatch(text)
    written = Written(order)
    if compact is not None:
        year, month, day, hour, minute, second, zone = compact.groups()
        written.set_day(int(year), int(month), int(day))
        if hour is not None:
            written.set_time(hour, minute, second, None)
        if zone:
            written.zone = offset_of(zone)
        return written.result()
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or not written.take(match):
            raise NoDateError(Unread.UNKNOWN)
        position = match.end()
    return written.result()


def _since_1970(number: re.Match[str]) -> str:
    digits = number[1].lstrip("-")
    if len(digits) <= len("1714564800") and _starts_like_a_date(digits):
        raise NoDateError(Unread.AMBIGUOUS)
    power = _EPOCH_DIGITS[len(digits)]
    microseconds = int(number[1]) * 10**6 // 10**power
    if number[2] and not power:
        microseconds += int(number[2][:6].ljust(6, "0")) * (-1 if number[1] != digits else 1)
    return result_of(EPOCH + timedelta(microseconds=microseconds))


def _starts_like_a_date(digits: str) -> bool:
    """Whether a number of seconds may as well be year, month, day and hour run together."""
    year, month = int(digits[:4]), int(digits[4:6])
    return year // 100 in (19, 20) and 1 <= month <= 12 and int(digits[6:8]) <= 31
