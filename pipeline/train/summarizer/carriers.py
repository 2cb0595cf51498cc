"""Which sentences of an article a written summary draws on: alignment of words, names, numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.summarize.support.facts import Known, facts
from pipeline.text.content_words import content_words

_LEAST_GAIN = 0.15
"""Share of a summary sentence's words, by rarity, that a further source sentence has to add."""
_RARE = 2.7
"""Natural logarithm of documents by those with a word (1 in 15) from which on a word is a detail:
it has to come from the sentences that the model reads. With 4.0 about one pair in five that was
read had a claim from elsewhere."""

Rarity = Mapping[str, float]
"""Inverse document frequency of folded content words (`content_words`)."""


def carriers(
    targets: Sequence[str], source: Sequence[str], title: str | None, rarity: Rarity
) -> list[int]:
    """Indices of the source sentences, in order, that together carry the target sentences.

    For each target greedily the one that adds most of its words, rare ones first; then those that
    have a name, number or rare word of the article that is still missing.
    """
    words = [set(content_words(sentence)) for sentence in source]
    chosen: set[int] = set()
    for target in targets:
        chosen |= _aligned(target, words, rarity)
    for target in targets:
        _complete(target, source, title, chosen)
        for detail in details_missing(target, [source[n] for n in chosen], source, title, rarity):
            chosen.add(next(n for n, own in enumerate(words) if detail in own))
    return sorted(chosen)


def details_missing(
    target: str, chosen: Sequence[str], source: Sequence[str], title: str | None, rarity: Rarity
) -> set[str]:
    """Rare words of the target that the article has, but not the chosen sentences: taken from
    elsewhere. A word that is nowhere in the article is the writer's own."""
    read = set(content_words(" ".join([title or "", *chosen])))
    article = set(content_words(" ".join(source)))
    unread = (set(content_words(target)) & article) - read
    return {word for word in unread if rarity.get(word, _RARE) >= _RARE}


def _aligned(target: str, words: Sequence[set[str]], rarity: Rarity) -> set[int]:
    in_article = set().union(*words)
    open_words = {w: rarity.get(w, _RARE) for w in set(content_words(target)) & in_article}
    total = sum(open_words.values())
    found: set[int] = set()
    while open_words and total:
        gains = [sum(open_words.get(word, 0.0) for word in own) / total for own in words]
        best = max(range(len(gains)), key=gains.__getitem__)
        if gains[best] < _LEAST_GAIN:
            break
        found.add(best)
        open_words = {word: w for word, w in open_words.items() if word not in words[best]}
    return found


def _complete(target: str, source: Sequence[str], title: str | None, chosen: set[int]) -> None:
    """Add the first sentence that has a name or number that the chosen ones lack."""
    for fact in facts(target):
        if Known([title or "", *(source[n] for n in chosen)]).missing(fact):
            having = (n for n, text in enumerate(source) if not Known([text]).missing(fact))
            chosen.update([n for n in [next(having, None)] if n is not None])
