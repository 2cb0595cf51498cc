"""What a run makes of a stage's scores, for tests of a stage by itself."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.article import Article
from pipeline.calibrate.apply import decide
from pipeline.stage import Scores


def decided(stage: Scores, articles: Sequence[Article]) -> list[Article]:
    """The articles with the labels that the stage's own thresholds let through."""
    return [decide(article, None, stage.thresholds()) for article in stage(articles)]
