"""Scores as the terminal shows them: a table for each task, the baselines beside the run."""

from __future__ import annotations

import math
from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from pipeline.evaluate.metrics.scores import Metric, Scores
from pipeline.evaluate.metrics_file import Counts
from pipeline.evaluate.report.record import figure

_WIDE = 10_000
"""Columns, more than any table has."""


def print_scores(scores: Scores, counts: Counts, out: Console) -> None:
    """One table for each task; cells are a mean and its 95% interval.

    Where the terminal is too narrow for that, the baselines get a table of their own, of means.
    """
    said = ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in counts.items())
    out.print(f"{said}; means with 95% intervals", markup=False, highlight=False, soft_wrap=True)
    for task in dict.fromkeys(name.partition(".")[0] for name in scores.metrics):
        metrics = {n: one for n, one in scores.metrics.items() if n.startswith(f"{task}.")}
        beside = {n: scores.baselines[n] for n in metrics if n in scores.baselines}
        table = _table(metrics, beside)
        if out.measure(table, options=out.options.update(max_width=_WIDE)).maximum <= out.width:
            out.print(table)
            continue
        out.print(_table(metrics, {}))
        if beside:
            out.print(_means(beside))


def _table(metrics: Mapping[str, Metric], beside: Mapping[str, Mapping[str, Metric]]) -> Table:
    others = _others(beside)
    table = Table("score", "run", "n", *(_heading(other) for other in others))
    for name, metric in metrics.items():
        cells = (_cell(beside.get(name, {}).get(other)) for other in others)
        table.add_row(name, _cell(metric), str(metric.n), *cells)
    return table


def _means(beside: Mapping[str, Mapping[str, Metric]]) -> Table:
    others = _others(beside)
    table = Table("score of baselines", *(_heading(other) for other in others))
    for name, found in beside.items():
        cells = (_cell(found.get(other)).partition(" ")[0] for other in others)
        table.add_row(name, *cells)
    return table


def _others(beside: Mapping[str, Mapping[str, Metric]]) -> list[str]:
    return list(dict.fromkeys(other for found in beside.values() for other in found))


def _heading(baseline: str) -> str:
    return baseline.replace("_", " ")


def _cell(metric: Metric | None) -> str:
    if metric is None or math.isnan(metric.interval.mean):
        return figure(None)
    mean, low, high = (
        figure(one, like=metric.interval.mean)
        for one in (metric.interval.mean, metric.interval.low, metric.interval.high)
    )
    return f"{mean} [{low}, {high}]"
