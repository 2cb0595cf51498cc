"""What two runs, or several, scored on the same documents differ in. Nothing is read or written."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from pipeline.core.bootstrap import Interval
from pipeline.core.errors import ConfigError
from pipeline.evaluate.article_scores import ArticleScores
from pipeline.evaluate.compare.paired import EQUAL, Difference, aligned, differences
from pipeline.evaluate.metrics.names import direction, no_metric
from pipeline.evaluate.metrics.scores import Metric, Scores

MOST_CHANGED = 10
MAIN = ("region.micro_f1", "countries.micro_f1", "topics.micro_f1", "summary.rougeLsum")
"""What runs are ranked by where nothing is said: one metric a task."""

DOCUMENT_SCORE = "F1 of a document's labels (1 where there are none and none are given); ROUGE-Lsum"
RULE = (
    "runs that share a letter are not distinguishable: the paired 95% interval of their difference "
    "contains 0, or p is 0.05 or more. Both are of each pair alone, not corrected for several"
)


_NO_FIGURE = Metric(Interval(math.nan, math.nan, math.nan), 0)


@dataclass(frozen=True, slots=True)
class Tally:
    """Documents of a task that either run has the better score of, and those they tie on."""

    first_better: int
    second_better: int
    ties: int


@dataclass(frozen=True, slots=True)
class Change:
    """An article with its scores of each task that changed, in 0..1: first run's, second's."""

    id: str
    change: float
    tasks: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs: every metric, every document, and the articles that changed most, worst first."""

    first: str
    second: str
    metrics: Mapping[str, Difference]
    counted: Mapping[str, tuple[int, int]]
    """Documents that each run's figure stands on, by metric."""
    same: frozenset[str]
    """Metrics that are the same of every document."""
    documents: Mapping[str, Tally]
    changed: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Rank:
    """A run's place: its figure, the letters of the groups it is in, and its difference to the best
    run, None for that itself; without a figure it has neither letters nor difference."""

    run: str
    metric: Metric
    group: str
    to_best: Difference | None


def compare(first: str, one: Scores, second: str, other: Scores) -> Comparison:
    """Two runs scored on the same labels, each with the other's rows as `others`."""
    names = [name for name in one.metrics if name in other.metrics]
    found = _differences(one, other, names)
    documents, changed = _documents(one, other)
    return Comparison(
        first,
        second,
        found,
        {name: (one.metrics[name].n, other.metrics[name].n) for name in names},
        frozenset(name for name in names if _is_same(one.metrics[name], other.metrics[name])),
        documents,
        changed,
    )


def leaderboard(runs: Mapping[str, Scores], by: str) -> list[Rank]:
    """The runs by a metric, best first, with letters by `RULE`; those without a figure come last.

    The letters are a compact letter display (Piepho 2004): each group is a largest set of runs of
    which no two differ clearly, so that two runs share a letter just where they do not.

    Raises:
        ConfigError: no run has such a metric, or neither more nor less of it is better.
    """
    known = dict.fromkeys(name for scores in runs.values() for name in scores.metrics)
    if by not in known:
        raise ConfigError(f"by={no_metric(by, known)}")
    sign = direction(by)
    if not sign:
        raise ConfigError(f"by={by}: neither more nor less of it is better, so it ranks nothing")
    # A run that gives no answer has no ECE, say.
    metrics = {name: scores.metrics.get(by, _NO_FIGURE) for name, scores in runs.items()}
    value = {name: metric.interval.mean for name, metric in metrics.items()}
    order = sorted(
        (name for name in runs if not math.isnan(value[name])), key=lambda name: -sign * value[name]
    )
    found = {
        (one, other): _differences(runs[one], runs[other], [by])[by]
        for one, other in combinations(order, 2)
    }
    groups = _groups(order, [pair for pair, one in found.items() if one.is_clear()])
    ranks, best = [], next(iter(order), "")
    for name in [*order, *(name for name in runs if math.isnan(value[name]))]:
        letters = "".join(chr(ord("a") + n) for n, group in enumerate(groups) if name in group)
        ranks.append(Rank(name, metrics[name], letters, found.get((best, name))))
    return ranks


def _groups(order: Sequence[str], apart: Iterable[tuple[str, str]]) -> list[frozenset[str]]:
    """The largest sets without a pair of `apart`, in the order of their members, by inserting each
    pair and absorbing what lies within another set."""
    groups = {frozenset(order)}
    for pair in apart:
        split = {group - {name} for group in groups for name in pair if {*pair} <= group}
        groups = {group for group in groups if not {*pair} <= group} | split
        groups = {one for one in groups if not any(one < other for other in groups)}
    return sorted(groups, key=lambda group: [name not in group for name in order])


def main_metrics(runs: Iterable[Scores]) -> list[str]:
    """Those of `MAIN` that any of the runs has."""
    every = {name for scores in runs for name in scores.metrics}
    return [name for name in MAIN if name in every]


def document_scores(scores: ArticleScores) -> dict[str, float]:
    """Of an article, by task, in 0..1: `DOCUMENT_SCORE`."""
    found = {task: one.f1() for task, one in scores.labels.items()}
    if "rougeLsum" in scores.summary:
        found["summary"] = scores.summary["rougeLsum"] / 100
    return found


def _differences(one: Scores, other: Scores, names: Sequence[str]) -> dict[str, Difference]:
    pairs = {}
    for name in names:
        first, second = one.metrics[name], other.metrics[name]
        assert first.interval.sums is not None
        assert second.interval.sums is not None
        pairs[name] = aligned(first.interval.sums, first.ids, second.interval.sums, second.ids)
    return differences(pairs)


def _is_same(first: Metric, second: Metric) -> bool:
    one, other = first.interval.sums, second.interval.sums
    assert one is not None
    assert other is not None
    return (
        first.ids == second.ids
        and one.columns.shape == other.columns.shape
        and bool((one.columns == other.columns).all())
    )


def _documents(one: Scores, other: Scores) -> tuple[dict[str, Tally], tuple[Change, ...]]:
    tallies: dict[str, list[int]] = {}
    changes = []
    for name, record in one.articles.items():
        before, after = document_scores(record), document_scores(other.articles[name])
        tasks = {}
        for task in (task for task in before if task in after):
            less = after[task] < before[task] - EQUAL
            more = after[task] > before[task] + EQUAL
            tallies.setdefault(task, [0, 0, 0])[0 if less else 1 if more else 2] += 1
            if less or more:
                tasks[task] = (before[task], after[task])
        if tasks:
            changes.append(Change(name, sum(abs(b - a) for a, b in tasks.values()), tasks))
    changes.sort(key=lambda change: (-change.change, change.id))
    return {task: Tally(*counts) for task, counts in tallies.items()}, tuple(changes[:MOST_CHANGED])
