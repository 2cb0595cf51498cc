"""Whether 09/10/2025 is in September or October: what the other dates of its file say.

A file whose dates are all of one order, and one of which can be nothing else, such as 31/10/2025,
has that order. Files are read for it only where a date may be two days.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, Protocol, runtime_checkable

from pipeline.ingest.date_parts import Order
from pipeline.sources.base import DateOrder, Read, Record, Source

_FIGURES = re.compile(r"\s*(\d{1,2})([/.-])\s?(\d{1,2})\2\s?(?:\d{4}|\d{2})(?!\d)")
_ROW = re.compile(r":\s?(?:row )?\d+$")
"""Behind the name of a file in the position of a row: in other places a date stands alone."""


@runtime_checkable
class HasDateOrder(Protocol):
    """A source that is told the order of its dates."""

    dates: DateOrder


def order_of(date: str) -> Order | Literal["either"] | None:
    """The order of a date in figures; None for one of another form."""
    match = _FIGURES.match(date)
    if match is None:
        return None
    first, second = int(match[1]), int(match[3])
    if first > 12 >= second:
        return "dmy"
    if second > 12 >= first:
        return "mdy"
    return "either" if match[2] != "." else "dmy"


class DateOrders:
    """The order of dates by file, found when it is first asked for."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._given = source.dates if isinstance(source, HasDateOrder) else "auto"
        self._by_file: dict[str, Order] | None = None

    def of(self, records: Iterable[Read]) -> list[Order | None]:
        """The order for each record; None where it is not known, or not needed."""
        if self._given != "auto":
            return [self._given for _ in records]
        return [self._order(record) if isinstance(record, Record) else None for record in records]

    def _order(self, record: Record) -> Order | None:
        place = _ROW.search(record.where)
        if place is None or order_of(record.values.get("published", "")) != "either":
            return None
        if self._by_file is None:
            self._by_file = _orders(self._source.read())
        return self._by_file.get(record.where[: place.start()].rpartition("/")[2])


def _orders(records: Iterable[Read]) -> dict[str, Order]:
    """The order of each file whose dates in figures have one, by its name."""
    seen: dict[str, set[Order]] = {}
    for record in records:
        if not isinstance(record, Record):
            continue
        place = _ROW.search(record.where)
        order = order_of(record.values.get("published", ""))
        if place is not None and order in ("dmy", "mdy"):
            name = record.where[: place.start()].rpartition("/")[2]
            seen.setdefault(name, set()).add(order)
    return {name: next(iter(orders)) for name, orders in seen.items() if len(orders) == 1}
