"""Names, numbers and dates of a text, and whether another text has them in whatever form.

The forms that count as the same: inflection and possessives, accents, a country and its people,
acronyms and what they stand for, abbreviated months, days, states and titles, number words,
thousands separators, magnitudes (`1.5bn`, `$1.5 billion`), units and their multiples, percent,
fractions, ordinals, Roman numerals, and rounding that says so.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from pipeline.summarize.names import (
    SHARED,
    SMALL,
    TITLES,
    acronyms,
    begins,
    capitalised,
    inflected,
    initials,
    is_acronym,
    is_common,
    is_name,
    is_own,
    one_word_places,
    place_spans,
    stands_for,
    written_acronyms,
)
from pipeline.summarize.quantities import Quantities
from pipeline.summarize.support_words import FUNCTION_WORDS
from pipeline.text.numbers import Number, is_falling, numbers
from pipeline.text.ordinary import is_ordinary
from pipeline.text.shares import shares
from pipeline.text.tokens import CALENDAR, MONTHS, Tokens, plain, together
from pipeline.text.units import Readings

Kind = Literal["name", "number", "quantity", "pair", "date", "share"]

_LETTERS = re.compile(r"[a-zà-ÿ]+|[^\W\d_]+")
_GLUED = FUNCTION_WORDS | {"told", "new"}
_LEAST_STEM = 4
_LEAST_GLUED = 6
"""Letters of a word that is taken for one of its own after a name: Georgetown is no George."""
_NEAR = 4
"""Tokens that a first and a last name may be apart: `Barack and Michelle Obama`."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that can be looked up in an article, as it stands in a text.

    A name is its `words`; `opens` says that the first stands where any word has a capital.
    Numbers have a `value`. What is said of them besides is a fact of its own, and lacking only
    where the numbers themselves are there: `quantity` with its unit, `pair` of two numbers in a
    score or range (`second`), `date` of a day (`value`) and a month (`second`). A `share` is per
    cent.
    """

    text: str
    words: tuple[str, ...] = ()
    value: float | None = None
    rounded: bool = False
    kind: Kind = "name"
    opens: bool = False
    unit: Readings = ()
    second: float = 0.0
    other: float | None = None
    falling: bool = False


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
        positions: dict[str, list[int]] = {}
        for position, word in enumerate(self._tokens.words):
            positions.setdefault(plain(word), []).append(position)
        return positions

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
        return there.has_value(fact.value, fact.rounded, fact.falling) or (
            fact.other is not None and there.has_value(fact.other, fact.rounded)
        )

    def _lacks_name(self, fact: Fact) -> bool:
        words = [word for word in fact.words if plain(word) not in TITLES]
        if fact.opens and words and words[0] is fact.words[0]:
            if is_common(words[0]) or plain(words[0]) in self._words:
                words = words[1:]
        if any(self._lacks(word) for word in words):
            lacking = [word for word in self._open_words(fact, words) if self._lacks(word)]
            if any(not self._has_numeral(fact.words, word) for word in lacking):
                return True
        return len(words) > 1 and self._is_apart(words)

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
        if is_acronym(word) and form in self._acronyms:
            return False
        if form in one_word_places() or form in CALENDAR:
            return True
        near = self._stems.get(form[:_LEAST_STEM], ())
        return not any(inflected(form, other) for other in near)

    def _has_numeral(self, words: Sequence[str], word: str) -> bool:
        """Whether a Roman numeral of a name is in the article as a number: World War Two."""
        value = roman(word) if words[0] is not word else 0
        return value > 1 and self._quantities.has_value(float(value))

    def _is_apart(self, words: Sequence[str]) -> bool:
        """Whether two words that follow each other in a name belong to different names there."""
        if " ".join(words) in self._tokens.text:
            return False
        for one, other in zip(words, words[1:], strict=False):
            if is_own(one) and is_own(other):
                first = self._positions.get(plain(one), ())
                second = self._positions.get(plain(other), ())
                if any(abs(a - b) <= _NEAR for a in first for b in second):
                    continue
                if first and second and (self._is_taken(first) or self._is_taken(second)):
                    return True
        return False

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
    if not cuts or cuts[-1] == len(fact.words) and len(cuts) == 1:
        return [fact]
    bounds = [0, *cuts, *([len(fact.words)] if cuts[-1] < len(fact.words) else [])]
    return [
        replace(fact, text=" ".join(words), words=words, opens=fact.opens and start == 0)
        for start, end in itertools.pairwise(bounds)
        if (words := fact.words[start:end])
    ]


def roman(word: str) -> int:
    """The value of a Roman numeral below 50; 0 for any other word."""
    total = 0
    if not word or not set(word) <= set("IVXL"):
        return 0
    values = [{"I": 1, "V": 5, "X": 10, "L": 50}[letter] for letter in word]
    for value, following in zip(values, [*values[1:], 0], strict=True):
        total += -value if value < following else value
    return total


def facts(sentence: str) -> list[Fact]:
    """The names, numbers and dates of a sentence, in order, each once.

    A single capitalised word that begins the sentence is a name unless it is an ordinary word.
    """
    tokens = Tokens(sentence)
    unique = {fact.text: fact for _, fact in sorted(_facts(tokens), key=lambda pair: pair[0])}
    return list(unique.values())


def _facts(tokens: Tokens) -> Iterator[tuple[int, Fact]]:
    words = tokens.words
    fractions = shares(tokens)
    in_fraction = {at for share in fractions for at in range(share.start, share.end)}
    found = [number for number in numbers(tokens) if number.start not in in_fraction]
    counted = {at for number in found for at in range(number.start, number.end)}
    for share in fractions:
        text = tokens.slice(share.start, share.end)
        yield share.start, Fact(text, value=share.percent, kind="share")
    for at, number in enumerate(found):
        yield from _number_facts(tokens, number, found[at + 1] if at + 1 < len(found) else None)
    for start, end in capitalised(words, counted):
        opens = begins(words, start)
        if opens and end == start + 1 and is_common(words[start]):
            continue
        name = tuple(words[start:end])
        yield start, Fact(" ".join(name), name, opens=opens)


def _number_facts(
    tokens: Tokens, number: Number, following: Number | None
) -> Iterator[tuple[int, Fact]]:
    words = tuple(tokens.words[number.start : number.end])
    text = f"-{' '.join(words)}" if number.value < 0 else " ".join(words)
    plain_number = Fact(
        text, words, number.value, number.rounded, "number",
        other=number.other, falling=is_falling(tokens.words, number),
    )  # fmt: skip
    yield number.start, plain_number
    if number.unit and (number.first, number.last) != (number.start, number.end):
        whole = tokens.slice(number.first, number.last)
        if whole != text:
            yield number.start, Fact(
                whole, words, number.value, number.rounded, "quantity",
                unit=number.unit, other=number.other,
            )  # fmt: skip
    if following and _is_pair(tokens, number, following):
        text = tokens.slice(number.start, following.end)
        yield number.start, Fact(
            text, value=number.value, kind="pair", second=following.value
        )
    yield from _dates(tokens, number)


def _is_pair(tokens: Tokens, number: Number, following: Number) -> bool:
    """Whether two numbers are a score, range or time: `2-1`, `10–15`, `3:30`."""
    last = number.end - 1
    if following.start == number.end:
        joint = tokens.between(last)
        return joint in ("-", "–", "‑") and tokens.words[number.start][0].isdigit()
    return following.start == number.end + 1 and (
        tokens.slice(last, following.start + 1).count(":") == 1
        and tokens.words[number.end] == ":"
        and tokens.between(number.end) == ""
    )


def _dates(tokens: Tokens, number: Number) -> Iterator[tuple[int, Fact]]:
    """The day of a month right beside the number."""
    words = tokens.words
    if not (number.value.is_integer() and 1 <= number.value <= 31) or number.unit:
        return
    before = plain(words[number.start - 1]) if number.start else ""
    at = number.start - 1
    if before == "" and number.start > 1 and words[number.start - 1] == ".":
        at, before = number.start - 2, plain(words[number.start - 2])
    end = number.end + (words[number.end : number.end + 1] == ["of"])
    after = plain(words[end]) if end < len(words) else ""
    if before in MONTHS and words[at][0].isupper():
        text, month = tokens.slice(at, number.end), MONTHS[before]
    elif after in MONTHS and words[end][0].isupper():
        text, month = tokens.slice(number.start, end + 1), MONTHS[after]
    else:
        return
    yield number.start, Fact(text, value=number.value, kind="date", second=float(month))
