"""A stage with the keys that decide its result, and how it is called: guarded, decided, counted."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from pipeline.annotate.results import decided
from pipeline.article import Article, Rejection
from pipeline.core.errors import DatelineError
from pipeline.core.frames import innermost_frame
from pipeline.stage import CountsTokens, Stage, Tokens

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Decision:
    """From a stage's scores to labels: a function of each article's scores alone, worked out anew
    every time, and the `keys` that it depends on: thresholds, or a calibration."""

    keys: Mapping[str, object]
    decide: Callable[[Sequence[Article]], list[Article]]


@dataclass(frozen=True)
class Planned:
    """A stage with the keys that decide its result, its config and its identity, and how labels are
    decided from that, where the stage gives scores."""

    stage: Stage
    keys: Mapping[str, object]
    decision: Decision | None = None

    @property
    def row_keys(self) -> Mapping[str, object]:
        """What decides the rows: the keys of the result, and those of the decision."""
        return self.keys if self.decision is None else {**self.keys, **self.decision.keys}

    def rows(self, result: pa.Table) -> pa.Table:
        """The stage's result as it goes into the rows."""
        return result if self.decision is None else decided(result, self.decision.decide)

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        """The articles as the open stage annotates them, decided."""
        done = self.stage(articles)
        return done if self.decision is None else self.decision.decide(done)


def tokens_of(stage: Stage) -> Tokens:
    """What the stage spent so far; nothing where it does not count."""
    return stage.tokens() if isinstance(stage, CountsTokens) else Tokens(0, 0)


def guarded(name: str, stage: Stage, articles: list[Article]) -> Iterable[Article]:
    """The stage's result; when it fails on a batch, article by article, the culprit rejected."""
    if not articles:
        return []
    try:
        return stage(articles)
    except DatelineError:
        raise
    except Exception as error:  # whatever a model raises: quarantined, logged, and counted
        _LOG.warning("%s failed on %d articles", name, len(articles), exc_info=True)
        if len(articles) > 1:
            return [done for article in articles for done in guarded(name, stage, [article])]
        rejection = Rejection(
            stage=name,
            reason=f"{name} failed on article {articles[0].id}",
            error=f"{type(error).__name__}: {error}",
            frame=innermost_frame(error),
        )
        return [replace(articles[0], rejection=rejection)]
