"""The scores of one article, as `evaluation/per_article.jsonl` has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

TASKS = ("region", "countries", "topics")
"""What labels are about."""

Codes = tuple[str, ...]


@dataclass(slots=True)
class Answered:
    """The labels of an article beside gold, with the score of the main one, and what each baseline
    answers."""

    gold: Codes
    predicted: Codes
    score: float | None
    baselines: dict[str, Codes] = field(default_factory=dict)

    def is_right(self) -> bool:
        """Whether they are the same, whatever their order."""
        return set(self.gold) == set(self.predicted)

    def f1(self) -> float:
        """Of the sets of codes; 1 where there are none and none are given."""
        hits, both = (
            len({*self.gold} & {*self.predicted}),
            len({*self.gold}) + len({*self.predicted}),
        )
        return 2 * hits / both if both else 1.0

    def record(self) -> dict[str, object]:
        """For JSON."""
        found: dict[str, object] = {
            "gold": list(self.gold), "predicted": list(self.predicted), "score": self.score,
            "right": self.is_right(),
        }  # fmt: skip
        if self.baselines:
            found["baselines"] = {name: list(codes) for name, codes in self.baselines.items()}
        return found


@dataclass(slots=True)
class ArticleScores:
    """`labels` by task; `summary`, the figures of the summary, is empty without a reference, and
    `baselines` has those of other summaries by their names."""

    id: str
    labels: dict[str, Answered] = field(default_factory=dict)
    summary: dict[str, float] = field(default_factory=dict)
    baselines: dict[str, dict[str, float]] = field(default_factory=dict)

    def codes(self) -> set[str]:
        """Of all labels, gold and predicted."""
        return {code for one in self.labels.values() for code in (*one.gold, *one.predicted)}

    def record(self) -> dict[str, object]:
        """A line of the file."""
        found: dict[str, object] = {"id": self.id}
        found |= {task: one.record() for task, one in self.labels.items()}
        if self.summary:
            beside: Mapping[str, object] = {"baselines": self.baselines} if self.baselines else {}
            found["summary"] = {**self.summary, **beside}
        return found
