"""`dateline counts`: the counts of a finished run, as a file or on the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from pydantic.dataclasses import dataclass
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipeline.config.schema import PLUGIN, construct
from pipeline.core.errors import ConfigError
from pipeline.core.files import atomic
from pipeline.publish.chart import chart_of, drawn
from pipeline.publish.counts import Counts, Dimension, Weight, count_rows
from pipeline.publish.csv import write_csv
from pipeline.publish.xlsx import write_xlsx
from pipeline.workflow.config import PathSettings
from pipeline.workflow.door import Run
from pipeline.workflow.verify import directory_of

_FORMS = (".csv", ".xlsx", ".svg", ".png")
_MOST_DIMENSIONS = 3
_MOST_PRINTED = 60


@dataclass(config=PLUGIN)
class CountsSettings:
    """See `configs/counts.yaml`."""

    run: str
    paths: PathSettings
    by: Dimension | list[Dimension] = field(default_factory=lambda: list[Dimension](["country"]))
    weight: Weight = "whole"
    to: str | None = None


def count_run(config: Mapping[str, object], out: Console) -> None:
    """Count the articles that a run publishes; write the file `to`, or print what is not zero.

    Raises:
        ConfigError: dimensions that are none, twice or too many, or a file of another kind.
        RunError, InputError: there is no such run, or it is not finished.
    """
    settings = construct(CountsSettings, config, "")
    by = [settings.by] if isinstance(settings.by, str) else settings.by
    if not 1 <= len(by) <= _MOST_DIMENSIONS or len(set(by)) < len(by):
        raise ConfigError(f"by=[{','.join(by)}]: give one to three, each once")
    path = Path(settings.to).expanduser() if settings.to else None
    if path is not None and path.suffix not in _FORMS:
        raise ConfigError(f"to={settings.to}: end it in {', '.join(_FORMS)}")
    run = Run(directory_of(settings.run, settings.paths.runs))
    counts = count_rows(run.tables(), by, settings.weight)
    if path is None:
        _print(counts, out)
        return
    if path.suffix in (".svg", ".png"):
        drawing = drawn(chart_of(counts), path.suffix[1:])
        with atomic(path) as file:
            file.write(drawing)
    else:
        table = counts.table()
        write = write_csv if path.suffix == ".csv" else write_xlsx
        write(path, table.schema, [table])
    out.print(
        f"{counts.articles:,} articles by {', '.join(by)}: {path}",
        markup=False, highlight=False, soft_wrap=True,
    )  # fmt: skip


def _print(counts: Counts, out: Console) -> None:
    shown = Table(title=f"{counts.articles:,} articles", highlight=False)
    table = counts.table()
    for name in table.column_names:
        shown.add_column(name, justify="right" if name in ("articles", "share") else "left")
    rows = [row for row in table.to_pylist() if row["articles"]]
    for row in rows[:_MOST_PRINTED]:
        shown.add_row(*(_cell(value, name) for name, value in row.items()))
    out.print(shown)
    if len(rows) > _MOST_PRINTED:
        out.print(f"... and {len(rows) - _MOST_PRINTED:,} more; to=counts.csv has all")


def _cell(value: str | float | None, name: str) -> str:
    if isinstance(value, str) or value is None:
        return escape(value or "")
    return f"{value:.1%}" if name == "share" else f"{value:,.6g}" if value % 1 else f"{value:,.0f}"
