"""A comparison as tables for the terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Column, Table

from pipeline.article import Article
from pipeline.evaluate.compare.comparison import MOST_CHANGED, Comparison, Rank
from pipeline.evaluate.compare.paired import Difference
from pipeline.evaluate.metrics.names import direction

_TITLE_CHARS = 60


def metrics_table(pair: Comparison, title: str) -> Table:
    """Every metric that any document differs in."""
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
    before = ""
    for name, one in pair.metrics.items():
        if name in pair.same:
            continue
        task, _, short = name.partition(".")
        if task != before:
            table.add_section()
            table.add_row(f"{task}, n {_counted(*pair.counted[name])}")
        before = task
        table.add_row(
            f" {short}", _figure(one.first), _figure(one.second), *_difference(one),
            escape(_better(name, one, pair)),
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
    table = Table("group", "run", by, "95% interval", "n", "less its group's best", "95% interval",
                  "p", title=title)  # fmt: skip
    for rank in ranks:
        found = rank.metric.interval
        own = "-" if math.isnan(found.mean) else f"{found.low:.3f} to {found.high:.3f}"
        to_leader = ("", "", "") if rank.to_leader is None else _difference(rank.to_leader)
        table.add_row(str(rank.group), escape(rank.run), _figure(found.mean), own,
                      str(rank.metric.n), *to_leader)  # fmt: skip
    return table


def _better(name: str, one: Difference, pair: Comparison) -> str:
    """The run that is better for sure, where more or less is better."""
    sign = direction(name)
    if not sign or not one.is_clear():
        return "-"
    return pair.second if sign * one.interval.low > 0 else pair.first


def _difference(one: Difference) -> tuple[str, str, str]:
    found = one.interval
    if math.isnan(found.mean):
        return "-", "-", "-"
    return f"{found.mean:+.3f}", f"{found.low:+.3f} to {found.high:+.3f}", _p(one.p)


def _p(value: float) -> str:
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def _figure(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3f}"


def _counted(first: int, second: int) -> str:
    return str(first) if first == second else f"{first}, {second}"
