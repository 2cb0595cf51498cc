"""The best brief of an article: of all that a few promising sentences make, the one that a reader
would rather have, by models that learnt from a reader's own choices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from pipeline.summarize.selection.model import SelectionModel
from pipeline.summarize.selection.signals import STATIC, Floats, Read, pointing_rows, state_rows

MOST_WORDS = {2: 88, 3: 72}
"""Of a brief by its number of sentences: a first sentence with all of the news may be long."""
_LEAD, _NEWS, _PARTS = 3, 4, 7
"""Sentences that are tried together: the first, those likeliest to have the news, and those
likeliest to be part of a brief."""
_SAME = 0.7
"""Share of the content words of the shorter of two sentences from which on they say the same."""

Rows = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Chances:
    """For each sentence read the probability that it has the news, is part of the best brief, needs
    another before it, and is no sentence of the story."""

    news: Floats
    part: Floats
    needs: Floats
    furniture: Floats


def chances_of(model: SelectionModel, of: Read, alone: Sequence[bool]) -> Chances:
    """What the models say of each sentence of an article by itself."""
    rows = sentence_rows(model, of, alone)
    return Chances(*(model.chances(name, rows) for name in ("news", "part", "needs", "furniture")))


def sentence_rows(model: SelectionModel, of: Read, alone: Sequence[bool]) -> Floats:
    """The columns that these models take."""
    every = range(len(of.numbers))
    first = model.scores("next", np.hstack([of.rows, state_rows(of, every, ())]))
    return np.hstack([of.rows[:, : len(STATIC)], pointing_rows(of, alone, first)])


def candidates(of: Read, lengths: Sequence[int], may: Sequence[int], by: Chances) -> list[Rows]:
    """Twos and threes of promising ones of the rows that may come, in their order, short enough
    together and not saying the same; `lengths` in words."""
    news = sorted(may, key=lambda row: -by.news[row])[:_NEWS]
    parts = sorted(may, key=lambda row: -by.part[row])[:_PARTS]
    pool = sorted({*may[:_LEAD], *news, *parts})
    same = {(one, other) for one, other in combinations(pool, 2) if _shared(of, one, other) > _SAME}
    return [
        rows
        for size in (2, 3)
        for rows in combinations(pool, size)
        if sum(lengths[row] for row in rows) <= MOST_WORDS[size]
        and not any(pair in same for pair in combinations(rows, 2))
    ]


def brief_rows(of: Read, lengths: Sequence[int], by: Chances, briefs: Sequence[Rows]) -> Floats:
    """`BRIEF` of each."""
    most = by.news.max() if len(by.news) else 0.0
    return np.array([_brief_row(of, lengths, by, rows, most) for rows in briefs], np.float32)


def best_brief(
    model: SelectionModel, of: Read, lengths: Sequence[int], may: Sequence[int], by: Chances
) -> Rows:
    """The rows of the best brief; none where no two sentences make one."""
    briefs = candidates(of, lengths, may, by)
    if not briefs:
        return ()
    return briefs[int(np.argmax(model.scores("brief", brief_rows(of, lengths, by, briefs))))]


def _brief_row(
    of: Read, lengths: Sequence[int], by: Chances, rows: Rows, most: float
) -> tuple[float, ...]:
    chosen = list(rows)
    apart = [row for row in rows[1:] if row - 1 not in rows]
    need = by.needs[apart]
    shared = max((_shared(of, one, other) for one, other in combinations(rows, 2)), default=0.0)
    news, part = by.news[chosen], by.part[chosen]
    return (
        news.sum(), news.max(), most - news.max(), part.sum(), part.mean(), part.min(),
        by.needs[rows[0]], need.sum(), need.max(initial=0.0), by.furniture[chosen].max(),
        len(rows), sum(lengths[row] for row in rows), len(apart), rows[0], rows[-1],
        rows == tuple(range(len(rows))), shared, rows[0] == 0, by.news[rows[0]],
    )  # fmt: skip


def _shared(of: Read, one: int, other: int) -> float:
    size = max(min(len(of.words[one]), len(of.words[other])), 1)
    return len(of.words[one] & of.words[other]) / size
