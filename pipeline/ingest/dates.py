"""Dates as they are written anywhere, read strictly: what could be two days is none.

A date is read only where every part of it is understood and one day or instant remains. The zone is
kept as an offset, and is left out where it is not known.
"""

from __future__ import annotations

import html
import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum

from pipeline.ingest.date_words import LABELS, MONTHS, RELATIVE, UNSET, WEEKDAYS, ZONES


class Unread(StrEnum):
    """Why no date was read."""

    AMBIGUOUS = "ambiguous"
    """It can be read as several days, such as 05/01/2024."""
    INCOMPLETE = "incomplete"
    """A month, a year or a time, and no day."""
    RELATIVE = "relative"
    """It counts from when it was written, such as 12 hours ago."""
    IMPOSSIBLE = "impossible"
    """There is no such day or time, such as 30 February."""
    UNSET = "unset"
    """What programs write without a date: NaT, 0000-00-00, the first second of 1970."""
    UNKNOWN = "unknown"
    """None of the forms that are read."""


class _NoDateError(Exception):
    def __init__(self, reason: Unread) -> None:
        super().__init__(reason)
        self.reason = reason


_LONGEST = 200
"""Characters. JavaScript's own form with a long name of the zone has 70."""

_FIRST_YEAR, _LAST_YEAR = 1000, 2999
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FURTHEST_ZONE = timedelta(hours=14)
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


def read_date(given: str) -> str | Unread | None:
    """ISO 8601 of a date or an instant; why it is none; None where nothing is given.

    A time keeps its offset (`Z` for UTC), and has none where the zone is not given, not known or
    stands for several.
    """
    text = given.strip()
    if not text:
        return None
    try:
        exact = _ISO.fullmatch(text)
        return _iso(exact) if exact else _read(text)
    except _NoDateError as error:
        if error.reason in (Unread.UNKNOWN, Unread.INCOMPLETE):
            words = re.findall(r"[^\W\d_]+", text[:_LONGEST].casefold())
            return error.reason if RELATIVE.isdisjoint(words) else Unread.RELATIVE
        return error.reason
    except (ValueError, OverflowError):  # no such day, time or offset
        return Unread.IMPOSSIBLE


def _iso(match: re.Match[str]) -> str:
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    written = _Written()
    written.set_day(int(year), int(month), int(day))
    if hour is not None:
        written.set_time(hour, minute, second, fraction)
    if zone:
        written.zone = _offset(zone)
    return written.result()


def _read(text: str) -> str:
    text = " ".join(unicodedata.normalize("NFKC", html.unescape(text)).split())
    if text.casefold() in UNSET:
        raise _NoDateError(Unread.UNSET)
    if len(text) > _LONGEST:
        raise _NoDateError(Unread.UNKNOWN)
    number = _NUMBER.fullmatch(text)
    if number is not None and len(number[1].lstrip("-")) in _EPOCH_DIGITS:
        return _since_1970(number)
    compact = _COMPACT.fullmatch(text)
    written = _Written()
    if compact is not None:
        year, month, day, hour, minute, second, zone = compact.groups()
        written.set_day(int(year), int(month), int(day))
        if hour is not None:
            written.set_time(hour, minute, second, None)
        if zone:
            written.zone = _offset(zone)
        return written.result()
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or not written.take(match):
            raise _NoDateError(Unread.UNKNOWN)
        position = match.end()
    return written.result()


def _since_1970(number: re.Match[str]) -> str:
    digits = number[1].lstrip("-")
    if len(digits) <= len("1714564800") and _starts_like_a_date(digits):
        raise _NoDateError(Unread.AMBIGUOUS)
    power = _EPOCH_DIGITS[len(digits)]
    microseconds = int(number[1]) * 10**6 // 10**power
    if number[2] and not power:
        microseconds += int(number[2][:6].ljust(6, "0")) * (-1 if number[1] != digits else 1)
    return _result(_EPOCH + timedelta(microseconds=microseconds))


def _starts_like_a_date(digits: str) -> bool:
    """Whether a number of seconds may as well be year, month, day and hour run together."""
    year, month = int(digits[:4]), int(digits[4:6])
    return year // 100 in (19, 20) and 1 <= month <= 12 and int(digits[6:8]) <= 31


