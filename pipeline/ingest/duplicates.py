"""Which articles repeat another: those with the same words, those nearly the same, and versions.

All that is looked at at once are keys, a column at a time, so that memory grows by 50 bytes an
article. Articles themselves are read only to compare two that share a key.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import IO, Literal

import numpy as np
from numpy.typing import NDArray

from pipeline.article import Article
from pipeline.ingest.keys import BANDS, NEVER, same_content
from pipeline.ingest.near_duplicates import FEWEST_WORDS, Words, similarity, words_of_text

Rule = Literal["same words", "near", "updated", "same id"]
"""Why one of two articles goes: it has the same words, nearly the same, or is an earlier version
under the same URL or id; `same id` is another text under an id that was used before."""

_WORDS_KEPT = 512
"""Texts of which the words are kept for the next comparison."""


@dataclass(frozen=True, slots=True)
class Row:
    """Where an article stands."""

    shard: int
    row: int


@dataclass(frozen=True, slots=True)
class Duplicate:
    """An article that goes, and the one that it repeats; `similarity` is 0 to 1."""

    place: Row
    of: Row
    similarity: float
    rule: Rule


@dataclass(frozen=True, slots=True)
class Search:
    """What is compared: `keys` of shard after shard, of which those from `first_new` on have not
    been compared before; `gone` are articles of earlier shards that are published no more.

    With `near`, articles that differ in a few words are one; with `versions`, a later text under
    the same URL or id takes the place of the earlier one.
    """

    keys: Sequence[Callable[[], NDArray[np.void]]]
    first_new: int
    article: Callable[[Row], Article]
    near: bool = True
    versions: bool = False
    gone: frozenset[Row] = frozenset()


def find_duplicates(search: Search) -> list[Duplicate]:
    """The articles that go, in the order in which they were found.

    Of new articles the one published first stays, or the one read first; an old one stays in any
    case, unless a new one is a later version of it.
    """
    with tempfile.TemporaryFile() as bands:
        columns = _Columns(search, bands)
        if not columns.size:
            return []
        return list(_Comparison(search, columns).duplicates())


class _Columns:
    """The keys of all articles, in the order of precedence: old ones as they stand, then new ones
    by date. `bands` holds those of MinHash, one after the other."""

    def __init__(self, search: Search, bands: IO[bytes]) -> None:
        sizes, parts = [], []
        for load in search.keys:
            keys = load()
            sizes.append(len(keys))
            parts.append(keys[["id", "url", "content", "published", "words"]].copy())
            bands.write(np.ascontiguousarray(keys["bands"]).tobytes())
        bands.flush()
        self._bands = bands
        self._starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        self.size = int(self._starts[-1])
        self.first_new = int(self._starts[search.first_new])
        keys = np.concatenate(parts) if parts else np.zeros(0, [("published", np.int64)])
        published = keys["published"].copy()
        published[: self.first_new] = np.iinfo(np.int64).min
        self.order = np.lexsort((np.arange(self.size), published))
        """The position of the article of each rank."""
        self.keys = keys[self.order]
        self.gone = np.zeros(self.size, bool)
        for row in search.gone:
            self.gone[self._starts[row.shard] + row.row] = True
        self.gone = self.gone[self.order]

    def place(self, rank: int) -> Row:
        position = int(self.order[rank])
        shard = int(np.searchsorted(self._starts, position, side="right")) - 1
        return Row(shard, position - int(self._starts[shard]))

    def band(self, number: int) -> NDArray[np.uint64]:
        """One band of every article, read in blocks: the file has those of an article together."""
        column = np.empty(self.size, np.uint64)
        self._bands.seek(0)
        for start in range(0, self.size, _BLOCK):
            count = min(_BLOCK, self.size - start)
            block = np.frombuffer(self._bands.read(count * BANDS * 8), np.uint64)
            column[start : start + count] = block.reshape(count, BANDS)[:, number]
        return column[self.order]


_BLOCK = 2**16


class _Comparison:
    """Compares what shares a key, and remembers what went."""

    def __init__(self, search: Search, columns: _Columns) -> None:
        self._search = search
        self._columns = columns
        self._went: dict[int, int] = {}
        self._words = lru_cache(_WORDS_KEPT)(self._words_of)

    def duplicates(self) -> Iterator[Duplicate]:
        for later, earlier in self._pairs():
            if later in self._went:
                continue
            stays = self._root(earlier)
            if stays == later:
                continue
            verdict = self._compared(later, stays)
            if verdict is None:
                continue
            rule, share = verdict
            goes = later
            if rule == "updated" and self._is_later(later, stays):
                goes, stays = stays, later
            self._went[goes] = stays
            yield Duplicate(self._columns.place(goes), self._columns.place(stays), share, rule)

    def _pairs(self) -> Iterator[tuple[int, int]]:
        """Pairs of ranks that share a key, at least one of them new, by the later one's rank."""
        columns = self._columns
        keys = columns.keys
        found = np.union1d(self._sharing(keys["content"]), self._sharing(keys["id"]))
        if self._search.versions:
            found = np.union1d(found, self._sharing(keys["url"], keys["url"] != 0))
        if self._search.near:
            long_enough = keys["words"] >= FEWEST_WORDS
            for band in range(BANDS):
                found = np.union1d(found, self._sharing(columns.band(band), long_enough))
        for code in found.tolist():
            yield divmod(code, columns.size)

    def _sharing(
        self, column: NDArray[np.uint64], among: NDArray[np.bool_] | None = None
    ) -> NDArray[np.int64]:
        """later * size + earlier for each article and the first one with the same value, and the
        one just before it."""
        size = self._columns.size
        chosen = ~self._columns.gone if among is None else ~self._columns.gone & among
        ranks = np.flatnonzero(chosen)
        ranks = ranks[np.argsort(column[ranks], kind="stable")]
        values = column[ranks]
        begins = np.concatenate([[True], values[1:] != values[:-1]])[: len(ranks)]
        firsts = np.maximum.accumulate(np.where(begins, np.arange(len(ranks)), 0))
        rest = np.flatnonzero(~begins)
        rest = rest[ranks[rest] >= self._columns.first_new]
        later = ranks[rest]
        return np.concatenate([later * size + ranks[firsts[rest]], later * size + ranks[rest - 1]])

    def _compared(self, later: int, stays: int) -> tuple[Rule, float] | None:
        keys = self._columns.keys
        one, other = keys[later], keys[stays]
        if one["content"] == other["content"] and same_content(
            self._article(later), self._article(stays)
        ):
            return "same words", 1.0
        if self._is_same(later, stays, "id"):
            share = self._similarity(later, stays)
            return ("updated" if self._search.versions else "same id"), share or 0.0
        if self._search.versions and self._is_same(later, stays, "url"):
            return "updated", self._similarity(later, stays) or 0.0
        if self._search.near and min(one["words"], other["words"]) >= FEWEST_WORDS:
            share = self._similarity(later, stays)
            if share is not None:
                return "near", share
        return None

    def _is_same(self, later: int, stays: int, name: Literal["id", "url"]) -> bool:
        hashes = self._columns.keys[name]
        if not hashes[later] or hashes[later] != hashes[stays]:
            return False
        return bool(getattr(self._article(later), name) == getattr(self._article(stays), name))

    def _is_later(self, later: int, stays: int) -> bool:
        """Whether the article of the later rank is the later version: by date, else as it came."""
        dates = self._columns.keys["published"]
        if NEVER in (dates[later], dates[stays]):
            return True
        return bool(dates[later] >= dates[stays])

    def _similarity(self, one: int, other: int) -> float | None:
        return similarity(self._words(one), self._words(other))

    def _words_of(self, rank: int) -> Words:
        return words_of_text(self._article(rank).text)

    def _article(self, rank: int) -> Article:
        return self._search.article(self._columns.place(rank))

    def _root(self, rank: int) -> int:
        while rank in self._went:
            rank = self._went[rank]
        return rank
