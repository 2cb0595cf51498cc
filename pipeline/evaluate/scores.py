"""All scores of matched labels and predictions: figures by name, their details, and each article.

Labels are scored in 0..1, ROUGE in 0..100, lengths in words. Nothing is read or written here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import cast

import numpy as np

from pipeline.evaluate.bootstrap import Interval, mean_interval
from pipeline.evaluate.classification import (
    answered,
    confusion,
    hierarchical_f1,
    set_scores,
)
from pipeline.evaluate.confidence import calibration, reliability, risk_coverage, threshold_sweep
from pipeline.evaluate.labels import Gold
from pipeline.evaluate.predictions import Row
from pipeline.evaluate.rouge import rouge
from pipeline.evaluate.summaries import row_figures

Pair = tuple[Gold, Row]


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure with its interval, and the documents it stands on."""

    interval: Interval
    n: int


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


def score(pairs: Sequence[Pair]) -> Scores:
    """Score every task that any label speaks of."""
    found = Scores(articles={gold.id: {"id": gold.id} for gold, _ in pairs})
    _labels(found, pairs, "region", _gold_region, _region)
    _labels(found, pairs, "countries", lambda gold: gold.countries, _countries)
    _labels(found, pairs, "topics", lambda gold: gold.topics, _topics)
    _summaries(found, [(gold, row) for gold, row in pairs if gold.summary is not None])
    return found


def _labels(
    found: Scores,
    pairs: Sequence[Pair],
    task: str,
    gold_of: Callable[[Gold], tuple[str, ...] | None],
    answer_of: Callable[[Row], _Answer],
) -> None:
    known = [(g.id, codes, answer_of(row)) for g, row in pairs if (codes := gold_of(g)) is not None]
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
    sets = set_scores(gold, said)
    n, given = len(known), sum(top is not None for top in tops)
    _add(found, task, sets.figures, n)
    if task == "region":
        _add(found, task, hierarchical_f1(gold, said), n)
    others = answered(gold, tops)
    _add(found, task, {k: others[k] for k in ("coverage", "abstention")}, n)
    _add(found, task, {"selective_accuracy": others["selective_accuracy"]}, given)
    _add(found, task, {"abstention_precision": others["abstention_precision"]}, n - given)
    detail: dict[str, object] = {"labels": {k: asdict(v) for k, v in sets.labels.items()}}
    if task != "countries":
        # The main label of each: a set has no confusion matrix.
        names, matrix = confusion([next(iter(c), "") for _, c, _ in known], [t or "" for t in tops])
        detail["confusion"] = {"labels": names, "gold_by_predicted": matrix}
    detail["thresholds"] = threshold_sweep(
        gold, [{k: v for k, v in a.codes.items() if v is not None} for _, _, a in known]
    )
    sure = [(a.score, a.top in g) for (_, _, a), g in zip(known, gold, strict=True)
            if a.top is not None and a.score is not None]  # fmt: skip
    if sure:
        confidence = np.array([s for s, _ in sure], dtype=float)
        correct = np.array([right for _, right in sure], dtype=float)
        _add(found, task, calibration(confidence, correct), len(sure))
        curve, area = risk_coverage(confidence, correct)
        detail["reliability"] = [asdict(one) for one in reliability(confidence, correct)]
        detail["risk_coverage"] = {"curve": curve, "aurc": area, "n": len(sure)}
    found.detail[task] = detail


def _summaries(found: Scores, pairs: Sequence[Pair]) -> None:
    if not pairs:
        return
    references = [gold.summary or () for gold, _ in pairs]
    rows = [row for _, row in pairs]
    written = [str(row["summary"] or "") for row in rows]
    # An article without a summary is not left out: it scores 0, and coverage says how many.
    for kind, values in rouge(written, references).items():
        _add(found, "summary", {kind: mean_interval(values)}, len(pairs))
        for (gold, _), value in zip(pairs, values, strict=True):
            record = found.articles[gold.id].setdefault("summary", {})
            cast("dict[str, float]", record)[kind] = float(value)
    has = np.array([bool(text) for text in written], dtype=float)
    _add(found, "summary", {"coverage": mean_interval(has)}, len(pairs))
    figures: dict[str, list[float]] = {}
    for (gold, row), text in zip(pairs, written, strict=True):
        if text:
            own = row_figures(row)
            cast("dict[str, float]", found.articles[gold.id]["summary"]).update(own)
            for name, value in own.items():
                figures.setdefault(name, []).append(value)
    for name, own_values in figures.items():
        _add(found, "summary", {name: mean_interval(np.array(own_values))}, len(own_values))


def _add(found: Scores, task: str, figures: Mapping[str, Interval], n: int) -> None:
    found.metrics.update({f"{task}.{name}": Metric(figure, n) for name, figure in figures.items()})


def _gold_region(gold: Gold) -> tuple[str, ...] | None:
    if gold.region is None:
        return None
    return (gold.region,) if gold.region else ()


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
