"""Which sentences of an article a summary sentence is held against, to be read word by word: those
that it was made from where they are known, then those that share most with it."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.summarize.support.reading import Read
from pipeline.summarize.support.source import Source
from pipeline.summarize.support.words import PRONOUNS

_MOST_SENTENCES = 4
_MOST_WORDS = 80
"""About a hundred tokens: what the reading of a sentence costs grows with them."""

_KNOWN = 0.3
"""How much a word counts that another chosen sentence has already, against a new one."""

_LEAST = 0.08
"""Share of the sentence, by rarity, that a further source must have of it."""


def premise(reading: Read, source: Source, given: Sequence[int] = ()) -> list[int]:
    """Numbers of source sentences in their order: `given` ones, then by what each adds to them.

    A sentence that opens with a pronoun brings the one before it along.
    """
    count = len(source.sentences)
    total = sum(reading.weights.values()) or 1.0
    chosen = list(dict.fromkeys(n for n in given if 0 <= n < count))
    words = sum(len(source.tokens[n]) for n in chosen)
    having = {stem: {n for n in source.having(stem) if n < count} for stem in reading.weights}
    while len(chosen) < _MOST_SENTENCES:
        merits: dict[int, float] = {}
        for stem, weight in reading.weights.items():
            known = not having[stem].isdisjoint(chosen)
            for n in having[stem]:
                merits[n] = merits.get(n, 0.0) + weight * (_KNOWN if known else 1.0)
        best = min(
            (n for n in merits if n not in chosen), key=lambda n: (-merits[n], n), default=None
        )
        if best is None or (chosen and merits[best] < _LEAST * total):
            break
        size = len(source.tokens[best])
        if chosen and words + size > _MOST_WORDS:
            break
        chosen.append(best)
        words += size
    if not chosen and count:
        chosen = [0]
    for n in tuple(chosen):
        opens_with = source.tokens[n][0].plain if source.tokens[n] else ""
        if n and n - 1 not in chosen and opens_with in PRONOUNS:
            size = len(source.tokens[n - 1])
            if words + size <= _MOST_WORDS:
                chosen.append(n - 1)
                words += size
    return sorted(chosen)


def held_against(
    reading: Read, source: Source, title: str | None, given: Sequence[int] = ()
) -> str:
    """The title and the sentences that a sentence is held against, as one text."""
    parts = [source.sentences[n] for n in premise(reading, source, given)]
    return " ".join([f"{title.rstrip('.')}.", *parts] if title else parts)
