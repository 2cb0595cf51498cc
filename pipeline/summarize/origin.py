"""How a summary sentence came about, told from its words and those of the article alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from pipeline.article import How, SummarySentence

_WORD = re.compile(r"\w+(?:[.,’'\-]\w+)*|[%$£€]")

_LEAST_NEW = 0.2
"""Share of its bigrams that its source sentences lack, from which on a sentence is rewritten."""


def how_of(text: str, sources: Sequence[str]) -> How:
    """How a sentence came about of these source sentences, whatever it is said to be.

    `as_is` has the words of one of them; `shortened` is one with words left out, or has fewer
    than a fifth of new bigrams; anything else is `rewritten`. Capitals and punctuation count for
    nothing.
    """
    own = words_of(text)
    words = [words_of(source) for source in sources]
    if own in words:
        return "as_is"
    shortened = any(_is_subsequence(own, other) for other in words)
    new = share_of_new_bigrams(text, sources)
    return "shortened" if shortened or new < _LEAST_NEW else "rewritten"


def share_of_new_bigrams(text: str, sources: Sequence[str]) -> float:
    """Share of a sentence's bigrams that none of the source sentences has; 0 where it has none."""
    bigrams = list(pairwise(words_of(text)))
    known = {bigram for source in sources for bigram in pairwise(words_of(source))}
    return sum(bigram not in known for bigram in bigrams) / max(len(bigrams), 1)


def with_origin(
    sentences: Sequence[SummarySentence], source: Sequence[str]
) -> tuple[SummarySentence, ...]:
    """The sentences with `how` they came about of an article's sentences.

    A copy is one wherever in the article it stands; new bigrams are counted against the
    sentences that carry it.
    """
    copies = {tuple(words_of(sentence)) for sentence in source}
    return tuple(
        replace(sentence, how="as_is")
        if tuple(words_of(sentence.text)) in copies
        else replace(
            sentence, how=how_of(sentence.text, [source[n] for n in sentence.source_sentences])
        )
        for sentence in sentences
    )


def words_of(text: str) -> list[str]:
    """The words, numbers and signs of currency, in lower case."""
    return _WORD.findall(text.casefold().replace("’", "'"))


def _is_subsequence(words: Sequence[str], source: Sequence[str]) -> bool:
    following = iter(source)
    return all(word in following for word in words)
