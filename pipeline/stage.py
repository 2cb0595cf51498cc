"""The contract between stages and whatever runs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal, Protocol, runtime_checkable

from pipeline.article import Article


@runtime_checkable
class Stage(Protocol):
    """Articles in, the same articles out, annotated. Knows nothing of files, shards or Hydra."""

    needs_vector: ClassVar[bool]
    """Whether `Article.vector` must be filled before this stage is called."""

    def identity(self) -> Mapping[str, str]:
        """What decides the output besides the stage's config: its version, digests of weights and
        label files. Cheap, and callable before `open`."""
        ...

    def open(self) -> None:
        """Load what the stage needs; called once per worker, before the first call."""
        ...

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        """The same articles in the same order, each with its annotation or a `Rejection`."""
        ...


@dataclass(frozen=True, slots=True)
class TopicThresholds:
    """The score from which on a topic is given: its own of `labels`, else `threshold`."""

    threshold: float
    labels: Mapping[str, float] = field(default_factory=dict)

    def least(self, qcode: str) -> float:
        """The score from which on this topic is given."""
        return self.labels.get(qcode, self.threshold)


@dataclass(frozen=True, slots=True)
class RegionThresholds:
    """The scores from which on a country is in focus, and a region the article's.

    A country is in focus from `focus` on, and from `ratio` of the best country's score; where none
    is, the best one from `best` on (None: none at all). A sub-region is the article's `region` from
    `region` on. Scores of countries make up that of their region by `pooling`: `sum` adds shares up
    to 1, `any` takes them for independent probabilities.
    """

    focus: float
    best: float | None = None
    ratio: float = 0.0
    region: float = 0.0
    pooling: Literal["sum", "any"] = "any"


Thresholds = TopicThresholds | RegionThresholds


@runtime_checkable
class Scores(Stage, Protocol):
    """A stage that sets `topic_scores` or `region_scores` with every score that it has, and decides
    nothing: what is given in the row is decided from them afterwards, by its thresholds or by a
    calibration. Only such a stage can be calibrated."""

    decision_fields: ClassVar[frozenset[str]]
    """Names of its fields that nothing but the thresholds come from."""

    def thresholds(self) -> Thresholds:
        """The thresholds as configured. Callable before `open`."""
        ...


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens given to a model and tokens it wrote, since it was opened."""

    read: int
    written: int


@runtime_checkable
class TellsSettings(Protocol):
    """A stage that can say what its model was really given beside the articles."""

    def effective(self) -> Mapping[str, object]:
        """Plain values for the record, by the model's own names. After `open`."""
        ...


@runtime_checkable
class CountsTokens(Protocol):
    """A stage whose model is paid for in tokens."""

    def tokens(self) -> Tokens:
        """What was spent so far."""
        ...
