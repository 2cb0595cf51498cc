"""Dates: what is read of each way to write one, and why another is not."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from command import SHARED
from pipeline.ingest.date_parts import Unread
from pipeline.ingest.dates import read_date


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("2026-01-31", "2026-01-31"),
        ("20260131", "2026-01-31"),
        ("2026/1/31", "2026-01-31"),
        ("2026.01.31", "2026-01-31"),
        ("2026. 1. 31.", "2026-01-31"),
        ("2026年1月31日", "2026-01-31"),
        ("31.01.2026", "2026-01-31"),
        ("03.02.2026", "2026-02-03"),
        ("31/01/2026", "2026-01-31"),
        ("01/31/2026", "2026-01-31"),
        ("07-07-2026", "2026-07-07"),
        ("2026-W05-6", "2026-01-31"),
        ("2026-01-31Z", "2026-01-31"),
        ("Saturday, January 31, 2026", "2026-01-31"),
        ("31st of January 2026", "2026-01-31"),
        ("Sept. 3, 2023", "2023-09-03"),
        ("31-Jan-2026", "2026-01-31"),
        ("31 Jan 26", "2026-01-31"),
        ("Jan 31 '26", "2026-01-31"),
        ("le 1er février 2026", "2026-02-01"),
        ("mar. 3 mars 2026", "2026-03-03"),
        ("Samstag, 31. Januar 2026", "2026-01-31"),
        ("3 de mayo de 2026", "2026-05-03"),
        ("31 января 2026 г.", "2026-01-31"),
        ("3 maja 2026", "2026-05-03"),
        ("Updated: 31 January 2026", "2026-01-31"),
        ("Published on January 31, 2026", "2026-01-31"),
    ],
)
def test_days(written: str, date: str) -> None:
    assert read_date(written) == date


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-01-31 10:20:30", "2026-01-31T10:20:30"),
        ("2026-01-31T10:20:30.5+02:00", "2026-01-31T10:20:30.500000+02:00"),
        ("2026-01-31T10:20:30.123456789", "2026-01-31T10:20:30.123456"),
        ("2026-01-31T10:20Z", "2026-01-31T10:20:00Z"),
        ("2026-01-31T10:20:30 -07", "2026-01-31T10:20:30-07:00"),
        ("20260131T102030+0530", "2026-01-31T10:20:30+05:30"),
        ("202601311020", "2026-01-31T10:20:00"),
        ("2026-01-31T24:00:00Z", "2026-02-01T00:00:00Z"),
        ("2026-01-31T10:20:30+01:00[Europe/Paris]", "2026-01-31T10:20:30+01:00"),
        ("Sat, 31 Jan 2026 10:20:30 -0000", "2026-01-31T10:20:30Z"),
        ("Sat, 31 Jan 26 10:20:30 PST", "2026-01-31T10:20:30-08:00"),
        ("Sat, 31 Jan 2026 10:20 AEDT", "2026-01-31T10:20:00+11:00"),
        ("Sat, 31 Jan 2026 10:20:30 AST", "2026-01-31T10:20:30"),
        ("Sat, 31 Jan 2026 10:20:30 ET", "2026-01-31T10:20:30"),
        ("Sat Jan 31 10:20:30 2026", "2026-01-31T10:20:30"),
        ("Sat Jan 31 2026 10:20:30 GMT+0100 (Central European Time)", "2026-01-31T10:20:30+01:00"),
        ("31/Jan/2026:10:20:30 +0000", "2026-01-31T10:20:30Z"),
        ("January 31, 2026 at 3:04 p.m. EST", "2026-01-31T15:04:00-05:00"),
        ("31 Jan 2026, 12 AM", "2026-01-31T00:00:00"),
        ("10:20 GMT, 31 January 2026", "2026-01-31T10:20:00Z"),
        ("am 31. Januar 2026 um 10:20 Uhr", "2026-01-31T10:20:00"),
        ("31 janvier 2026 &agrave; 10h20", "2026-01-31T10:20:00"),
        ("1769854830", "2026-01-31T10:20:30Z"),
        ("1769854830.25", "2026-01-31T10:20:30.250000Z"),
        ("1769854830250", "2026-01-31T10:20:30.250000Z"),
        ("1769854830000000", "2026-01-31T10:20:30Z"),
        ("-1769854830", "1913-12-01T13:39:30Z"),
    ],
)
def test_instants_keep_their_zone(written: str, moment: str) -> None:
    assert read_date(written) == moment


@pytest.mark.parametrize(
    ("reason", "written"),
    [
        ("ambiguous", "02/03/2026"),
        ("ambiguous", "02-03-2026"),
        ("ambiguous", "31.01.26"),
        ("ambiguous", "2026013110"),
        ("ambiguous", "1 May 2026, updated 2 May 2026"),
        ("ambiguous", "1 May 2026 10:00, 11:00"),
        ("incomplete", "2026"),
        ("incomplete", "2026-01"),
        ("incomplete", "01/2026"),
        ("incomplete", "January 2026"),
        ("incomplete", "January 31"),
        ("incomplete", "10:20"),
        ("relative", "3 days ago"),
        ("relative", "Yesterday at 10:20"),
        ("relative", "Friday"),
        ("relative", "vor 2 Stunden"),
        ("relative", "hace 3 horas"),
        ("impossible", "2026-02-29"),
        ("impossible", "31 June 2026"),
        ("impossible", "2026-01-31T25:00:00"),
        ("impossible", "2026-01-31T10:61"),
        ("impossible", "2026-01-31T10:20:30+23:00"),
        ("impossible", "31 Jan 2026 13:00 AM"),
        ("impossible", "Mon, 20 Jan 2020 10:00:00 +9999"),
        ("unset", "0000-00-00"),
        ("unset", "00/00/0000"),
        ("unset", "0001-01-01T00:00:00"),
        ("unset", "9999-12-31"),
        ("unset", "1970-01-01"),
        ("unset", "1969-12-31T16:00:00-08:00"),
        ("unset", "Thu Jan 1 00:00:00 UTC 1970"),
        ("unset", "0"),
        ("unset", "null"),
        ("unset", "N/A"),
        ("unknown", "soon"),
        ("unknown", "17698"),
        ("unknown", "31 January 2026 in Paris"),
        ("unknown", "Mon, 20 Jan 2020 10:00:00 +" + "9" * 30),
        ("unknown", "1 Jan " + "9" * 30 + " 00:00:00"),
        ("unknown", "2026-01-31 " * 100),
    ],
)
def test_what_is_not_one_day_has_a_reason(reason: str, written: str) -> None:
    assert read_date(written) is Unread(reason)


def test_nothing_is_no_date_and_no_reason() -> None:
    assert read_date("") is None
    assert read_date(" \n") is None


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.text(st.characters(), max_size=60),
        st.text("0123456789 :-/.,TZ+pmaJnue()", max_size=40),
        st.datetimes(timezones=st.one_of(st.none(), st.timezones())).map(str),
        st.from_regex(r"\w{3}, \d{1,30} Jan \d{1,30} \d{1,9}:\d{1,9} [+-]\d{1,30}", fullmatch=True),
    )
)
def test_a_date_is_iso_and_read_the_same_again(written: str) -> None:
    date = read_date(written)
    if isinstance(date, str) and not isinstance(date, Unread):
        datetime.fromisoformat(date)
        assert read_date(date) == date


@settings(max_examples=40, deadline=None)
@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2026, 12, 31)),
    st.integers(-14 * 60, 14 * 60),
    st.sampled_from(
        [
            "%a, %d %b %Y %H:%M:%S %z",
            "%Y-%m-%d %H:%M:%S%z",
            "%B %d, %Y %I:%M:%S %p %z",
            "%a %b %d %H:%M:%S %z %Y",
            "%d-%b-%Y %H:%M:%S %z",
        ]
    ),
)
def test_an_instant_in_any_form_is_that_instant(local: datetime, minutes: int, form: str) -> None:
    zone = timezone(timedelta(minutes=minutes))
    moment = local.replace(microsecond=0, tzinfo=zone)
    date = read_date(moment.strftime(form))
    assert isinstance(date, str)
    assert datetime.fromisoformat(date) == moment


@pytest.mark.shared
def test_the_forms_that_people_report() -> None:
    lines = (SHARED / "cases" / "ingest_dates.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 47
    for line in lines:
        row = json.loads(line)
        date = read_date(row["published"])
        if row["want"] is None:
            assert isinstance(date, Unread), row
        else:
            assert isinstance(date, str), row
            assert not isinstance(date, Unread), row
            assert datetime.fromisoformat(date) == datetime.fromisoformat(row["want"]), row
            assert ("T" in date) == ("T" in row["want"]), row
