"""Sentences about documents that a user has judged: reading, splitting, checking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, TypeAdapter

from pipeline.core.errors import InputError
from pipeline.sources.rows import Text, read_rows
from pipeline.train.files import Files, named, paths
from pipeline.train.held_out import is_test
from pipeline.train.summarizer.pairs import Split
from pipeline.train.support.statements import JUDGED, WRITTEN, Raw, Summary, grouped

FEWEST = 20
"""Claims of each label to learn from: of fewer, the folds hold too little."""


@dataclass(frozen=True, slots=True)
class _Pair:
    document: Text
    claim: Text
    label: bool
    title: str | None = None
    split: Split | None = None


_PAIR = TypeAdapter(
    Annotated[_Pair, BeforeValidator(lambda row: {**row, "split": row.get("split") or None})]
)


def read_judged(files: Files) -> list[Summary]:
    """Each claim as a summary of one sentence, and the supported ones once more as those of which
    errors are made. Documents that share text are in one split: `test` if one of theirs says so or,
    without a split, for a fifth of them by their text.

    Raises:
        InputError: a file cannot be read, a row is no such row, or there are too few of a label.
    """
    raw: list[Raw] = []
    splits: list[Split] = []
    true: dict[tuple[str, str | None], tuple[list[str], Split]] = {}
    for path in paths(files):
        hint = "a row has document, claim (a sentence), label (1 where it is supported, else 0)"
        for pair in read_rows(path, _PAIR, hint):
            split = pair.split or ("test" if is_test(pair.document) else "train")
            label = int(pair.label)
            raw.append(Raw(JUDGED, label, pair.title, pair.document, [pair.claim], [label]))
            splits.append(split)
            if label:
                key = (pair.document, pair.title)
                true.setdefault(key, ([], split))[0].append(pair.claim)
    for (document, title), (claims, split) in true.items():
        texts = list(dict.fromkeys(claims))
        raw.append(Raw(WRITTEN, 1, title, document, texts, [1] * len(texts)))
        splits.append(split)
    rows = grouped(raw, splits)
    _check(rows, files)
    return rows


def counts_of(rows: list[Summary]) -> Mapping[str, Mapping[str, int]]:
    """How many claims are supported and not, in each split."""
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        if row.set == JUDGED:
            found = counts.setdefault(row.split, {"supported": 0, "not_supported": 0})
            found["supported" if row.label else "not_supported"] += 1
    return counts


def _check(rows: list[Summary], files: Files) -> None:
    counts = counts_of(rows)
    if not counts:
        raise InputError(f"{named(files)}: no rows in it")
    for split, fewest in (("train", FEWEST), ("test", 1)):
        for label in ("supported", "not_supported"):
            count = counts.get(split, {}).get(label, 0)
            if count < fewest:
                what = "learn from" if split == "train" else "measure on, which are a fifth"
                raise InputError(
                    f"{named(files)}: {count} claims that are {label.replace('_', ' ')} to {what}; "
                    f"it takes at least {fewest} with label {int(label == 'supported')}: judge "
                    "more, or say of each row split=train or test"
                )
