"""The scores and answers of published rows, and whether they are enough to learn from."""

from __future__ import annotations

import numpy as np

from pipeline.article import Article
from pipeline.calibrate.apply import answers
from pipeline.calibrate.scored import Scored
from pipeline.core.errors import InputError

FEWEST = 20
"""Documents, below which the folds hold too little to choose anything by."""


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


def scores_of(task: str, row: Article) -> dict[str, float]:
    """What may be an answer of an article, with its score."""
    if task == "topic":
        return {topic.qcode: topic.score for topic in row.topics}
    return {region.code: region.score for region in answers(row.regions)}


def said_codes(task: str, row: Article) -> frozenset[str]:
    """The answers of an article as they were published."""
    if task == "topic":
        return frozenset(scores_of(task, row))
    return frozenset({row.region} if row.region else ())
