"""What in the article carries a summary sentence: the plain check by words, names and numbers.

A name or number that the article lacks is listed (`facts`); the score is the share of content
words found in the best source sentences. No model is involved.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.article import SummarySentence
from pipeline.summarize.facts import Known, facts

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:[’'][^\W\d_]+)*")
_POSSESSIVE = re.compile(r"[’']s?$")
_MOST_SOURCES = 2
_STEM = 5
"""Letters that make two content words one: "elected" is carried by "election"; set by judgement."""

_FUNCTION_WORDS = frozenset(
    "a about after all also an and any are as at be been before between but by can could did "
    "do for from had has have he her his how if in into is it its may more most no nor not of "
    "on or other our over said she should so some such than that the their them then there "
    "these they this those to under up was we were what when where which while who will with "
    "would you".split()
)
_NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve".split()
    )
}


def check_support(
    sentences: Sequence[str], source: Sequence[str], title: str | None
) -> tuple[SummarySentence, ...]:
    """Each summary sentence with its score, source sentence indices and unsupported names."""
    source_words = [_content(sentence) for sentence in source]
    known = Known([*source, title or ""])
    return tuple(_check(sentence, source_words, known) for sentence in sentences)


def _check(sentence: str, source: Sequence[set[str]], known: Known) -> SummarySentence:
    words = _content(sentence)
    chosen: list[int] = []
    covered: set[str] = set()
    while len(chosen) < _MOST_SOURCES and words - covered:
        gains = [len((words - covered) & candidate) for candidate in source]
        if not gains or max(gains) == 0:
            break
        best = gains.index(max(gains))
        chosen.append(best)
        covered |= words & source[best]
    support = len(covered) / len(words) if words else 0.0
    unsupported = tuple(fact.text for fact in facts(sentence) if known.missing(fact))
    return SummarySentence(sentence, round(support, 4), tuple(sorted(chosen)), unsupported)


def _content(text: str) -> set[str]:
    return {_fold(word) for word in _WORD.findall(text)} - _FUNCTION_WORDS


def _fold(word: str) -> str:
    plain = _plain(word)
    return plain if plain in _FUNCTION_WORDS or plain[0].isdigit() else plain[:_STEM]


def _plain(word: str) -> str:
    """Lower case, without possessive or thousands separators, number words as digits."""
    plain = _POSSESSIVE.sub("", word.casefold())
    return plain.replace(",", "") if plain[0].isdigit() else _NUMBERS.get(plain, plain)
