"""Names, numbers and dates of a text, and whether another text has them in whatever form.

The forms that count as the same: inflection and possessives, accents, a country and its people,
acronyms and what they stand for, abbreviated months, days, states and titles, number words,
thousands separators, magnitudes (`1.5bn`, `$1.5 billion`), units and their multiples, percent,
fractions, ordinals, Roman numerals, and rounding that says so.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from pipeline.summarize.support.names import (
    SHARED,
    SMALL,
    SMALL_LETTERS,
    TITLES,
    acronyms,
    inflected,
    initials,
    is_acronym,
    is_common,
    is_name,
    is_own,
    numeral_forms,
    one_word_places,
    place_spans,
    stands_for,
    written_acronyms,
)
from pipeline.summarize.support.quantities import Quantities
from pipeline.summarize.support.sentence_facts import Fact, facts
from pipeline.summarize.support.words import FUNCTION_WORDS
from pipeline.text.fragments import places_of
from pipeline.text.numbers import roman
from pipeline.text.ordinary import is_ordinary
from pipeline.text.tokens import CALENDAR, MONTHS, plain, together

__all__ = ["Fact", "Known", "facts"]

_LETTERS = re.compile(r"[a-zà-ÿ]+|[^\W\d_]+")
_GLUED = FUNCTION_WORDS | {"told", "new"}
_LEAST_STEM = 4
_LEAST_GLUED = 6
"""Letters of a word that is taken for one of its own after a name: Georgetown is no George."""
_NEAR = 3
"""Tokens between a first and a last name: `Barack and Michelle Obama`."""
_PERCENT = ("percent", 1.0)
_TURNED = 2
"""How far they are apart as `Obama, Barack`."""


class Known:
    """What an article says, for asking whether it has a fact. Most of it is looked at only when a
    fact is not there word by word."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._tokens = together(texts)
        self._forms = set(self._tokens.words)
        self._words = {plain(word) for word in self._forms}

    @cached_property
    def _stems(self) -> Mapping[str, Collection[str]]:
        stems: dict[str, list[str]] = {}
        for word in self._words:
            stems.setdefault(word[:_LEAST_STEM], []).append(word)
        return stems

    @cached_property
    def _capitals(self) -> Collection[str]:
        """Words with a capital; all of them where the article has hardly one."""
        found = {plain(word) for word in self._forms if word[0].isupper()}
        return found if len(found) * 50 > len(self._words) else self._words

    @cached_property
    def _positions(self) -> Mapping[str, Sequence[int]]:
        return places_of([plain(word) for word in self._tokens.words])

    @cached_property
    def _quantities(self) -> Quantities:
        return Quantities(self._tokens)

    @cached_property
    def _places(self) -> Collection[str]:
        codes = {code for _, _, code in place_spans(self._tokens.words)}
        return codes | {code.partition("-")[0] for code in codes}

    @cached_property
    def _acronyms(self) -> Collection[str]:
        return acronyms(self._tokens.words)

    @cached_property
    def _written_acronyms(self) -> Collection[str]:
        return written_acronyms(self._tokens.words)

    def missing(self, fact: Fact) -> bool:
        """Whether the article has the fact in no form."""
        if fact.kind == "name":
            return any(
                self._lacks_name(part) and not self._has_glued_name(part) for part in _parts(fact)
            )
        if fact.kind != "number" and self._has_glued(fact.text):
            return False
        assert fact.value is not None
        there = self._quantities
        match fact.kind:
            case "number":
                return not self._has_number(fact)
            case "quantity":
                return self._has_number(fact) and not there.has_quantity(
                    fact.value, fact.other, fact.unit, fact.rounded
                )
            case "pair":
                pair = (fact.value, fact.second)
                return all(map(there.has_value, pair)) and not there.has_pair(*pair)
            case "date":
                month = next(name for name, n in MONTHS.items() if n == fact.second)
                known = month in self._capitals and there.has_value(fact.value)
                return known and not there.has_date(int(fact.second), int(fact.value))
            case "share":
                return not there.has_share(fact.value, fact.rounded)

    def _has_number(self, fact: Fact) -> bool:
        assert fact.value is not None
        there = self._quantities
        if _PERCENT in fact.unit and there.has_fraction(fact.value):
            return True
        return there.has_value(fact.value, fact.rounded, fact.falling) or (
            fact.other is not None and there.has_value(fact.other, fact.rounded)
        )

    def _lacks_name(self, fact: Fact) -> bool:
        words = [word for word in fact.words if plain(word) not in TITLES]
        opening = fact.words[0] if fact.opens and words[:1] == [fact.words[0]] else ""
        if opening and (is_common(opening) or plain(opening) in self._words):
            words = words[1:]
        if any(self._lacks(word) for word in words):
            lacking = [word for word in self._open_words(fact, words) if self._lacks(word)]
            if any(not roman(word) for word in lacking):
                return True
        return len(words) > 1 and (self._lacks_numeral(words) or self._is_apart(words))

    def _open_words(self, fact: Fact, words: Sequence[str]) -> list[str]:
        """Those of the words of a name that no place or acronym of the article speaks for."""
        letters = initials(fact.words)
        if (
            len(letters) > 1
            and letters in self._written_acronyms
            and stands_for(letters, fact.words)
        ):
            return []  # United Nations, where the article has UN
        spoken_for = {
            position
            for start, end, code in place_spans(fact.words)
            if code in self._places
            for position in range(start, end)
        }
        return [
            word
            for position, word in enumerate(fact.words)
            if word in words and position not in spoken_for
        ]

    def _lacks(self, word: str) -> bool:
        form = plain(word)
        if form in self._words:
            any_case = form not in CALENDAR and (form in SHARED or is_common(word))
            if word in self._forms or any_case:
                return False
            return form not in self._capitals
        if form in SMALL or len(form) <= 1:
            return False
        if is_acronym(word) and (form in self._acronyms or self._has_small(form)):
            return False
        if form in one_word_places() or form in CALENDAR:
            return True
        if form[-1] == "s" and is_acronym(word[:-1]) and form[:-1] in self._words:
            return False  # MPs
        near = self._stems.get(form[:_LEAST_STEM], ())
        return not any(inflected(form, other) for other in near)

    def _has_small(self, acronym: str) -> bool:
        full = SMALL_LETTERS.get(acronym)
        return full is not None and full in self._tokens.text.casefold()

    def _lacks_numeral(self, words: Sequence[str]) -> bool:
        """Whether the name before a Roman numeral has another one, or none: World War II, or Two,
        is no World War I."""
        for before, word in itertools.pairwise(words):
            value = roman(word)
            if value and len(before) > 1 and not before.endswith("."):
                forms = numeral_forms(word, value)
                low = self._tokens.words
                near = [
                    low[at].casefold()
                    for position in self._positions.get(plain(before), ())
                    for at in (position - 2, position - 1, position + 1)
                    if 0 <= at < len(low)
                ]
                if near and forms.isdisjoint(near):
                    return True
        return False

    def _is_apart(self, words: Sequence[str]) -> bool:
        """Whether two words that follow each other in a name belong to different names there."""
        if " ".join(words) in self._tokens.text:
            return False
        for one, other in itertools.pairwise(words):
            if is_own(one) and is_own(other):
                first = self._positions.get(plain(one), ())
                second = self._positions.get(plain(other), ())
                if any(self._is_one_name(a, b) for a in first for b in second):
                    continue
                if first and second and (self._is_taken(first) or self._is_taken(second)):
                    return True
        return False

    def _is_one_name(self, first: int, last: int) -> bool:
        """Whether two words stand together: side by side in any order, or with names between, or
        as in `Barack and Michelle Obama`."""
        if abs(first - last) == 1:
            return True
        between = self._tokens.words[first + 1 : last]
        if not 0 < len(between) <= _NEAR:
            return first - last == _TURNED and self._tokens.words[last + 1] == ","
        if between[0] in ("and", "&"):
            between = between[1:]
        return all(is_name(word) or word in SMALL or word == "." for word in between)

    def _is_taken(self, positions: Iterable[int]) -> bool:
        """Whether a word is part of a longer name wherever it stands."""
        words = self._tokens.words
        return all(
            any(
                0 <= near < len(words) and is_name(words[near]) and is_own(words[near])
                for near in (position - 1, position + 1)
            )
            for position in positions
        )

    def _has_glued_name(self, name: Fact) -> bool:
        """The same of a name, or of each of those that `of` joins: `Ward of Duke University`."""
        if self._has_glued(name.text):
            return True
        words = name.words[1:] if name.opens and is_common(name.words[0]) else name.words
        parts = " ".join(words).split(" of ")
        return all(
            self._has_glued(part) or not any(map(self._lacks, part.split())) for part in parts
        ) and (len(parts) > 1 or len(words) < len(name.words))

    def _has_glued(self, text: str) -> bool:
        """Whether the article has it where the space before or after it was lost: `inMayfor`."""
        article, start = self._tokens.text, -1
        while (start := article.find(text, start + 1)) >= 0:
            end = start + len(text)
            before = article[max(0, start - 1) : start]
            rest = _LETTERS.match(article, end)
            after = rest.group() if rest else ""
            if before[:1].isdigit() or before in (".", ",") or article[end : end + 1].isdigit():
                continue
            if not after or after in _GLUED:
                return True
            if len(after) >= _LEAST_GLUED and is_ordinary(after):
                return True
        return False


def _parts(fact: Fact) -> list[Fact]:
    """A name cut where a possessive ends one name and begins another: `Iran's Foreign Ministry`."""
    cuts = [n for n, word in enumerate(fact.words, 1) if word[-2:] in ("'s", "’s", "s'", "s’")]
    if not cuts or (cuts[-1] == len(fact.words) and len(cuts) == 1):
        return [fact]
    bounds = [0, *cuts, *([len(fact.words)] if cuts[-1] < len(fact.words) else [])]
    return [
        replace(fact, text=" ".join(words), words=words, opens=fact.opens and start == 0)
        for start, end in itertools.pairwise(bounds)
        if (words := fact.words[start:end])
    ]
