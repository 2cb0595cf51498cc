"""The scores and answers of published rows, and whether they are enough to learn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np

from pipeline.article import Region
from pipeline.calibrate.apply import answers
from pipeline.calibrate.scored import Scored
from pipeline.core.errors import InputError
from pipeline.evaluate.predictions import Row

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
