"""The parts of a date, put together: one day or instant, or the reason why there is none."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Literal

from pipeline.ingest.date_words import LABELS, MONTHS, WEEKDAYS, ZONES

Order = Literal["dmy", "mdy"]
"""Which comes first in 09/10/2025, the day or the month."""


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
    TOO_EARLY = "before 1900"
    TOO_LATE = "over a year ahead"
    UNKNOWN = "unknown"
    """None of the forms that are read."""


class NoDateError(Exception):
    """There is no date, for this reason."""

    def __init__(self, reason: Unread) -> None:
        super().__init__(reason)
        self.reason = reason


_FIRST_YEAR, _LAST_YEAR = 1000, 2999
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FURTHEST_ZONE = timedelta(hours=14)


def result_of(moment: datetime) -> str:
    if moment.date() == EPOCH.date() or (moment.tzinfo is not None and moment == EPOCH):
        raise NoDateError(Unread.UNSET)
    return moment.isoformat().replace("+00:00", "Z")


def offset_of(zone: str) -> timezone:
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


class Written:
    """The parts of a date as they are met, each at most once; `order` is that of days in figures
    that may be two."""

    def __init__(self, order: Order | None = None) -> None:
        self._order = order
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
            raise NoDateError(Unread.UNSET)
        if not _FIRST_YEAR <= year <= _LAST_YEAR:
            raise ValueError(year)
        meant = date(year, month, day)
        if self._day not in (None, meant):
            raise NoDateError(Unread.AMBIGUOUS)
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
            raise NoDateError(Unread.AMBIGUOUS)
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
            self.zone = offset_of(value)
        elif kind == "half":
            return self._take_half(value, token["clock"])
        elif kind == "year":
            if self._year not in (None, int(value)):
                raise NoDateError(Unread.AMBIGUOUS)
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
                raise NoDateError(Unread.RELATIVE)
            known = self._partial or self._time is not None
            raise NoDateError(Unread.INCOMPLETE if known else Unread.UNKNOWN)
        if self._time is None:
            if self._day == EPOCH.date():
                raise NoDateError(Unread.UNSET)
            return self._day.isoformat()
        noon = timedelta(hours=12)
        if self._half == "p" and self._time < noon:
            self._time += noon
        elif self._half == "a" and self._time >= noon:
            self._time -= noon
            if self._time >= timedelta(hours=1):
                raise ValueError("no such hour before noon")
        midnight = datetime(self._day.year, self._day.month, self._day.day, tzinfo=self.zone)
        return result_of(midnight + self._time)

    def _set(self, day: date) -> None:
        self.set_day(day.year, day.month, day.day)

    def _settle(self) -> None:
        """A day of a year, a month by name and a number."""
        numbers = self._numbers
        if self._month is None:
            if numbers and (len(numbers) > 1 or self._year is None):
                raise NoDateError(Unread.UNKNOWN)
            if self._day is None or numbers:
                raise NoDateError(Unread.INCOMPLETE)
            if self._year != self._day.year:
                raise NoDateError(Unread.UNKNOWN)
            return
        if self._year is None and len(numbers) > 1:
            (_, early), (year, late) = numbers[0], numbers[1]
            if early or not late or len(numbers) > 2:
                raise NoDateError(Unread.AMBIGUOUS)
            self._year = _century(year)
        elif len(numbers) > 1:
            raise NoDateError(Unread.AMBIGUOUS)
        if self._year is None or not numbers:
            raise NoDateError(Unread.INCOMPLETE)
        self.set_day(self._year, self._month, numbers[0][0])

    def _take_numbers(self, value: str, separator: str) -> None:
        first, second, year = (part.strip() for part in value.split(separator))
        if len(year) < len("2024"):
            raise NoDateError(Unread.AMBIGUOUS)
        day, month = int(first), int(second)
        if (separator == "." and month <= 12) or day == month or day > 12:
            self.set_day(int(year), month, day)
        elif month > 12:
            self.set_day(int(year), day, month)
        elif int(year) == 0:
            raise NoDateError(Unread.UNSET)
        elif self._order is not None:
            self.set_day(int(year), *((month, day) if self._order == "dmy" else (day, month)))
        else:
            raise NoDateError(Unread.AMBIGUOUS)

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
                raise NoDateError(Unread.AMBIGUOUS)
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
