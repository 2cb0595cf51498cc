"""Articles with partly known topics to train the topic classifier on: reading and splitting.

A data set that was labelled for some topics says nothing of the others: each row names the topics
that its labels `known` decide, and everything else about it is left open.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipeline.core.errors import InputError

Split = Literal["train", "validation", "test"]

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
    topics: tuple[str, ...]
    known: tuple[str, ...]
    any_of: tuple[str, ...] = ()


def read_topic_rows(path: Path) -> list[TopicRow]:
    """Rows of a JSONL file, also `.gz`: `text`, `topics`, `known`; optional `id`, `set`, `title`,
    `any_of`.

    Raises:
        InputError: the file cannot be read, or a line is no such row; names the line.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    rows = []
    try:
        with opener(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    rows.append(_row(line, f"{path}:{number}", str(number)))
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
    if not rows:
        raise InputError(f"{path}: no rows in this file")
    return rows


def _row(line: str, where: str, number: str) -> TopicRow:
    try:
        given = json.loads(line)
        topics, known = _codes(given["topics"]), _codes(given["known"])
        text, title = given["text"], given.get("title") or ""
        any_of = _codes(given.get("any_of") or [])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{where}: no row ({error}); each line is a JSON object with text, topics and known"
        ) from error
    if not isinstance(text, str) or not isinstance(title, str) or not (text + title).strip():
        raise InputError(f"{where}: text and title must be texts, one of them not empty")
    for name, codes in (("topics", topics), ("any_of", any_of)):
        beyond = sorted(set(codes) - set(known))
        if beyond:
            raise InputError(f"{where}: {name} has {beyond[0]}, which is not in known")
    name = str(given.get("set") or "")
    return TopicRow(str(given.get("id") or number), name, title, text, topics, known, any_of)


def _codes(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(code, str) for code in value):
        raise TypeError("topics, known and any_of are lists of codes")
    return tuple(value)


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
    return [_split_of(texts[number]) for number in first.tolist()]


def _split_of(text: str) -> Split:
    words = " ".join(re.findall(r"\w+", text.casefold())[:60])
    place = int(hashlib.sha256(words.encode()).hexdigest()[:8], 16) / 16**8
    if place < TEST_SHARE:
        return "test"
    return "validation" if place < TEST_SHARE + VALIDATION_SHARE else "train"
