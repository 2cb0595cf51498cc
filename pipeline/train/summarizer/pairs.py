"""Article and summary pairs to train a summarizer on: reading, cleaning, choosing, splitting."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, TypeAdapter, ValidationInfo

from pipeline.core.errors import InputError
from pipeline.sources.rows import Text, read_rows
from pipeline.summarize.support.facts import Known, facts
from pipeline.text.sentences import split_sentences

Split = Literal["train", "validation", "test"]

_TEST_SHARE = 0.05
_VALIDATION_SHARE = 0.10
_SHINGLE = 8
"""Words; two articles that share one run of them quote each other or are the same."""
_MOST_SHARED = 0.2
"""Share of its shingles with held-out articles from which on a training article is left out."""


@dataclass(frozen=True, slots=True)
class Pair:
    """An article, a summary of it, and how that was asked for (`form`)."""

    id: str
    text: Text
    summary: Text
    form: Text
    split: Split = "train"


def _filled(row: Mapping[str, object], place: ValidationInfo) -> Mapping[str, object]:
    """The row with what it may lack: its number as its id, and the split by its text."""
    return {
        **row,
        "id": str(row.get("id") or place.context),
        "split": row.get("split") or split_of(str(row.get("text"))),
    }


_PAIR = TypeAdapter(Annotated[Pair, BeforeValidator(_filled)])


def read_pairs(path: Path) -> list[Pair]:
    """Pairs of a file of rows: `text`, `summary`, `form`, and where given `id`, `split`.

    A row without `split` is held out or not by its text (`split_of`).

    Raises:
        InputError: the file cannot be read, or a row is not such a pair; names it.
    """
    pairs = list(read_rows(path, _PAIR, "a pair has text, summary and form"))
    if not pairs:
        raise InputError(f"{path}: no pairs in this file")
    return pairs


def split_of(text: str) -> Split:
    """Where a document belongs, by a digest of its words: 5% test, 10% validation, always the
    same, in whatever file it comes."""
    words = " ".join(re.findall(r"\w+", text.casefold())[:60])
    place = int(hashlib.sha256(words.encode()).hexdigest()[:8], 16) / 16**8
    if place < _TEST_SHARE:
        return "test"
    return "validation" if place < _TEST_SHARE + _VALIDATION_SHARE else "train"


def is_supported(summary: str, text: str) -> bool:
    """Whether every name, number and date of the summary is in the text: who trains on others
    teaches a model to invent."""
    known = Known([text])
    return not any(known.missing(fact) for s in split_sentences(summary) for fact in facts(s))


def without_held_out(pairs: Iterable[Pair]) -> list[Pair]:
    """The pairs without training articles that share a fifth of their text with held-out ones."""
    pairs = list(pairs)
    held = {s for pair in pairs if pair.split != "train" for s in _shingles(pair.text)}
    return [
        pair
        for pair in pairs
        if pair.split != "train" or _shared(_shingles(pair.text), held) < _MOST_SHARED
    ]


def _shared(shingles: set[int], held: set[int]) -> float:
    return len(shingles & held) / max(len(shingles), 1)


def _shingles(text: str) -> set[int]:
    words = re.findall(r"\w+", text.casefold())
    return {hash(tuple(words[n : n + _SHINGLE])) for n in range(len(words) - _SHINGLE + 1)}
