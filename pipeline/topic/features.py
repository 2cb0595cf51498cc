"""An article as hashed words, pairs of words and parts of words: what the sparse half of the topic
classifier reads. Knows nothing of topics.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

BUCKETS = 1 << 18
"""Features are hashed into so many columns (Weinberger et al. 2009); 17 labels in bytes: 4.4 MB."""

WINDOW_WORDS = 250
MOST_WINDOWS = 8
"""Words beyond are left out: the vector of the dense half reads fewer still."""

_TITLE = 2.0
"""A word of the headline counts as often as this."""

_PART = 5
_PAIR_WEIGHT, _PART_WEIGHT = 0.7, 0.4
_WORD = re.compile(r"[^\W\d_]+|\d+")
_LONGEST_WORD = 30
_WORD_CHARACTERS = 40
"""Characters read for a word that a window may have: a bound on the time for one huge article."""


@dataclass(frozen=True, slots=True)
class Features:
    """Hashed features: `columns` ascending in 0..BUCKETS-1, and how much of each there is."""

    columns: NDArray[np.int32]
    amounts: NDArray[np.float32]


def features(title: str, text: str) -> Features:
    """The headline and the text: sums over windows of the logarithm of what each has.

    So a word that a long text repeats all over counts more than one that it repeats in one place.
    """
    head = _words(title)
    body = _words(text[: WINDOW_WORDS * MOST_WINDOWS * _WORD_CHARACTERS])
    starts = range(0, min(max(len(body), 1), WINDOW_WORDS * MOST_WINDOWS), WINDOW_WORDS)
    pieces = [body[start : start + WINDOW_WORDS] for start in starts]
    found = [_window(head, piece) for piece in pieces]
    if len(found) == 1:
        return found[0]
    columns, place = np.unique(np.concatenate([f.columns for f in found]), return_inverse=True)
    amounts = np.bincount(place, np.concatenate([f.amounts for f in found]), len(columns))
    return Features(columns, amounts.astype(np.float32))


def _words(text: str) -> list[str]:
    return [
        word[:_LONGEST_WORD] if not word.isdigit() else "0" * min(len(word), 4)
        for word in _WORD.findall(text.lower())
    ]


def _window(head: list[str], body: list[str]) -> Features:
    columns: list[int] = []
    amounts: list[float] = []
    for words, weight in ((head, _TITLE), (body, 1.0)):
        before = ""
        for word in words:
            own = _of_word(word)
            columns += own
            amounts.append(weight)
            amounts += [weight * _PART_WEIGHT] * (len(own) - 1)
            if before:
                columns.append(_hashed(f"{before} {word}"))
                amounts.append(weight * _PAIR_WEIGHT)
            before = word
    found, place = np.unique(np.array(columns, dtype=np.int32), return_inverse=True)
    total = np.bincount(place, amounts, len(found))
    return Features(found, np.log1p(total).astype(np.float32))


@lru_cache(maxsize=50_000)
def _of_word(word: str) -> tuple[int, ...]:
    """The word, then its parts of five letters with the marks of its beginning and end."""
    marked = f"<{word}>"
    parts = {marked[at : at + _PART] for at in range(len(marked) - _PART + 1)} - {marked}
    return (_hashed(word), *(_hashed(f"#{part}") for part in sorted(parts)))


def _hashed(feature: str) -> int:
    return zlib.crc32(feature.encode()) % BUCKETS
