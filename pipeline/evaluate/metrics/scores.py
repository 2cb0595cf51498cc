"""All scores of matched labels and predictions: figures by name, their details, and each article.

Labels are scored in 0..1, ROUGE in 0..100, lengths in words. Nothing is read or written here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import cast

import numpy as np

from pipeline.core.bootstrap import Interval, mean_interval
from pipeline.evaluate.gold.labels import Gold
from pipeline.evaluate.metrics.classification import (
    answered,
    confusion,
    hierarchical_f1,
    set_scores,
)
from pipeline.evaluate.metrics.confidence import (
    calibration,
    reliability,
    risk_coverage,
    threshold_sweep,
)
from pipeline.evaluate.metrics.rouge import rouge
from pipeline.evaluate.metrics.summaries import row_figures
from pipeline.evaluate.predictions import Row

Pair = tuple[Gold, Row]


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure with its interval, how many documents it stands on, and the ids of those whose
    columns it was drawn from."""

    interval: Interval
    n: int
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scores:
    """Figures by `task.name`, details by task, a record for each matched article, and beside each
    figure those of the baselines by their names (`baseline_scores`)."""

    metrics: dict[str, Metric] = field(default_factory=dict)
    detail: dict[str, dict[str, object]] = field(default_factory=dict)
    articles: dict[str, dict[str, object]] = field(default_factory=dict)
    baselines: dict[str, dict[str, Metric]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What was predicted: codes with their scores (None where a code has none), surest first."""

    codes: Mapping[str, float | None]
    top: str | None
    score: float | None


def score(pairs: Sequence[Pair], others: Sequence[Row] = ()) -> Scores:
    """Score every task that any label speaks of.

    `others` are rows of other runs that this one is compared with: see `set_scores`.
    """
    found = Scores(articles={gold.id: {"id": gold.id} for gold, _ in pairs})
    _labels(found, pairs, "region", _region, others)
    _labels(found, pairs, "countries", _countries, others)
    _labels(found, pairs, "topics", _topics, others)
    _summaries(found, [(gold, row) for gold, row in pairs if gold.summary is not None])
    return found


def _labels(
    found: Scores,
    pairs: Sequence[Pair],
    task: str,
    answer_of: Callable[[Row], _Answer],
    others: Sequence[Row],
) -> None:
    known = [
        (gold.id, codes, answer_of(row))
        for gold, row in pairs
        if (codes := gold.codes(task)) is not None
    ]
    if not known:
        return
    gold = [frozenset(codes) for _, codes, _ in known]
    said = [frozenset(answer.codes) for _, _, answer in known]
    tops = [answer.top for _, _, answer in known]
    for (name, codes, answer), one, other in zip(known, gold, said, strict=True):
        found.articles[name][task] = {
            "gold": list(codes), "predicted": list(answer.codes), "score": answer.score,
            "right": one == other,
        }  # fmt: skip
    sets = set_scores(gold, said, {code for row in others for code in answer_of(row).codes})
    ids = [name for name, _, _ in known]
    _add(found, task, sets.figures, ids)
    if task == "region":
        _add(found, task, hierarchical_f1(gold, said), ids)
    given = sum(top is not None for top in tops)
    stands_on = {"selective_accuracy": given, "abstention_precision": len(known) - given}
    for name, figure in answered(gold, tops).items():
        _add(found, task, {name: figure}, ids, stands_on.get(name))
    detail: dict[str, object] = {"labels": {k: asdict(v) for k, v in sets.labels.items()}}
    if task != "countries":
        # The main label of each: a set has no confusion matrix.
        names, matrix = confusion([next(iter(c), "") for _, c, _ in known], [t or "" for t in tops])
        detail["confusion"] = {"labels": names, "gold_by_predicted": matrix}
    detail["thresholds"] = threshold_sweep(
        gold, [{k: v for k, v in a.codes.items() if v is not None} for _, _, a in known]
    )
    sure = [(name, a.score, a.top in g) for (name, _, a), g in zip(known, gold, strict=True)
            if a.top is not None and a.score is not None]  # fmt: skip
    if sure:
        confidence = np.array([s for _, s, _ in sure], dtype=float)
        correct = np.array([right for _, _, right in sure], dtype=float)
        _add(found, task, calibration(confidence, correct), [name for name, _, _ in sure])
        curve, area = risk_coverage(confidence, correct)
        detail["reliability"] = [asdict(one) for one in reliability(confidence, correct)]
        detail["risk_coverage"] = {"curve": curve, "aurc": area, "n": len(sure)}
    found.detail[task] = detail


def _summaries(found: Scores, pairs: Sequence[Pair]) -> None:
    if not pairs:
        return
    ids = [gold.id for gold, _ in pairs]
    references = [gold.summary or () for gold, _ in pairs]
    rows = [row for _, row in pairs]
    written = [str(row["summary"] or "").strip() for row in rows]
    # An article without a summary is not left out: it scores 0, and coverage says how many.
    for kind, values in rouge(written, references).items():
        _add(found, "summary", {kind: mean_interval(values)}, ids)
        for (gold, _), value in zip(pairs, values, strict=True):
            record = found.articles[gold.id].setdefault("summary", {})
            cast("dict[str, float]", record)[kind] = float(value)
    has = np.array([bool(text) for text in written], dtype=float)
    _add(found, "summary", {"coverage": mean_interval(has)}, ids)
    figures: dict[str, dict[str, float]] = {}
    for (gold, row), text in zip(pairs, written, strict=True):
        if text:
            own = row_figures(row)
            cast("dict[str, float]", found.articles[gold.id]["summary"]).update(own)
            for name, value in own.items():
                figures.setdefault(name, {})[gold.id] = value
    for name, own_values in figures.items():
        interval = mean_interval(np.array([*own_values.values()]))
        _add(found, "summary", {name: interval}, [*own_values])


def _add(
    found: Scores,
    task: str,
    figures: Mapping[str, Interval],
    ids: Sequence[str],
    n: int | None = None,
) -> None:
    """`ids` are of the documents that the figures were drawn from, `n` of them count (all)."""
    for name, figure in figures.items():
        metric = Metric(figure, len(ids) if n is None else n, tuple(ids))
        found.metrics[f"{task}.{name}"] = metric


def _region(row: Row) -> _Answer:
    code, sure = cast("str | None", row["region"]), cast("float | None", row["region_score"])
    return _Answer({} if code is None else {code: sure}, code, sure)


def _countries(row: Row) -> _Answer:
    return _answer(row["countries"], "alpha2", lambda country: bool(country["focus"]))


def _topics(row: Row) -> _Answer:
    listed = _answer(row["topics"], "qcode", lambda topic: True)
    top = cast("str | None", row["topic"])
    return _Answer(listed.codes, top, cast("float | None", row["topic_score"]))


def _answer(listed: object, key: str, keep: Callable[[Row], bool]) -> _Answer:
    found = [one for one in cast("Sequence[Row]", listed or ()) if keep(one)]
    codes = {str(one[key]): cast("float | None", one["score"]) for one in found}
    top = max(codes, key=lambda code: codes[code] or 0.0, default=None)
    return _Answer(codes, top, None if top is None else codes[top])
