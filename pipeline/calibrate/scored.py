"""Scores of a task beside labels, as arrays that a calibration is fitted to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipeline.calibrate.calibration import Calibration, Floats

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Scored:
    """Scores of a task beside labels. Each pair is a document with a code that was scored in it:
    `document` (its number), `code`, `score` in 0..1 and `right`; the surest of a document first.
    `gold` are the codes of each document, those that were not scored too. With `single`, only the
    surest code of a document can be its answer.
    """

    gold: tuple[frozenset[str], ...]
    document: Ints
    code: NDArray[np.str_]
    score: Floats
    right: Bools
    single: bool

    def of(self, documents: Ints) -> Scored:
        """Of these documents alone, numbered anew in their order."""
        place = np.full(len(self.gold), -1)
        place[documents] = np.arange(len(documents))
        kept = place[self.document] >= 0
        return replace(
            self,
            gold=tuple(self.gold[number] for number in documents),
            document=place[self.document][kept],
            code=self.code[kept],
            score=self.score[kept],
            right=self.right[kept],
        )

    def surest(self) -> Bools:
        """Which pairs are the first of their document."""
        first = np.ones(len(self.document), dtype=bool)
        first[1:] = self.document[1:] != self.document[:-1]
        return first

    def chosen(self, chances: Floats, calibration: Calibration) -> Bools:
        """Which pairs are given as answers."""
        least = np.array([calibration.least(code) for code in self.code], dtype=float)
        given: Bools = chances >= least
        return given & self.surest() if self.single else given

    def counts(self, given: Bools) -> Floats:
        """Hits, answers and labels of each document, shape (documents, 3)."""
        found = np.zeros((len(self.gold), 3))
        np.add.at(found[:, 0], self.document, given & self.right)
        np.add.at(found[:, 1], self.document, given)
        found[:, 2] = [len(codes) for codes in self.gold]
        return found


def scored(
    gold: Sequence[frozenset[str]], scores: Sequence[Mapping[str, float]], single: bool
) -> Scored:
    """Labels and scores by code, one of each a document."""
    pairs = [
        (number, code, score, code in gold[number])
        for number, row in enumerate(scores)
        for code, score in sorted(row.items(), key=lambda one: (-one[1], one[0]))
    ]
    return Scored(
        tuple(gold),
        np.array([pair[0] for pair in pairs], dtype=np.int64),
        np.array([pair[1] for pair in pairs], dtype=np.str_),
        np.array([pair[2] for pair in pairs], dtype=float),
        np.array([pair[3] for pair in pairs], dtype=bool),
        single,
    )


def micro_f1(sums: Floats) -> Floats:
    """Of sums of hits, answers and labels, shape (k, 3); 0 where there is nothing at all."""
    below = sums[:, 1] + sums[:, 2]
    return np.divide(2 * sums[:, 0], below, out=np.zeros(len(sums)), where=below > 0)
