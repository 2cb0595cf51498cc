"""What a search is after: a metric of `dateline evaluate` by name, and whether more is better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from pipeline.errors import ConfigError
from pipeline.evaluate.labels import SCORED, Gold
from pipeline.evaluate.predictions import Row
from pipeline.evaluate.scores import score
from pipeline.tune.settings import Direction

_MORE = ("exact_match", "precision", "recall", "f1", "accuracy", "rouge1", "rouge2", "rougeLsum",
         "support")  # fmt: skip
_LESS = ("ece", "brier", "repetition", "unsupported", "fallback")

_FROM_MODELS = "similarity"
"""Part of the names of metrics that an evaluation has if it is told to, by evaluate.similarity."""


@dataclass(frozen=True, slots=True)
class Objective:
    """A metric and which way is better."""

    metric: str
    direction: Direction

    def better(self, one: float, other: float) -> bool:
        """Whether the one is better than the other."""
        return one > other if self.direction == "maximize" else one < other


def read_objective(
    metric: str | None, direction: Direction | None, labels: Sequence[Gold]
) -> Objective:
    """The objective, if these labels can score it.

    Raises:
        ConfigError: none is given, they cannot, or which way is better is not known.
    """
    if metric is None:
        raise ConfigError("objective is not set: give a metric, such as objective=topics.macro_f1")
    if _FROM_MODELS not in metric:
        check_metric(metric, known_metrics(labels))
    if direction is None:
        direction = _direction(metric)
    if direction is None:
        raise ConfigError(
            f"objective={metric}: is more of it better, or less? direction=maximize or minimize"
        )
    return Objective(metric, direction)


def check_metric(metric: str, known: Sequence[str]) -> None:
    """Refuse a name that is none of those.

    Raises:
        ConfigError: with the nearest names.
    """
    if metric in known:
        return
    near = get_close_matches(metric, known, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(known)}"
    raise ConfigError(f"objective={metric}: no metric that these labels can score; {hint}")


def known_metrics(labels: Sequence[Gold]) -> list[str]:
    """The names of the metrics that these labels can score: those of predictions that are right."""
    few: dict[str, Gold] = {}
    for task in SCORED:
        few |= {gold.id: gold for gold in [g for g in labels if task in g.said()][:2]}
    return list(score([(gold, _right(gold)) for gold in few.values()]).metrics)


def _direction(metric: str) -> Direction | None:
    name = metric.rpartition(".")[2]
    if name in _LESS:
        return "minimize"
    more = any(name == end or name.endswith(f"_{end}") for end in _MORE)
    return "maximize" if more else None


def _right(gold: Gold) -> Row:
    """A published row that says what the label says, as surely as can be."""
    topics = gold.topics or ()
    text = gold.summary[0] if gold.summary else "Nothing."
    return {
        "id": gold.id, "text": text, "language": "en", "region": gold.region or None,
        "region_score": 1.0,
        "countries": [{"alpha2": c, "focus": True, "score": 1.0} for c in gold.countries or ()],
        "topics": [{"qcode": topic, "score": 1.0} for topic in topics],
        "topic": topics[0] if topics else None, "topic_score": 1.0, "summary": text,
        "summary_support": 1.0, "summary_sentences": (), "summary_note": None,
    }  # fmt: skip
