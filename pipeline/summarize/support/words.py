"""Words as the support check compares them: plain forms, stems, their rarity, which are names."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pipeline.text.content_words import WORD, plain_word

_LONGEST = 64
"""Letters of a word that are looked at: what is longer is no word of a language."""

FUNCTION_WORDS = frozenset(
    "a about after all also an and any are as at be been before being between both but by can "
    "could did do does doing down during each few for from further had has have having he her "
    "here hers herself him himself his how i if in into is it its itself just me may might more "
    "most must my myself no nor not now of off on once only or other our ours out over own same "
    "say says said according she should so some such than that the their theirs them themselves "
    "then there these they this those through to too under until up us very was we were what "
    "when where which while who whom why will with would you your yours".split()
)
_NEGATIONS = frozenset(
    "no not never none nobody nothing neither nor without cannot deny denied denies fail failed "
    "fails refuse refused refuses reject rejected rejects unlikely unable".split()
)
_HEDGES = frozenset(
    "may might could would should can must will likely possibly possible probably reportedly "
    "allegedly alleged plans planned plan hopes hope expected set believed claims suspected "
    "accused".split()
)
PRONOUNS = frozenset("he she they it his her their its him them we i".split())

_ENDINGS = (
    ("ies", "y"), ("ied", "y"), ("sses", "ss"), ("ing", ""), ("edly", ""), ("ed", ""),
    ("ers", "er"), ("es", "e"), ("s", ""), ("ly", ""),
)  # fmt: skip
_LEAST_STEM = 3
_NAME_SHARE = 0.6
"""A word that stands with a capital inside sentences more often than this is a name."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word in its plain form, its stem, and whether it was written with a capital."""

    plain: str
    stem: str
    capital: bool

    @property
    def is_number(self) -> bool:
        return self.plain[0].isdigit()

    @property
    def is_content(self) -> bool:
        return self.plain not in FUNCTION_WORDS and (len(self.plain) > 1 or self.is_number)


def tokenize(text: str) -> list[Token]:
    """The words and numbers of a text, hyphenated words apart."""
    return [_token(match[:_LONGEST]) for match in WORD.findall(text)]


@lru_cache(maxsize=50_000)
def _token(word: str) -> Token:
    plain = plain_word(word).replace("’", "'")
    return Token(plain, _stem(plain), word[0].isupper())


def _stem(word: str) -> str:
    """The word without the endings of English inflection, after the first rules of Porter 1980."""
    if len(word) <= _LEAST_STEM or word[0].isdigit():
        return word
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) + len(instead) >= _LEAST_STEM:
            word = word[: len(word) - len(ending)] + instead
            break
    if len(word) > _LEAST_STEM and word[-1] == "e":
        word = word[:-1]
    if len(word) > _LEAST_STEM and word[-1] == word[-2] and word[-1] not in "sl":
        word = word[:-1]
    return word


def negations(words: Sequence[Token]) -> int:
    """How many words of a sentence deny something."""
    return sum(word.plain in _NEGATIONS or word.plain.endswith("n't") for word in words)


def hedges(words: Sequence[Token]) -> int:
    """How many words of a sentence say that something is not certain, or not yet."""
    return sum(word.plain in _HEDGES for word in words)


class Vocabulary:
    """How many articles of a news collection have a word, and how often it has a capital there.

    `documents` is the size of that collection; `frequencies` gives for each word the articles
    that have it, `capitals` the share of its uses inside sentences with a capital letter.
    """

    def __init__(
        self, documents: int, frequencies: Mapping[str, int], capitals: Mapping[str, float]
    ) -> None:
        self._rarity = {word: math.log(documents / n) for word, n in frequencies.items()}
        self._unknown = max(self._rarity.values(), default=1.0) + 1.0
        self._capitals = capitals

    def rarity(self, token: Token) -> float:
        """Inverse document frequency (natural logarithm); a number has that of a rare word."""
        return _NUMBER_RARITY if token.is_number else self._rarity.get(token.plain, self._unknown)

    def is_name(self, token: Token, inside: bool, article: Mapping[str, float]) -> bool:
        """Whether a content word is a name, however it is written here.

        `inside` says that it does not begin its sentence; `article` is the share of capitals of
        the words of the article, which knows better than a collection.
        """
        if token.is_number or not token.is_content:
            return False
        if token.plain in article:
            return article[token.plain] > _NAME_SHARE
        share = self._capitals.get(token.plain)
        return share is None or share > _NAME_SHARE or (inside and token.capital)


_NUMBER_RARITY = 4.0
"""That of a word in one of 55 articles: numbers tell much, but 10 and 2017 are everywhere."""
