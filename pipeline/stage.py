"""The contract between stages and whatever runs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

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
