"""The table that a run ends with on the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

import pyarrow as pa
from rich.console import Console
from rich.markup import escape
from rich.table import Table

_MOST_ROWS = 30


def print_rows(tables: Iterable[pa.Table], console: Console) -> None:
    """The first rows: title or first words, region with countries, topic, summary or why none."""
    rows = (row for table in tables for row in table.to_pylist())
    shown = Table(show_lines=True, expand=True, highlight=False)
    shown.add_column("article", ratio=3)
    shown.add_column("region", ratio=2)
    shown.add_column("topic", ratio=2)
    shown.add_column("summary", ratio=5)
    for row in islice(rows, _MOST_ROWS):
        shown.add_row(
            escape(_first_words(row["title"] or row["text"])),
            escape(_region(row)),
            escape(_scored(row["topic_name"], row["topic_score"])),
            escape(row["summary"] or f"({row['summary_note'] or 'off'})"),
        )
    console.print(shown)
    more = sum(1 for _ in rows)
    if more:
        console.print(f"... and {more} more articles")


def _first_words(text: str, most: int = 90) -> str:
    line = " ".join(text[: 4 * most].split())
    return line if len(line) <= most else line[: most - 1].rsplit(" ", 1)[0] + "…"


def _scored(name: str | None, score: float | None) -> str:
    return f"{name} {score:.2f}" if name is not None and score is not None else "-"


def _region(row: dict[str, object]) -> str:
    countries = row["countries"]
    assert isinstance(countries, list)
    focus = ", ".join(c["name"] for c in countries if c["focus"])
    name, score = row["region_name"], row["region_score"]
    assert name is None or isinstance(name, str)
    assert score is None or isinstance(score, float)
    return "\n".join(part for part in (_scored(name, score), focus) if part)
