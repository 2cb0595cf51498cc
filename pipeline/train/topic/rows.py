"""Articles with partly known topics to train the topic classifier on: reading and splitting.

A data set that was labelled for some topics says nothing of the others: each row names the topics
that its labels `known` decide, and everything else about it is left open.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, TypeAdapter, ValidationInfo

from pipeline.core.errors import InputError
from pipeline.evaluate.cells import Codes, listed
from pipeline.sources.rows import read_rows
from pipeline.train.summarizer.pairs import Split, split_by_words

TEST_SHARE = 0.2
VALIDATION_SHARE = 0.1

_WORDS = 200
_SHINGLE = 3
_HASHES = 8
_BAND = 2
"""Texts that agree in the two least hashes of any of four bands are near-duplicates: of texts
that share 80% of their runs of three words 98% are found, of those that share 20%, 15%."""
_PRIME = np.uint64((1 << 61) - 1)


@dataclass(frozen=True, slots=True)
class TopicRow:
    """An article, its topics, and the topics whose presence or absence its labels decide.

    `any_of`: at least one of these is right, and nothing says which; they are in `known` and not
    in `topics`. `set` is the data set, for balancing and for leaving it out.
    """

    id: str
    set: str
    title: str
    text: str
    topics: Annotated[Codes, BeforeValidator(listed)]
    known: Annotated[Codes, BeforeValidator(listed)]
    any_of: Annotated[Codes, BeforeValidator(lambda value: listed(value) or ())] = ()

    def __post_init__(self) -> None:
        if not f"{self.title}{self.text}".strip():
            raise ValueError("text and title are empty; one of them is needed")
        for name, codes in (("topics", self.topics), ("any_of", self.any_of)):
            beyond = sorted(set(codes) - set(self.known))
            if beyond:
                raise ValueError(f"{name} has {beyond[0]}, which is not in known")


def _filled(row: Mapping[str, object], place: ValidationInfo) -> Mapping[str, object]:
    """The row with what it may lack: its number as its id, no set, no title."""
    return {
        **row,
        "id": str(row.get("id") or place.context),
        "set": str(row.get("set") or ""),
        "title": row.get("title") or "",
    }


_ROW = TypeAdapter(Annotated[TopicRow, BeforeValidator(_filled)])


def read_topic_rows(path: Path) -> list[TopicRow]:
    """Rows of a file: `text`, `topics`, `known`; optional `id`, `set`, `title`, `any_of`.

    Raises:
        InputError: the file cannot be read, or a row is no such row; names it.
    """
    rows = list(read_rows(path, _ROW, "a row has text, topics and known, both lists of codes"))
    if not rows:
        raise InputError(f"{path}: no rows in this file")
    return rows


def groups(texts: Sequence[str]) -> NDArray[np.int64]:
    """A number for each text, the same for near-duplicates (MinHash, Broder 1997); the number of
    a group is the place of its first text."""
    draw = np.random.default_rng(0)
    factors = draw.integers(1, 1 << 29, _HASHES).astype(np.uint64)
    shifts = draw.integers(0, 1 << 61, _HASHES).astype(np.uint64)
    parent = list(range(len(texts)))

    def root(one: int) -> int:
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    seen: dict[tuple[int, ...], int] = {}
    for number, text in enumerate(texts):
        hashes = _shingles(text)
        least = ((hashes[:, None] * factors + shifts) % _PRIME).min(axis=0).tolist()
        for band in range(0, _HASHES, _BAND):
            key = (band, *least[band : band + _BAND])
            one, other = sorted((root(seen.setdefault(key, number)), root(number)))
            parent[other] = one
    return np.array([root(number) for number in range(len(texts))], dtype=np.int64)


def _shingles(text: str) -> NDArray[np.uint64]:
    words = re.findall(r"\w+", text.casefold())[:_WORDS]
    last = max(1, len(words) - _SHINGLE + 1)
    runs = (" ".join(words[start : start + _SHINGLE]) for start in range(last))
    return np.fromiter((zlib.crc32(run.encode()) for run in runs), np.uint64, last)


def splits(rows: Sequence[TopicRow]) -> list[Split]:
    """Where each row belongs, by a digest of the first text of its near-duplicates: 20% test, 10%
    validation."""
    texts = [f"{row.title}\n{row.text}" for row in rows]
    first = groups(texts)
    return [split_by_words(texts[n], TEST_SHARE, VALIDATION_SHARE) for n in first.tolist()]
