"""Scores as the terminal shows them: a table for each task, the baselines beside the run."""

from __future__ import annotations

import math
from collections.abc import Mapping

from rich.console import Console
from rich.table import Column, Table

from pipeline.evaluate.scores import Metric, Scores

_NO_FIGURE = "-"
_FEW_DIGITS = 10
"""From here on a figure has one decimal."""


def print_scores(scores: Scores, counts: Mapping[str, int], out: Console) -> None:
    """One table for each task; cells are a mean and its 95% interval."""
    said = ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in counts.items())
    out.print(f"{said}; means with 95% intervals", markup=False, highlight=False, soft_wrap=True)
    for task in dict.fromkeys(name.partition(".")[0] for name in scores.metrics):
        out.print(_table(scores, task))


def _table(scores: Scores, task: str) -> Table:
    metrics = {n: one for n, one in scores.metrics.items() if n.startswith(f"{task}.")}
    others = dict.fromkeys(name for n in metrics for name in scores.baselines.get(n, ()))
    table = Table(Column("score", no_wrap=True), "run", "n", *(o.replace("_", " ") for o in others))
    for name, metric in metrics.items():
        beside = scores.baselines.get(name, {})
        table.add_row(
            name, _cell(metric), str(metric.n), *(_cell(beside.get(other)) for other in others)
        )
    return table


def _cell(metric: Metric | None) -> str:
    if metric is None or math.isnan(metric.interval.mean):
        return _NO_FIGURE
    found = metric.interval
    digits = 3 if abs(found.mean) < _FEW_DIGITS else 1  # of shares, or of words and ROUGE
    return f"{found.mean:.{digits}f} [{found.low:.{digits}f}, {found.high:.{digits}f}]"
