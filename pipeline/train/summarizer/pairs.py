"""Article and summary pairs to train a summarizer on: reading, cleaning, choosing, splitting."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
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
    """Where a document belongs: 5% test, 10% validation."""
    return split_by_words(text, _TEST_SHARE, _VALIDATION_SHARE)


def split_by_words(text: str, test: float, validation: float) -> Split:
    """Where a document belongs when such shares are held out, by a digest of its words: always the
    same, in whatever file it comes."""
    words = " ".join(re.findall(r"\w+", text.casefold())[:60])
    place = int(hashlib.sha256(words.encode()).hexdigest()[:8], 16) / 16**8
    if place < test:
        return "test"
    return "validation" if place < test + validation else "train"


def is_supported(summary: str, text: str) -> bool:
    """Whether every name, number and date of the summary is in the text: who trains on others
    teaches a model to invent."""
    known = Known([text])
    return not any(known.missing(fact) for s in split_sentences(summary) for fact in facts(s))
