"""What a search is after: a metric of `dateline evaluate` by name, and whether more is better."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from pipeline.article import Article, Country, Topic
from pipeline.core.errors import ConfigError
from pipeline.evaluate.gold.labels import SCORED, Gold
from pipeline.evaluate.metrics.names import direction as direction_of
from pipeline.evaluate.metrics.names import no_metric
from pipeline.evaluate.metrics.scores import score
from pipeline.evaluate.predictions import switched_off
from pipeline.tune.settings import Direction


@dataclass(frozen=True, slots=True)
class Objective:
    """A metric and which way is better."""

    metric: str
    direction: Direction


def read_objective(
    metric: str | None, direction: Direction | None, labels: Sequence[Gold]
) -> Objective:
    """The objective, if these labels can score it.

    Raises:
        ConfigError: none is given, they cannot, or which way is better is not known.
    """
    if metric is None:
        raise ConfigError("objective is not set: give a metric, such as objective=topics.macro_f1")
    if not is_from_models(metric):
        check_metric(metric, known_metrics(labels))
    known: dict[int, Direction] = {1: "maximize", -1: "minimize"}
    direction = direction or known.get(direction_of(metric))
    if direction is None:
        raise ConfigError(
            f"objective={metric}: is more of it better, or less? direction=maximize or minimize"
        )
    return Objective(metric, direction)


def check_reachable(
    objective: Objective,
    run: Mapping[str, object],
    searched: Collection[str],
    evaluate: Mapping[str, object],
) -> None:
    """Refuse what no job could have: `run` is the configuration of one, `searched` the keys in
    which others differ, `evaluate` what each is scored by.

    Raises:
        ConfigError: with the key that is in the way.
    """
    stage = missing_stage(objective, run)
    if stage is not None and stage not in searched:
        raise ConfigError(f"objective={objective.metric}: no job has it, with {stage}=none")
    if is_from_models(objective.metric) and not evaluate.get("similarity"):
        raise ConfigError(f"objective={objective.metric}: it takes evaluate.similarity=true")


def is_from_models(metric: str) -> bool:
    """Whether an evaluation has the metric only if it is told to, by evaluate.similarity."""
    return "similarity" in metric


def missing_stage(objective: Objective, run: Mapping[str, object]) -> str | None:
    """The stage that the objective is of, where it is switched off in a run's configuration."""
    return switched_off(run).get(objective.metric.partition(".")[0])


def check_metric(metric: str, known: Sequence[str]) -> None:
    """Refuse a name that is none of those.

    Raises:
        ConfigError: with the nearest names.
    """
    if metric in known:
        return
    raise ConfigError(f"objective={no_metric(metric, known)}")


def known_metrics(labels: Sequence[Gold]) -> list[str]:
    """The names of the metrics that these labels can score: those of predictions that are right."""
    few: dict[str, Gold] = {}
    for task in SCORED:
        few |= {gold.id: gold for gold in [g for g in labels if task in g.said()][:2]}
    return list(score([(gold, _right(gold)) for gold in few.values()]).metrics)


def _right(gold: Gold) -> Article:
    """A published row that says what the label says, as surely as can be."""
    topics = gold.topics or ()
    text = gold.summary[0] if gold.summary else "Nothing."
    return Article(
        gold.id,
        text=text,
        language="en",
        region=gold.region or None,
        region_score=1.0,
        countries=tuple(Country(code, code, 1.0, True, 0, ()) for code in gold.countries or ()),
        topics=tuple(Topic(code, code, 1.0) for code in topics),
        topic=topics[0] if topics else None,
        topic_score=1.0,
        summary=text,
        summary_support=1.0,
    )
