"""The table that a run ends with on the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow as pa
from rich.console import Console
from rich.markup import escape
from rich.table import Table

_MOST_ROWS = 30


def print_rows(tables: Iterable[pa.Table], console: Console, total: int) -> None:
    """The first rows: title or first words, region with countries, topic, summary or why none.

    Of the tables, which hold `total` rows together, only as many are read as are shown.
    """
    shown = Table(show_lines=True, expand=True, highlight=False)
    shown.add_column("article", ratio=3)
    shown.add_column("region", ratio=2)
    shown.add_column("topic", ratio=2)
    shown.add_column("summary", ratio=5)
    rows: list[dict[str, Any]] = []
    for table in tables:
        rows += table.slice(0, _MOST_ROWS - len(rows)).to_pylist()
        if len(rows) == _MOST_ROWS:
            break
    for row in rows:
        shown.add_row(
            escape(_first_words(row["title"] or row["text"])),
            escape(_region(row)),
            escape(_scored(row["topic_name"], row["topic_score"])),
            _summary(row),
        )
    console.print(shown)
    if total > len(rows):
        console.print(f"... and {total - len(rows):,} more articles")


def _summary(row: dict[str, Any]) -> str:
    """The summary with what the article lacks of it; without one, why."""
    if row["summary"] is None:
        return f"[dim]({row['summary_note'] or 'off'})[/dim]"
    missing = [name for sentence in row["summary_sentences"] for name in sentence["unsupported"]]
    lines = [escape(row["summary"])]
    if row["summary_note"]:
        lines.append(f"[dim]({row['summary_note']})[/dim]")
    if missing:
        lines.append(f"[yellow]not in the article: {escape(', '.join(missing))}[/yellow]")
    return "\n".join(lines)


def _first_words(text: str, most: int = 90) -> str:
    line = " ".join(text[: 4 * most].split())
    return line if len(line) <= most else line[: most - 1].rsplit(" ", 1)[0] + "…"


def _scored(name: str | None, score: float | None) -> str:
    return f"{name} {score:.2f}" if name is not None and score is not None else "-"


def _region(row: dict[str, Any]) -> str:
    focus = ", ".join(country["name"] for country in row["countries"] if country["focus"])
    region = _scored(row["region_name"], row["region_score"])
    return "\n".join(part for part in (region, focus) if part)
