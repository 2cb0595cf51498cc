"""Article and summary pairs to train a summarizer on: reading, cleaning, choosing, splitting."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from pipeline.core.errors import InputError
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
    text: str
    summary: str
    form: str
    split: Split = "train"


def read_pairs(path: Path) -> list[Pair]:
    """Pairs of a JSONL file, also `.gz`: `text`, `summary`, `form`, and where given `id`, `split`.

    A line without `split` is held out or not by its text (`split_of`).

    Raises:
        InputError: the file cannot be read, or a line is not such a pair; names it.
    """
    pairs = []
    for number, line in _lines(path):
        where = f"{path}:{number}"
        try:
            row = json.loads(line)
            text, summary, form = row["text"], row["summary"], row["form"]
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{where}: not a pair ({error}); each line is a JSON object with text, summary "
                "and form"
            ) from error
        split = row.get("split") or split_of(str(text))
        if not all(isinstance(value, str) and value.strip() for value in (text, summary, form)):
            raise InputError(f"{where}: text, summary and form must be texts that are not empty")
        if split not in get_args(Split):
            raise InputError(f"{where}: split {split!r} is none of {', '.join(get_args(Split))}")
        pairs.append(Pair(str(row.get("id") or number), text, summary, form, split))
    if not pairs:
        raise InputError(f"{path}: no pairs in this file")
    return pairs


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8") as lines:
            yield from ((n, line) for n, line in enumerate(lines, start=1) if line.strip())
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error


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
