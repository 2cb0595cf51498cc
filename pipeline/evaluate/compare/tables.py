"""A comparison as tables for the terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Column, Table

from pipeline.article import Article
from pipeline.core.bootstrap import Interval
from pipeline.evaluate.compare.comparison import MOST_CHANGED, Comparison, Rank
from pipeline.evaluate.compare.paired import Difference
from pipeline.evaluate.metrics.names import direction
from pipeline.evaluate.report.record import figure

_TITLE_CHARS = 60


def metrics_table(pair: Comparison, title: str) -> Table:
    """Every metric that any document differs in, those together that stand on as many."""
    first, second = escape(pair.first), escape(pair.second)
    columns = ("score", first, second, "change", "95% interval", "p", "better")
    # 80 columns have room for whole names only without lines between them.
    table = Table(
        *(Column(name, no_wrap=True) for name in columns),
        title=f"{second} less {first}: {title}",
        box=SIMPLE_HEAD,
        padding=0,
        pad_edge=False,
    )
    sections: dict[str, list[str]] = {}
    for name in pair.metrics:
        if name not in pair.same:
            own = f"{name.partition('.')[0]}, n {_counted(*pair.counted[name])}"
            sections.setdefault(own, []).append(name)
    for title, names in sections.items():
        table.add_section()
        table.add_row(title)
        for name in names:
            one = pair.metrics[name]
            table.add_row(
                f" {name.partition('.')[2]}", figure(one.first), figure(one.second),
                *_difference(one), escape(_better(name, one, pair)),
            )  # fmt: skip
    return table


def documents_table(pair: Comparison) -> Table:
    """How many documents each run has the better score of."""
    table = Table("documents", f"{escape(pair.first)} better", f"{escape(pair.second)} better",
                  "ties")  # fmt: skip
    for task, tally in pair.documents.items():
        table.add_row(task, *map(str, (tally.first_better, tally.second_better, tally.ties)))
    return table


def changed_table(pair: Comparison, rows: Mapping[str, Article]) -> Table:
    """The articles that changed most, with each task's score before and after."""
    what = f"{escape(pair.first)} -> {escape(pair.second)}"
    table = Table("id", "article", what, title=f"most changed, up to {MOST_CHANGED}")
    for change in pair.changed:
        title = (rows[change.id].title or rows[change.id].text)[:_TITLE_CHARS]
        scores = ", ".join(f"{task} {a:.2f} -> {b:.2f}" for task, (a, b) in change.tasks.items())
        table.add_row(escape(change.id), escape(title), scores)
    return table


def rank_table(by: str, ranks: Sequence[Rank], title: str) -> Table:
    """A leaderboard."""
    table = Table("group", "run", by, "95% interval", "n", "less the best", "95% interval", "p",
                  title=title)  # fmt: skip
    for rank in ranks:
        to_best = ("", "", "") if rank.to_best is None else _difference(rank.to_best)
        table.add_row(rank.group, escape(rank.run), *_interval(rank.metric.interval),
                      str(rank.metric.n), *to_best)  # fmt: skip
    return table


def _better(name: str, one: Difference, pair: Comparison) -> str:
    """The run that is better for sure, where more or less is better."""
    sign = direction(name)
    if not sign or not one.is_clear():
        return "-"
    return pair.second if sign * one.interval.low > 0 else pair.first


def _difference(one: Difference) -> tuple[str, str, str]:
    p = "<0.001" if one.p < 0.001 else figure(one.p)
    return *_interval(one.interval, "+"), p


def _interval(one: Interval, sign: str = "") -> tuple[str, str]:
    """The mean, and its bounds."""
    if math.isnan(one.mean):
        return "-", "-"
    mean, low, high = (figure(value, sign, one.mean) for value in (one.mean, one.low, one.high))
    return mean, f"{low} to {high}"


def _counted(first: int, second: int) -> str:
    return str(first) if first == second else f"{first}, {second}"
