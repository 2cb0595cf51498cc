"""What the cross-encoder learns from: each sentence with the source sentences it is held against,
whether they support it, and how much that counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from pipeline.summarize.support.premise import held_against
from pipeline.summarize.support.reading import Read, read
from pipeline.summarize.support.source import Source
from pipeline.summarize.support.words import Vocabulary
from pipeline.train.summarizer.pairs import Split
from pipeline.train.support.role_corruptions import corrupted
from pipeline.train.support.statements import WRITTEN, Summary
from pipeline.train.support.true_sentences import true_sentence

MADE = "made"
"""The set of sentences that are made from articles and their summaries."""

_CORRUPTIONS = 2
_OWN_SENTENCES = 3
_OTHERS = 120
_BLAMED = 0.5
"""Weight of a sentence that is laid to be the wrong one of its summary because it shares least."""


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence, the text it is held against, and its label; `row` is the summary of whose article
    it is, `number` its place there, `kind` how it was made, if it was."""

    premise: str
    text: str
    label: int
    weight: float
    set: str
    kind: str
    group: int
    split: Split
    row: int
    number: int


def examples(rows: Sequence[Summary], vocabulary: Vocabulary, seed: int) -> Iterator[Example]:
    """One for every sentence, those of unknown label with weight 0, and the made ones."""
    random = Random(seed)  # noqa: S311 - reproducible draws, no secret
    true_of: dict[tuple[str, int], set[str]] = defaultdict(set)
    for row in rows:
        if row.label:
            true_of[row.set, row.group].update(row.sentences)
    sources: dict[int, Source] = {}
    written = [at for at, row in enumerate(rows) if row.set == WRITTEN and row.split == "train"]
    for at, row in enumerate(rows):
        key = id(row.source)
        if key not in sources:
            sources = {key: Source(row.source, row.title)}
        source = sources[key]
        readings = [read(text, source, vocabulary) for text in row.sentences]
        weighted = _weighted(row, readings, true_of[row.set, row.group])
        for number, (text, reading, (label, weight)) in enumerate(
            zip(row.sentences, readings, weighted, strict=True)
        ):
            yield Example(
                held_against(reading, source, row.title), text, label, weight, row.set,
                "", row.group, row.split, at, number,
            )  # fmt: skip
        if row.set == WRITTEN:
            for text, label, kind, place in _made(at, rows, written, vocabulary, random):
                given = rows[place]
                against = Source(given.source, given.title)
                reading = read(text, against, vocabulary)
                yield Example(
                    held_against(reading, against, given.title), text, label, 1.0, MADE, kind,
                    row.group, row.split, place, 0,
                )  # fmt: skip


def _weighted(row: Summary, readings: Sequence[Read], true: set[str]) -> list[tuple[int, float]]:
    """Label and weight of each sentence. In a summary with an error somewhere, a sentence that a
    right summary of the same document has is right; of the others, one is to blame."""
    if -1 not in row.verdicts:
        return [(verdict, 1.0) for verdict in row.verdicts]
    others = [n for n, text in enumerate(row.sentences) if text not in true]
    if true and others and len(others) < len(row.sentences):
        sure = len(others) == 1
        return [
            (0, 1.0 if sure else _BLAMED) if n in others else (1, 1.0)
            for n in range(len(row.sentences))
        ]
    shares = [max(reading.overlap, default=0.0) for reading in readings]
    worst = min(range(len(shares)), key=shares.__getitem__)
    return [(0, _BLAMED if n == worst else 0.0) for n in range(len(shares))]


def _made(
    at: int, rows: Sequence[Summary], written: Sequence[int], vocabulary: Vocabulary, random: Random
) -> Iterator[tuple[str, int, str, int]]:
    """Sentences made true or false of a written summary and its article, how, and the row of the
    article that they are held against."""
    row = rows[at]
    for text in row.sentences:
        for false, kind in corrupted(text, row.source, random, _CORRUPTIONS):
            yield false, 0, kind, at
    for _ in range(_OWN_SENTENCES):
        own = true_sentence(row.source, random)
        if own is None:
            continue
        yield own[0], 1, own[1], at
        for false, kind in corrupted(own[0], row.source, random, 1):
            yield false, 0, f"own {kind}", at
    text = random.choice(row.sentences)
    weights = read(text, Source(row.source, row.title), vocabulary).weights
    pool = random.sample(written, min(_OTHERS, len(written)))
    likest = max(
        (n for n in pool if rows[n].group != row.group),
        key=lambda other: sum(
            weight
            for stem, weight in weights.items()
            if any(stem in sentence.lower() for sentence in rows[other].source)
        ),
        default=None,
    )
    if likest is not None:
        yield text, 0, "article", likest
