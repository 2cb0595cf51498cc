"""The scores and answers of a run, and whether they are enough to learn from."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from pipeline.article import Article
from pipeline.calibrate.apply import answers
from pipeline.calibrate.scored import Scored
from pipeline.core.errors import InputError, RunError
from pipeline.store.directory import RunDirectory

FEWEST = 20
"""Documents, below which the folds hold too little to choose anything by."""


def check_enough(data: Scored, task: str, way_out: str) -> None:
    """Raises `InputError` for fewer than `FEWEST` documents with a label and a score, and for
    scores that are all of right answers, or all of wrong ones."""
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


def topic_scores(directory: RunDirectory, ids: Collection[str]) -> dict[str, dict[str, float]]:
    """The score of each topic in those of the `ids` that a finished run annotated, whether it was
    published or not; none for an article whose stage gave no scores.

    Raises:
        RunError: the run kept no scores, being of an earlier version.
    """
    articles = directory.articles(directory.fingerprint("ingest"))
    annotations = directory.annotations(directory.fingerprint("annotate"), articles)
    found = {}
    for receipt in annotations.receipts():
        table = annotations.read(receipt.shard)
        if "topic_scores" not in table.column_names:
            raise RunError(f"{directory.path}: of a Dateline that kept no scores: run again")
        for row in table.select(["id", "topic_scores"]).to_pylist():
            if row["id"] in ids:
                given = [score["narrower"] or score for score in row["topic_scores"]]
                found[row["id"]] = {topic["qcode"]: topic["score"] for topic in given}
    return found


def region_scores(row: Article) -> dict[str, float]:
    """What may be the region of an article, with its score, as published."""
    return {region.code: region.score for region in answers(row.regions)}


def said_codes(task: str, row: Article) -> frozenset[str]:
    """The answers of an article as they were published."""
    if task == "topic":
        return frozenset(topic.qcode for topic in row.topics)
    return frozenset({row.region} if row.region else ())
