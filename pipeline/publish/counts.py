"""How many articles there are by country, topic, month and the like: counting, nothing of files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from math import prod
from typing import Literal

import pyarrow as pa

from pipeline.core.errors import ConfigError
from pipeline.publish.flat import flat_table
from pipeline.taxonomy.regions import load_countries

Dimension = Literal[
    "country", "region", "topic", "month", "day", "week", "year", "source", "language"
]
"""`country` are those in focus; `region` and `topic` the one that an article has; weeks are those
of ISO 8601, which begin on Monday; days those of the article's own zone."""

Weight = Literal["whole", "share"]
"""An article about several countries counts 1 for each of them, or 1 for all together."""

NONE = "none"
"""In place of a value: no country in focus, no region or topic, no date, source or language."""

TIMES = ("day", "week", "month", "year")

_MOST_CELLS = 1_000_000
_DIGITS = 6


@dataclass(frozen=True)
class Counts:
    """Counts of `articles` articles by the combinations of values that occur.

    `values` are those of each dimension in `by`: periods from the first to the last, without a gap,
    others as they occur, the most frequent first; `NONE` is last. `names` are those of countries,
    regions and topics by code.
    """

    by: Sequence[Dimension]
    weight: Weight
    articles: int
    cells: Mapping[tuple[str, ...], float]
    values: Mapping[Dimension, Sequence[str]]
    names: Mapping[Dimension, Mapping[str, str]]

    def rows(self) -> Iterator[tuple[tuple[str, ...], float]]:
        """Every combination of values with its count, zeros included.

        Raises:
            ConfigError: there are over a million.
        """
        number = prod(len(self.values[dimension]) for dimension in self.by)
        if number > _MOST_CELLS:
            raise ConfigError(
                f"by=[{','.join(self.by)}] has {number:,} cells; take fewer, or longer periods"
            )
        for key in product(*(self.values[dimension] for dimension in self.by)):
            yield key, self.cells.get(key, 0)

    def table(self) -> pa.Table:
        """`rows` with the names of what are codes, and the share of all articles; raises as it."""
        rows = list(self.rows())
        columns: dict[str, pa.Array] = {}
        for place, dimension in enumerate(self.by):
            codes = [key[place] for key, _ in rows]
            columns[dimension] = pa.array(codes, pa.string())
            if dimension in self.names:
                names = [self.names[dimension].get(code) for code in codes]
                columns[f"{dimension}_name"] = pa.array(names, pa.string())
        counts = [round(count, _DIGITS) for _, count in rows]
        kind = pa.int64() if self.weight == "whole" else pa.float64()
        columns["articles"] = pa.array(counts, kind)
        columns["share"] = pa.array(
            [round(count / self.articles, _DIGITS) for count in counts], pa.float64()
        )
        return pa.table(columns)


def count_rows(
    tables: Iterable[pa.Table], by: Sequence[Dimension], weight: Weight = "whole"
) -> Counts:
    """Count the rows of tables of `ROW_SCHEMA`, of which one is looked at at a time."""
    cells: dict[tuple[str, ...], float] = defaultdict(int)
    names: dict[Dimension, dict[str, str]] = {
        name: {} for name in by if name in ("country", "region", "topic")
    }
    span: list[date] = []
    articles = 0
    for table in tables:
        flat = flat_table(table)
        articles += flat.num_rows
        for name in names:
            if name != "country":
                both = (flat[name].to_pylist(), flat[f"{name}_name"].to_pylist())
                names[name] |= {code: title for code, title in zip(*both, strict=True) if code}
        days = [date.fromisoformat(when[:10]) for when in flat["published"].to_pylist() if when]
        span = [min([*span, *days]), max([*span, *days])] if days else span
        for row in zip(*(_values_of(flat, name) for name in by), strict=True):
            keys = list(product(*row))
            for key in keys:
                cells[key] += 1 if weight == "whole" else 1 / len(keys)
    if "country" in names:
        names["country"] |= {code: country.name for code, country in load_countries().items()}
    values = {name: _ordered(name, place, cells, span) for place, name in enumerate(by)}
    return Counts(by, weight, articles, cells, values, names)


def _values_of(flat: pa.Table, name: Dimension) -> list[Sequence[str]]:
    """The values of each row: of countries perhaps several."""
    if name == "country":
        return [codes.split() or [NONE] for codes in flat["countries"].to_pylist()]
    if name in TIMES:
        given = flat["published"].to_pylist()
        return [[_period(name, date.fromisoformat(d[:10]))] if d else [NONE] for d in given]
    return [[value or NONE] for value in flat[name].to_pylist()]


def _period(name: Dimension, day: date) -> str:
    if name == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"
    return day.isoformat()[: {"year": 4, "month": 7}.get(name, 10)]


def _ordered(
    name: Dimension, place: int, cells: Mapping[tuple[str, ...], float], span: Sequence[date]
) -> list[str]:
    totals: dict[str, float] = defaultdict(int)
    for key, count in cells.items():
        totals[key[place]] += count
    values = sorted(totals, key=lambda value: (-totals[value], value))
    if name in TIMES and span:
        days = (span[0] + timedelta(number) for number in range((span[1] - span[0]).days + 1))
        values = [*dict.fromkeys(_period(name, day) for day in days), NONE]
    return [v for v in values if v != NONE] + [NONE] * (NONE in totals)
