"""What a region classifier is worth on labelled articles, with 95% intervals over documents."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.article import Article
from pipeline.calibrate.apply import decide
from pipeline.core.bootstrap import RESAMPLES, Interval, mean_interval, resampled_means
from pipeline.stage import Scores

Floats = NDArray[np.float64]

_BATCH = 64


def answers_of(stage: Scores, articles: Sequence[Article]) -> list[Article]:
    """The articles with what the stage's thresholds make of its scores."""
    done: list[Article] = []
    for start in range(0, len(articles), _BATCH):
        done += stage(articles[start : start + _BATCH])
    thresholds = stage.thresholds()
    return [decide(article, None, thresholds) for article in done]


def focus_of(answer: Article) -> list[str]:
    """The countries that an answer has in focus, best first."""
    return [country.alpha2 for country in answer.countries if country.focus]


def micro_f1(gold: Sequence[Collection[str]], said: Sequence[Collection[str]]) -> Interval:
    """Micro-F1 in percent, resampled by document."""
    counts = np.zeros((3, len(gold)))
    for at, (truth, codes) in enumerate(zip(gold, said, strict=True)):
        both = len(set(truth) & set(codes))
        counts[:, at] = both, len(codes) - both, len(truth) - both

    def f1(right: Floats, extra: Floats, missed: Floats) -> Floats:
        return 100 * 2 * right / np.maximum(1e-9, 2 * right + extra + missed)

    drawn = f1(*(resampled_means(row, RESAMPLES) for row in counts))
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Interval(float(f1(*counts.mean(axis=1))), float(low), float(high))


def accuracy(right: Iterable[bool]) -> Interval:
    """Percent of the documents that are right."""
    return mean_interval(np.array([100.0 * one for one in right]))