def _result(moment: datetime) -> str:
    if moment.date() == _EPOCH.date() or (moment.tzinfo is not None and moment == _EPOCH):
        raise _NoDateError(Unread.UNSET)
    return moment.isoformat().replace("+00:00", "Z")


def _offset(zone: str) -> timezone:
    zone = zone.upper().lstrip("UTCGM ").replace("\N{MINUS SIGN}", "-")
    if zone in ("Z", ""):
        return UTC
    digits = zone[1:].replace(":", "")
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > len("12") else (digits, "0")
    if int(minutes) >= 60:
        raise ValueError(zone)
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    if offset > _FURTHEST_ZONE:
        raise ValueError(zone)
    return timezone(-offset if zone[0] == "-" else offset)


class _Written:
    """The parts of a date as they are met, each at most once."""

    def __init__(self) -> None:
        self.zone: timezone | None = None
        self._day: date | None = None
        self._time: timedelta | None = None
        self._half = ""
        self._year: int | None = None
        self._month: int | None = None
        self._march: bool = False
        self._numbers: list[tuple[int, bool]] = []
        self._partial = self._weekday = False

    def set_day(self, year: int, month: int, day: int) -> None:
        if year == 0 or (year, month, day) in ((1, 1, 1), (9999, 12, 31)):
            raise _NoDateError(Unread.UNSET)
        if not _FIRST_YEAR <= year <= _LAST_YEAR:
            raise ValueError(year)
        meant = date(year, month, day)
        if self._day not in (None, meant):
            raise _NoDateError(Unread.AMBIGUOUS)
        self._day = meant

    def set_time(self, hour: str, minute: str, second: str | None, fraction: str | None) -> None:
        hours, minutes, seconds = int(hour), int(minute), int(second or 0)
        if hours > 24 or minutes > 59 or seconds > 59:
            raise ValueError(hour)
        microseconds = int((fraction or "")[:6].ljust(6, "0"))
        time = timedelta(hours=hours, minutes=minutes, seconds=seconds, microseconds=microseconds)
        if time > timedelta(days=1):
            raise ValueError(hour)
        if self._time not in (None, time):
            raise _NoDateError(Unread.AMBIGUOUS)
        self._time = time

    def take(self, token: re.Match[str]) -> bool:
        """Understand one token; False where it means nothing here."""
        kind, value = str(token.lastgroup), token[token.lastgroup or 0]
        if kind == "word":
            return self._take_word(value)
        if kind == "week":
            self._set(date.fromisoformat(value.upper()))
        elif kind == "cjk":
            self.set_day(int(token["cy"]), int(token["cm"]), int(token["cd"]))
        elif kind == "ymd":
            year, month, day = map(int, value.split(token["ys"]))
            self.set_day(year, month, day)
        elif kind == "dmy":
            self._take_numbers(value, token["ds"])
        elif kind == "named":
            return self._take_named(value)
        elif kind == "month":
            self._partial = True
        elif kind == "time":
            self.set_time(*_clock(value))
        elif kind == "offset":
            if self._time is None or self.zone is not None:
                return self._day is not None and ":" in value  # of a day in XML Schema
            self.zone = _offset(value)
        elif kind == "half":
            return self._take_half(value, token["clock"])
        elif kind == "year":
            if self._year not in (None, int(value)):
                raise _NoDateError(Unread.AMBIGUOUS)
            self._year = int(value)
        elif kind == "apostrophe":
            self._year = _century(int(value[1:]))
        elif kind == "day":
            self._numbers.append((int(value), self._month is not None))
        elif kind == "comment":
            return self._take_comment(value)
        return True

    def result(self) -> str:
        """The day, or the instant."""
        if self._march and self._month is None:
            self._month = 3
        if self._year is not None or self._month is not None or self._numbers:
            self._settle()
        if self._day is None:
            if self._weekday and not self._partial:
                raise _NoDateError(Unread.RELATIVE)
            known = self._partial or self._time is not None
            raise _NoDateError(Unread.INCOMPLETE if known else Unread.UNKNOWN)
        if self._time is None:
            if self._day == _EPOCH.date():
                raise _NoDateError(Unread.UNSET)
            return self._day.isoformat()
        noon = timedelta(hours=12)
        if self._half == "p" and self._time < noon:
            self._time += noon
        elif self._half == "a" and self._time >= noon:
            self._time -= noon
            if self._time >= timedelta(hours=1):
                raise ValueError("no such hour before noon")
        midnight = datetime(self._day.year, self._day.month, self._day.day, tzinfo=self.zone)
        return _result(midnight + self._time)

    def _set(self, day: date) -> None:
        self.set_day(day.year, day.month, day.day)

    def _settle(self) -> None:
        """A day of a year, a month by name and a number."""
        numbers = self._numbers
        if self._month is None:
            if numbers and (len(numbers) > 1 or self._year is None):
                raise _NoDateError(Unread.UNKNOWN)
            if self._day is None or numbers:
                raise _NoDateError(Unread.INCOMPLETE)
            if self._year != self._day.year:
                raise _NoDateError(Unread.UNKNOWN)
            return
        if self._year is None and len(numbers) > 1:
            (_, early), (year, late) = numbers[0], numbers[1]
            if early or not late or len(numbers) > 2:
                raise _NoDateError(Unread.AMBIGUOUS)
            self._year = _century(year)
        elif len(numbers) > 1:
            raise _NoDateError(Unread.AMBIGUOUS)
        if self._year is None or not numbers:
            raise _NoDateError(Unread.INCOMPLETE)
        self.set_day(self._year, self._month, numbers[0][0])

    def _take_numbers(self, value: str, separator: str) -> None:
        first, second, year = (part.strip() for part in value.split(separator))
        if len(year) < len("2024"):
            raise _NoDateError(Unread.AMBIGUOUS)
        day, month = int(first), int(second)
        if (separator == "." and month <= 12) or day == month or day > 12:
            self.set_day(int(year), month, day)
        elif month > 12:
            self.set_day(int(year), day, month)
        elif int(year) == 0:
            raise _NoDateError(Unread.UNSET)
        else:
            raise _NoDateError(Unread.AMBIGUOUS)

    def _take_named(self, value: str) -> bool:
        first, name, last = re.split("[-/.]", value)
        month = MONTHS.get(name.casefold())
        if month is None:
            return False
        if len(first) == len("2024"):
            self.set_day(int(first), month, int(last))
        else:
            year = int(last) if len(last) > len("24") else _century(int(last))
            self.set_day(year, month, int(first))
        return True

    def _take_half(self, value: str, clock: str | None) -> bool:
        half = value.lstrip("0123456789 ")[0].lower()
        if clock is not None:
            if not 1 <= int(clock) <= 12:
                return False
            self.set_time(clock, "0", None, None)
        elif self._time is None and half == "a":
            return True  # German: am 1. Mai
        self._half = half
        return True

    def _take_comment(self, value: str) -> bool:
        zone = ZONES.get(value.strip().casefold())
        if zone is not None and self.zone is None and self._time is not None:
            self.zone = timezone(zone)
        return not any(map(str.isdigit, value)) or self.zone is not None

    def _take_word(self, word: str) -> bool:
        folded = word.casefold()
        if folded in MONTHS and folded in WEEKDAYS:
            self._march = True  # French and Spanish: "mar." is Tuesday as well
        elif folded in MONTHS:
            if self._month not in (None, MONTHS[folded]):
                raise _NoDateError(Unread.AMBIGUOUS)
            self._month = MONTHS[folded]
        elif folded in WEEKDAYS:
            self._weekday = True
        elif folded in ZONES and self._time is not None:
            if self.zone is not None:
                return False
            self.zone = timezone(ZONES[folded])
        elif folded == "z" and self._day is not None:
            pass  # of a day in XML Schema
        elif folded not in LABELS:
            # Behind a time: a zone that is not known, or that stands for several.
            return self._time is not None and re.fullmatch("[A-Z]{2,5}", word) is not None
        return True


def _clock(value: str) -> tuple[str, str, str | None, str | None]:
    parts = re.split("[:.,hH]", value)
    return (
        parts[0], parts[1], parts[2] if len(parts) > 2 else None,
        parts[3] if len(parts) > 3 else None,
    )  # fmt: skip


def _century(year: int) -> int:
    """The year of two digits, as POSIX has it."""
    return year + (2000 if year < 69 else 1900)
