"""`dateline compare`: the runs' differences on labelled articles, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, field
from pathlib import Path

from pydantic.dataclasses import dataclass
from rich.console import Console

from pipeline.config.schema import PLUGIN, construct
from pipeline.core.bootstrap import RESAMPLES, SEED
from pipeline.core.digest import digest_of
from pipeline.core.files import write_record
from pipeline.evaluate.compare.comparison import (
    DOCUMENT_SCORE,
    RULE,
    Change,
    Comparison,
    Rank,
    compare,
    leaderboard,
    main_metrics,
)
from pipeline.evaluate.compare.paired import P_VALUE, Difference
from pipeline.evaluate.compare.runs import Shared, shared
from pipeline.evaluate.compare.tables import (
    changed_table,
    documents_table,
    metrics_table,
    rank_table,
)
from pipeline.evaluate.gold.labels import TopicLabelSettings, labelled
from pipeline.evaluate.metrics.scores import Scores
from pipeline.evaluate.report.record import bound_record, interval_record, plain, versions
from pipeline.workflow.config import PathSettings

SCHEMA_VERSION = 2


@dataclass(config=PLUGIN)
class CompareSettings:
    """See `configs/compare.yaml`."""

    gold: str
    paths: PathSettings
    predictions: list[str] = field(default_factory=list)
    split: str | None = None
    topic_labels: TopicLabelSettings = field(default_factory=TopicLabelSettings)
    allow_unmatched: bool = False
    by: str | None = None
    to: str | None = None


def compare_runs(config: Mapping[str, object], out: Console, err: Console) -> Path:
    """Compare runs, print the tables, write the JSON; returns its path.

    It is `to`, or `evaluation/comparison.json` in the first run, and has each run against the
    first (second less first), and a leaderboard of every `main_metrics` or of `by`. Two runs are
    printed metric by metric, more as leaderboards.

    Raises:
        ConfigError: runs that cannot be compared, or no such metric.
        InputError: labels that are wrong, or of no article that all runs have.
        RunError: a run is unfinished or not what it published.
    """
    settings = construct(CompareSettings, config, "")
    given = labelled(settings.gold, settings.topic_labels.path, settings.split)
    path, labels = given.path, given.rows
    runs = shared(
        settings.predictions, settings.paths.runs, labels, given.topics, settings.allow_unmatched
    )
    notes = [*given.hints, *runs.notes]
    scores = runs.scored()
    first, *others = scores
    ranked_by = [settings.by] if settings.by else main_metrics(scores.values())
    boards = {by: leaderboard(scores, by) for by in ranked_by}
    pairs = [compare(first, scores[first], name, scores[name]) for name in others]
    where = (
        Path(settings.to).expanduser()
        if settings.to
        else runs.runs[first].folder / "comparison.json"
    )
    counts = {
        "labels": len(labels),
        "unscored": sum(not gold.is_scored() for gold in labels),
        "compared": len(runs.pairs[first]),
    }
    record = {
        "schema": SCHEMA_VERSION,
        "versions": versions(),
        "bootstrap": {"seed": SEED, "resamples": RESAMPLES, "level": 0.95},
        "p": P_VALUE,
        "labels": {"file": path.name, "sha256": digest_of(path), "split": settings.split},
        "counts": counts,
        "runs": [_run(name, runs, scores[name]) for name in scores],
        "notes": notes,
        "comparisons": [_comparison(pair, scores, runs) for pair in pairs],
        "document_score": DOCUMENT_SCORE,
        "rule": RULE,
        "leaderboards": {by: [_rank(rank) for rank in board] for by, board in boards.items()},
    }  # fmt: skip
    plain_record = plain(record)
    assert isinstance(plain_record, dict)
    write_record(where, plain_record)
    _print(pairs, boards, counts, runs, out)
    for note in notes:
        err.print(f"note: {note}", markup=False, highlight=False, soft_wrap=True)
    out.print(f"in {where}", markup=False, highlight=False, soft_wrap=True)
    return where


def _print(
    pairs: Sequence[Comparison],
    boards: Mapping[str, Sequence[Rank]],
    counts: Mapping[str, int],
    runs: Shared,
    out: Console,
) -> None:
    title = ", ".join(f"{name} {n}" for name, n in counts.items())
    if len(pairs) == 1:
        [pair] = pairs
        out.print(metrics_table(pair, title))
        if pair.same:
            same, every = len(pair.same), len(pair.metrics)
            out.print(f"{same} of {every} scores are the same of every document", highlight=False)
        out.print(documents_table(pair))
        if pair.changed:
            out.print(changed_table(pair, runs.runs[pair.first].rows))
        return
    for by, ranks in boards.items():
        out.print(rank_table(by, ranks, title))
    out.print(f"{RULE}.", markup=False, highlight=False)


def _run(name: str, runs: Shared, scores: Scores) -> dict[str, object]:
    one, matched = runs.runs[name], runs.matched[name]
    return {
        "name": name,
        "sha256": one.digest,
        "dateline": one.version,
        "fingerprints": dict(one.fingerprints),
        "published": len(one.rows),
        "unmatched": list(matched.unmatched),
        "metrics": {
            key: bound_record(metric.interval, metric.n) for key, metric in scores.metrics.items()
        },
    }


def _comparison(pair: Comparison, scores: Mapping[str, Scores], runs: Shared) -> dict[str, object]:
    return {
        "first": pair.first,
        "second": pair.second,
        "metrics": {
            name: {**_difference(one), "n_first": pair.counted[name][0],
                   "n_second": pair.counted[name][1], "same": name in pair.same}
            for name, one in pair.metrics.items()
        },
        "documents": {task: asdict(tally) for task, tally in pair.documents.items()},
        "changed": [_change(change, pair, scores, runs) for change in pair.changed],
    }  # fmt: skip


def _change(
    change: Change, pair: Comparison, scores: Mapping[str, Scores], runs: Shared
) -> dict[str, object]:
    found: dict[str, object] = {
        "id": change.id,
        "title": runs.runs[pair.first].rows[change.id].title,
        "change": change.change,
        "scores": {task: list(both) for task, both in change.tasks.items()},
    }
    for key, name in (("first", pair.first), ("second", pair.second)):
        labels = scores[name].articles[change.id].labels
        side: dict[str, object] = {t: labels[t].record() for t in change.tasks if t in labels}
        if "summary" in change.tasks:
            side["summary"] = runs.runs[name].rows[change.id].summary
        found[key] = side
    return found


def _rank(rank: Rank) -> dict[str, object]:
    to_best = None if rank.to_best is None else _difference(rank.to_best)
    own = bound_record(rank.metric.interval, rank.metric.n)
    return {"run": rank.run, "group": rank.group, **own, "to_best": to_best}


def _difference(one: Difference) -> dict[str, object]:
    return {"first": one.first, "second": one.second, "difference": interval_record(one.interval),
            "p": one.p, "documents": one.documents}  # fmt: skip
