"""Published scores beside labels, as arrays that a calibration is fitted to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from pipeline.article import Region
from pipeline.calibrate.apply import answers
from pipeline.calibrate.calibration import Calibration, Floats
from pipeline.core.errors import InputError
from pipeline.evaluate.predictions import Row

FEWEST = 20
"""Documents, below which the folds hold too little to choose anything by."""

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


def check_enough(data: Scored, task: str, way_out: str) -> None:
    """Refuse what nothing can be learnt from.

    Raises:
        InputError: fewer than `FEWEST` documents with a label and a score, or all scores are of
            right answers, or all of wrong ones.
    """
    documents = len(np.unique(data.document))
    if documents < FEWEST:
        raise InputError(
            f"{task}: {documents} articles have a label and a score; calibrating takes at least "
            f"{FEWEST} ({way_out})"
        )
    if data.right.all() or not data.right.any():
        which = "right" if data.right.all() else "wrong"
        raise InputError(
            f"{task}: all {len(data.right)} scores are of {which} answers, so nothing tells how "
            f"sure the others are; label articles of both kinds, with the codes of the run "
            f"({way_out})"
        )


def micro_f1(sums: Floats) -> Floats:
    """Of sums of hits, answers and labels, shape (k, 3); 0 where there is nothing at all."""
    below = sums[:, 1] + sums[:, 2]
    return np.divide(2 * sums[:, 0], below, out=np.zeros(len(sums)), where=below > 0)


def scores_of(task: str, row: Row) -> dict[str, float]:
    """What may be an answer of an article, with its score."""
    listed = cast("Sequence[Mapping[str, object]]", row[f"{task}s"] or ())
    found = [one for one in listed if one["score"] is not None]
    if task == "topic":
        return {str(one["qcode"]): float(cast(float, one["score"])) for one in found}
    regions = answers([Region(**one) for one in found])  # type: ignore[arg-type]
    return {region.code: region.score for region in regions}


def said_codes(task: str, row: Row) -> frozenset[str]:
    """The answers of an article as they were published."""
    if task == "topic":
        return frozenset(scores_of(task, row))
    return frozenset({str(row["region"])} if row["region"] else ())
