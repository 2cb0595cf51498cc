"""All scores of matched labels and predictions: figures by name, their details, and each article.

Labels are scored in 0..1, ROUGE in 0..100, lengths in words. Nothing is read or written here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from pipeline.article import Article, Country, Topic
from pipeline.core.bootstrap import Interval, mean_interval
from pipeline.evaluate.article_scores import Answered, ArticleScores
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
from pipeline.evaluate.metrics_file import Confusion, Detail, LabelScores, RiskCoverage, known

Pair = tuple[Gold, Article]


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
    detail: dict[str, Detail] = field(default_factory=dict)
    articles: dict[str, ArticleScores] = field(default_factory=dict)
    baselines: dict[str, dict[str, Metric]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What was predicted: codes with their scores (None where a code has none), surest first."""

    codes: Mapping[str, float | None]
    top: str | None
    score: float | None


def score(pairs: Sequence[Pair], others: Sequence[Article] = ()) -> Scores:
    """Score every task that any label speaks of.

    `others` are rows of other runs that this one is compared with: see `set_scores`.
    """
    found = Scores(articles={gold.id: ArticleScores(gold.id) for gold, _ in pairs})
    _labels(found, pairs, "region", _region, others)
    _labels(found, pairs, "countries", _countries, others)
    _labels(found, pairs, "topics", _topics, others)
    _summaries(found, [(gold, row) for gold, row in pairs if gold.summary is not None])
    return found


def _labels(
    found: Scores,
    pairs: Sequence[Pair],
    task: str,
    answer_of: Callable[[Article], _Answer],
    others: Sequence[Article],
) -> None:
    asked = [
        (gold.id, codes, answer_of(row))
        for gold, row in pairs
        if (codes := gold.codes(task)) is not None
    ]
    if not asked:
        return
    gold = [frozenset(codes) for _, codes, _ in asked]
    said = [frozenset(answer.codes) for _, _, answer in asked]
    tops = [answer.top for _, _, answer in asked]
    for name, codes, answer in asked:
        found.articles[name].labels[task] = Answered(codes, tuple(answer.codes), answer.score)
    ids = [name for name, _, _ in asked]
    elsewhere = {code for row in others for code in answer_of(row).codes}
    figures, by_label = label_figures(task, gold, said, tops, ids, elsewhere)
    found.metrics.update({f"{task}.{name}": metric for name, metric in figures.items()})
    sweep = threshold_sweep(
        gold, [{k: v for k, v in a.codes.items() if v is not None} for _, _, a in asked]
    )
    detail = Detail(labels=dict(by_label), thresholds=sweep)
    if task != "countries":
        # The main label of each: a set has no confusion matrix.
        names, matrix = confusion([next(iter(c), "") for _, c, _ in asked], [t or "" for t in tops])
        detail["confusion"] = Confusion(labels=names, gold_by_predicted=matrix)
    sure = [(name, a.score, a.top in g) for (name, _, a), g in zip(asked, gold, strict=True)
            if a.top is not None and a.score is not None]  # fmt: skip
    if sure:
        confidence = np.array([s for _, s, _ in sure], dtype=float)
        correct = np.array([right for _, _, right in sure], dtype=float)
        _add(found, task, calibration(confidence, correct), [name for name, _, _ in sure])
        curve, area = risk_coverage(confidence, correct)
        detail["reliability"] = reliability(confidence, correct)
        detail["risk_coverage"] = RiskCoverage(curve=curve, aurc=known(area), n=len(sure))
    found.detail[task] = detail


def label_figures(
    task: str,
    gold: Sequence[frozenset[str]],
    said: Sequence[frozenset[str]],
    tops: Sequence[str | None],
    ids: Sequence[str] = (),
    others: Collection[str] = (),
) -> tuple[dict[str, Metric], Mapping[str, LabelScores]]:
    """What needs no scores of the answers: figures by name, and those of each label."""
    sets = set_scores(gold, said, others)
    figures = dict(sets.figures)
    if task == "region":
        figures |= hierarchical_f1(gold, said)
    figures |= answered(gold, tops)
    n, given = len(gold), sum(top is not None for top in tops)
    of = {"selective_accuracy": given, "abstention_precision": n - given}
    metrics = {name: Metric(one, of.get(name, n), tuple(ids)) for name, one in figures.items()}
    return metrics, sets.labels


def _summaries(found: Scores, pairs: Sequence[Pair]) -> None:
    if not pairs:
        return
    ids = [gold.id for gold, _ in pairs]
    references = [gold.summary or () for gold, _ in pairs]
    rows = [row for _, row in pairs]
    written = [(row.summary or "").strip() for row in rows]
    # An article without a summary is not left out: it scores 0, and coverage says how many.
    for kind, values in rouge(written, references).items():
        _add(found, "summary", {kind: mean_interval(values)}, ids)
        for (gold, _), value in zip(pairs, values, strict=True):
            found.articles[gold.id].summary[kind] = float(value)
    has = np.array([bool(text) for text in written], dtype=float)
    _add(found, "summary", {"coverage": mean_interval(has)}, ids)
    figures: dict[str, dict[str, float]] = {}
    for (gold, row), text in zip(pairs, written, strict=True):
        if text:
            own = row_figures(row)
            found.articles[gold.id].summary.update(own)
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
) -> None:
    """`ids` are of the documents that the figures were drawn from."""
    for name, figure in figures.items():
        found.metrics[f"{task}.{name}"] = Metric(figure, len(ids), tuple(ids))


def _region(row: Article) -> _Answer:
    code, sure = row.region, row.region_score
    return _Answer({} if code is None else {code: sure}, code, sure)


def _countries(row: Article) -> _Answer:
    codes = scores_by_code(country for country in row.countries if country.focus)
    top = max(codes, key=lambda code: codes[code] or 0.0, default=None)
    return _Answer(codes, top, None if top is None else codes[top])


def _topics(row: Article) -> _Answer:
    return _Answer(scores_by_code(row.topics), row.topic, row.topic_score)


def scores_by_code(labels: Iterable[Country | Topic]) -> dict[str, float | None]:
    """The scores of labels, None for one that has none."""
    return {one.qcode if isinstance(one, Topic) else one.alpha2: known(one.score) for one in labels}
