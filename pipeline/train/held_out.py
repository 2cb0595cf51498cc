"""Which documents the shipped models were never trained on: one list for every model and file."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from functools import cache
from itertools import islice

from pipeline.core.resources import resource
from pipeline.train.summarizer.pairs import Split

LIST = "held_out.txt"
"""In `models/`: a key a line, sorted; written by `scripts/models/hold_out.py`."""

_LETTERS = 160
"""Letters and digits that tell a document, whatever its quotes, spaces and capitals."""
_DIGITS = 10
"""Hexadecimal digits of a key: among 150,000 documents two share one with a chance of 1%."""
_VALIDATION_SHARE = 0.06
_TEST_SHARE = 0.2


def document_key(text: str) -> str:
    """The key of a document: a digest of its first letters and digits."""
    letters = "".join(islice(filter(str.isalnum, text.casefold()), _LETTERS))
    return hashlib.sha256(letters.encode()).hexdigest()[:_DIGITS]


@cache
def held_out() -> Collection[str]:
    """Keys of the documents that no training may see."""
    return frozenset((resource("models") / LIST).read_text(encoding="ascii").split())


def document_split(text: str) -> Split:
    """Where a document belongs, in whatever file it comes: `test` where it is on the list, else
    `validation` for 6% of the others, by their key."""
    key = document_key(text)
    if key in held_out():
        return "test"
    return "validation" if share_of(key) < _VALIDATION_SHARE else "train"


def is_test(text: str) -> bool:
    """Whether a document of a user's own that has no split is measured on: a fifth are."""
    return share_of(document_key(text)) < _TEST_SHARE


def share_of(key: str) -> float:
    """A number in 0..1, spread evenly over keys and independent of what the list was drawn by."""
    return int(key[-8:], 16) / 16**8
