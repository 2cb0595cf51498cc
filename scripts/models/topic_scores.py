"""Scores of topic classifiers on one labelled set: macro-F1, calibration, coverage; and baselines.

How macro-F1 is counted: only topics of which the set has `FEWEST` records count, and an answer is
looked for among the topics that the set knows, whatever else the classifier could say. A set whose
articles have one topic each is answered with the strongest; a set with several (NPR) with the
strongest and all above their threshold. Where several topics are accepted and none is said to be
the one (health or environment), they are one topic. The F1 of a topic is that of its right, wrong
and missed articles; macro-F1 is the plain mean of the topics.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.core.bootstrap import Interval, sums_interval
from pipeline.train.topic.fit import Bools, Floats, Targets
from pipeline.train.topic.rows import TopicRow

FEWEST = 100


@dataclass(frozen=True)
class Questions:
    """What a set asks: groups of labels of which each is one topic, those it knows as a mask, and
    whether an article can have several."""

    groups: tuple[tuple[int, ...], ...]
    known: Bools
    several: bool


def questions(rows: Sequence[TopicRow], labels: Sequence[str]) -> Questions:
    """Of all rows of one set."""
    single = [sum(label in row.topics for row in rows) for label in labels]
    either: dict[tuple[int, ...], int] = {}
    for row in rows:
        if row.any_of:
            group = tuple(sorted(labels.index(code) for code in row.any_of))
            either[group] = either.get(group, 0) + 1
    groups: list[tuple[int, ...]] = [
        (label,) for label, count in enumerate(single) if count >= FEWEST
    ]
    groups += [group for group, count in either.items() if count >= FEWEST]
    known = np.array([label in rows[0].known for label in labels])
    return Questions(tuple(groups), known, any(len(row.topics) > 1 for row in rows))


def answers(scores: Floats, threshold: Floats, asked: Questions) -> Bools:
    """The labels that are given, shape (articles, labels)."""
    among = np.where(asked.known, scores, -np.inf)
    given = np.zeros(scores.shape, dtype=bool)
    given[np.arange(len(scores)), among.argmax(axis=1)] = True
    return given | (among >= threshold) if asked.several else given


def _counts(given: Bools, targets: Targets, asked: Questions) -> NDArray[np.float64]:
    """Right, wrong and missed by article and topic, shape (articles, 3, topics)."""
    said = np.stack([given[:, list(g)].any(axis=1) for g in asked.groups], 1)
    true = np.stack([targets.right[:, list(g)].any(axis=1) for g in asked.groups], 1)
    return np.stack([said & true, said & ~true, ~said & true], 1).astype(np.float64)


def _f1(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """F1 of each topic from sums, shape (..., 3, topics)."""
    hit, wrong, missed = counts[..., 0, :], counts[..., 1, :], counts[..., 2, :]
    return np.asarray(2 * hit / np.maximum(2 * hit + wrong + missed, 1))


def topic_f1(given: Bools, targets: Targets, asked: Questions) -> NDArray[np.float64]:
    """F1 of each topic, in the order of `asked.groups`."""
    return _f1(_counts(given, targets, asked).sum(axis=0))


def macro_f1(given: Bools, targets: Targets, asked: Questions) -> float:
    """The mean over the topics."""
    return float(topic_f1(given, targets, asked).mean())


def interval(given: Bools, targets: Targets, asked: Questions) -> Interval:
    """Macro-F1 in percent with its 95% bootstrap interval over the articles."""
    counts = _counts(given, targets, asked)

    def percent(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(100 * _f1(sums.reshape(-1, *counts.shape[1:])).mean(axis=1))

    return sums_interval(counts.reshape(len(counts), -1), percent)


def strongest(chances: Floats, targets: Targets, asked: Questions) -> tuple[Floats, Bools]:
    """How sure the strongest topic is among those that the set knows, and whether it is right.

    That is its chance as a share of the chances of all that it may be: no other answer is taken.
    """
    among = np.where(asked.known, chances, 0.0)
    best = among.argmax(axis=1)
    rows = np.arange(len(best))
    sure = among[rows, best] / np.maximum(among.sum(axis=1), 1e-12)
    return sure.astype(np.float32), targets.right[rows, best]


def by_coverage(
    given: Bools, chance: Floats, targets: Targets, asked: Questions, coverage: float
) -> float:
    """Macro-F1 of that share of the articles of whose strongest topic the classifier is surest."""
    kept = np.argsort(-chance, kind="stable")[: max(1, round(coverage * len(chance)))]
    return macro_f1(given[kept], targets.of(kept), asked)
