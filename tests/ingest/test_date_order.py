"""Which of two days a date in figures is: the others of its file say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingested import ListSource, articles, store_in, stores_in
from pipeline.ingest.date_order import DateOrders, order_of
from pipeline.ingest.date_parts import Unread
from pipeline.ingest.dates import read_date
from pipeline.ingest.ingest import ingest
from pipeline.ingest.settings import IngestSettings
from pipeline.sources.base import Read, Record


@pytest.mark.parametrize(
    ("date", "order"),
    [
        ("31/10/2025", "dmy"), ("10/31/2025 08:00", "mdy"), ("09/10/2025", "either"),
        ("9-10-25", "either"), ("09.10.2025", "dmy"), ("2025-10-09", None), ("9 Oct 2025", None),
        ("31/31/2025", "either"), ("", None),
    ],
)  # fmt: skip
def test_order_of_one_date(date: str, order: str | None) -> None:
    assert order_of(date) == order


def rows(name: str, *dates: str) -> list[Read]:
    return [
        Record(f"{name}:{number}", {"text": f"Story {name} {number}.", "published": date})
        for number, date in enumerate(dates, 2)
    ]


def read(folder: Path, source: ListSource) -> tuple[list[str | None], list[Unread]]:
    reasons: list[Unread] = []
    ingest(
        source, IngestSettings(shard_rows=2), stores_in(folder),
        unread_date=lambda reason, given: reasons.append(reason),
    )  # fmt: skip
    return [article.published for article in articles(store_in(folder))], reasons


def test_a_column_has_one_order(tmp_path: Path) -> None:
    records = [
        *rows("a.csv", "09/10/2025", "05/05/2025", "31/10/2025"),
        *rows("b.csv", "09/10/2025", "10/31/2025"),
        *rows("c.csv", "09/10/2025"),
        *rows("d.csv", "09/10/2025", "31/10/2025", "10/31/2025"),
    ]
    dates, reasons = read(tmp_path, ListSource(records))
    assert dates == [
        "2025-10-09", "2025-05-05", "2025-10-31", "2025-09-10", "2025-10-31", None, None,
        "2025-10-31", "2025-10-31",
    ]  # fmt: skip
    assert reasons == [Unread.AMBIGUOUS] * 2


class American(ListSource):
    dates: ClassVar[str] = "mdy"


def test_the_order_is_given(tmp_path: Path) -> None:
    dates, reasons = read(tmp_path, American(rows("c.csv", "09/10/2025", "31/10/2025")))
    assert (dates, reasons) == (["2025-09-10", "2025-10-31"], [])


def test_a_date_too_early_or_too_late_is_none(tmp_path: Path) -> None:
    dates, reasons = read(tmp_path, ListSource(rows("a.csv", "1899-12-31", "2150-01-01")))
    assert dates == [None, None]
    assert reasons == [Unread.TOO_EARLY, Unread.TOO_LATE]


FORMS = {"dmy": "{0.day:{1}}/{0.month:{1}}/{0.year}", "mdy": "{0.month:{1}}/{0.day:{1}}/{0.year}"}


@given(
    st.lists(st.dates(date(1971, 1, 1), date(2026, 1, 1)), min_size=1, max_size=12),
    st.sampled_from(["dmy", "mdy"]),
    st.sampled_from(["", "02"]),
)
def test_a_column_of_one_order_is_never_read_in_the_other(
    days: Sequence[date], order: Literal["dmy", "mdy"], width: str
) -> None:
    records = rows("a.csv", *(FORMS[order].format(day, width) for day in days))
    orders = DateOrders(ListSource(records)).of(records)
    tells = any(day.day > 12 for day in days)
    for day, one, record in zip(days, orders, records, strict=True):
        assert isinstance(record, Record)
        found = read_date(record.values["published"], one)
        if found is not Unread.AMBIGUOUS:
            assert found == day.isoformat()
        assert not tells or found is not Unread.AMBIGUOUS


@given(st.text("0123456789/.- :", max_size=20) | st.text(max_size=20))
def test_the_order_of_anything(text: str) -> None:
    """What has an order can be no day in the other."""
    order = order_of(text)
    if order in ("dmy", "mdy") and "." not in text:
        other = read_date(text, "mdy" if order == "dmy" else "dmy")
        assert other == read_date(text, order) or isinstance(other, Unread)
