"""A summary sentence read against its article: its words, names and facts, and which sentences of
the article share most with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.summarize.support.facts import Fact, facts
from pipeline.summarize.support.source import Source
from pipeline.summarize.support.words import Token, Vocabulary, tokenize

_CANDIDATES = 2
_LEAD = 1
"""Sentences that the encoder compares: the two that share most, and the first. More do not make the
scores better and are most of the time (balanced accuracy 0.705 with these, 0.701 with 4 and 2)."""


@dataclass(frozen=True, slots=True)
class Read:
    """A summary sentence read against its article: words, facts, and where they are from.

    `weights` is the rarity of each stem of a content word; `overlap` the share of it that each
    sentence of the article has; `best` and `second` are the sentences that have most together,
    -1 for none; `candidates` those that the encoder is to compare, the best first.
    """

    text: str
    tokens: list[Token]
    content: list[Token]
    names: list[Token]
    facts: list[Fact]
    missing: list[Fact]
    weights: dict[str, float]
    overlap: list[float]
    best: int
    second: int
    candidates: list[int]


def read(sentence: str, source: Source, vocabulary: Vocabulary) -> Read:
    """A sentence with what its features and its sources are found by."""
    tokens = tokenize(sentence)
    content = [token for token in tokens if token.is_content]
    names = [
        token
        for position, token in enumerate(tokens)
        if token.is_content and vocabulary.is_name(token, position > 0, source.capitals)
    ]
    found = facts(sentence)
    weights = {token.stem: vocabulary.rarity(token) for token in content}
    total = sum(weights.values()) or 1.0
    overlap = [share / total for share in source.overlap(weights)]
    best = _first_best(overlap)
    left = {
        stem: weight
        for stem, weight in weights.items()
        if best < 0 or best not in source.having(stem)
    }
    order = sorted(range(len(source.sentences)), key=lambda n: (-overlap[n], n))
    shared = [n for n in order[:_CANDIDATES] if overlap[n] > 0]
    lead = [n for n in range(min(_LEAD, len(source.sentences))) if n not in shared]
    return Read(
        text=sentence,
        tokens=tokens,
        content=content,
        names=names,
        facts=found,
        missing=[fact for fact in found if source.known.missing(fact)],
        weights=weights,
        overlap=overlap,
        best=best,
        second=_first_best(source.overlap(left)),
        candidates=[*shared, *lead],
    )


def _first_best(shares: Sequence[float]) -> int:
    """Where the greatest share is first; -1 if all are zero."""
    most = max(shares, default=0.0)
    return shares.index(most) if most > 0 else -1
