"""The numbers of an article, for asking whether it has a value, quantity, pair, date or share."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property

from pipeline.text.numbers import Number, is_falling, numbers, roman, rounds_to
from pipeline.text.shares import known_shares
from pipeline.text.tokens import MONTHS, SEAM, Tokens, plain
from pipeline.text.units import Readings, unit_after

_EXTRA = {
    "pair": 2.0, "couple": 2.0, "twice": 2.0, "double": 2.0, "doubled": 2.0, "duo": 2.0,
    "trio": 3.0, "triple": 3.0, "tripled": 3.0, "thrice": 3.0, "quartet": 4.0, "noon": 12.0,
    "midday": 12.0, "midnight": 12.0,
}  # fmt: skip
"""Words of an article that a summary may give as a number."""

_EXTRA_FORMS = _EXTRA.keys() | {word.capitalize() for word in _EXTRA}
_NUMERALS = {
    numeral: float(roman(numeral))
    for numeral in "II III IV VI VII VIII IX XI XII XIII XIV XV XVI XVII XVIII XIX XX XXI".split()
}

_SPAN = 4
"""Tokens between the numbers of a score in words, `2 goals to 1`, or a day and its month."""
_LONGEST_LIST = 8
"""Tokens that a list of days may have, `March 3, 4 and 5`."""
_LONGEST_MONTH = 31
_BETWEEN = frozenset({"to", "and", "or", "through", "until", ",", "/", "of", "the", "from", ".",
                      "st", "nd", "rd", "th", SEAM})  # fmt: skip
_NUMERIC_DATE = re.compile(r"\b(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})\b")
_BARE = frozenset("of and to or in for against with but while when who from".split())
_ONE = frozenset("a an one every per".split())
_OF_NUMBERS_ALONE = frozenset({("months", 12.0), ("percent", 1.0), ("point", 1.0)})
"""What a number alone may be: an age (`Smith, 30,`), a share or points in a table."""

_CLOSE = 1e-6
_SHARE_ERROR, _ROUNDED_SHARE_ERROR = 1.0, 8.0


class Quantities:
    """Numbers of an article; the text is read when the first is asked for."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    @cached_property
    def _numbers(self) -> list[Number]:
        return numbers(self._tokens)

    @cached_property
    def _values(self) -> Collection[float]:
        values = {number.value for number in self._numbers}
        values |= {number.other for number in self._numbers if number.other is not None}
        words = set(self._tokens.words)
        values |= {_EXTRA[word.casefold()] for word in words & _EXTRA_FORMS}
        values |= {_NUMERALS[word] for word in words & _NUMERALS.keys()}
        for number in self._numbers:
            if number.unit == (("evening", 1.0),) and number.value < 12:
                values.add(number.value + 12)
            if number.value > 12 and self._is_hour(number):
                values.add(number.value - 12)
        return values

    def _is_hour(self, number: Number) -> bool:
        return number.value < 24 and self._tokens.words[number.end : number.end + 1] == [":"]

    def has_value(self, value: float, rounded: bool = False, falling: bool = False) -> bool:
        """Whether the article has a number; with another sign only where it speaks of a fall."""
        if value in self._values:
            return True
        if -value in self._values and (falling or (value < 0 and self._falls_by(-value))):
            return True
        return rounded and any(
            rounds_to(number.value, value) for number in self._numbers if not number.is_year
        )

    def _falls_by(self, value: float) -> bool:
        return any(
            number.value == value and is_falling(self._tokens.words, number)
            for number in self._numbers
        )

    @cached_property
    def _measured(self) -> Mapping[str, Collection[float]]:
        """By the thing measured, how much of it the article has."""
        found: dict[str, set[float]] = {}
        for number in self._numbers:
            for value, unit in self._readings(number):
                for dimension, factor in unit:
                    found.setdefault(dimension, set()).add(abs(value) * factor)
        for share in self._shares:
            found.setdefault("percent", set()).add(share)
        for at, word in enumerate(self._tokens.words):
            counts = word.casefold() in _ONE
            if counts or word.casefold() in ("fortnight", "decade", "century"):
                for dimension, factor in unit_after(self._tokens.words, at + counts)[1]:
                    found.setdefault(dimension, set()).add(factor)
        return found

    def _readings(self, number: Number) -> Iterator[tuple[float, Readings]]:
        """What a number of the article may mean: with its unit, one a word further, or an age."""
        words = self._tokens.words
        if number.other is not None:
            yield number.other, number.other_unit or number.unit
        yield number.value, number.unit
        if number.ordinal:
            yield number.value, unit_after(words, number.end)[1]  # the strike's seventh week
        if not number.unit and number.last < len(words):
            if words[number.last][0].islower():
                yield number.value, unit_after(words, number.last + 1)[1]
        elif number.unit and number.first < number.start:
            after = unit_after(words, number.last)[1]  # $5 Canadian, $5 cents
            if after:
                yield number.value, after

    @cached_property
    def _alone(self) -> Collection[float]:
        """Numbers without a unit and nothing that they count."""
        words = self._tokens.words
        return {
            abs(number.value)
            for number in self._numbers
            if not number.unit
            and number.last < len(words)
            and (
                not words[number.last][0].islower()
                or words[number.last] in _BARE
                or self._tokens.between(number.last - 1).strip()
            )
        }

    def has_quantity(
        self, value: float, other: float | None, unit: Readings, rounded: bool
    ) -> bool:
        """Whether the article has so much of what the unit measures, in whatever unit of it."""
        for dimension, factor in unit:
            there = self._measured.get(dimension, ())
            for wanted in (value,) if other is None else (value, other):
                amount = abs(wanted) * factor
                if any(abs(known - amount) <= _CLOSE * amount for known in there):
                    return True
                if rounded and any(rounds_to(known / factor, abs(wanted)) for known in there):
                    return True
        return abs(value) in self._alone and any(one in _OF_NUMBERS_ALONE for one in unit)

    @cached_property
    def _pairs(self) -> Collection[tuple[float, float]]:
        found = set()
        for at, number in enumerate(self._numbers):
            for following in self._numbers[at + 1 : at + 3]:
                if following.start - number.end <= _SPAN:
                    found.add((number.value, following.value))
                    found.add((number.other or number.value, following.value))
        return found

    def has_pair(self, one: float, other: float) -> bool:
        """Whether two numbers follow each other: the score 2-1 is not 1-2."""
        return (abs(one), abs(other)) in self._pairs or (one, other) in self._pairs

    @cached_property
    def _dates(self) -> Collection[tuple[int, int]]:
        words = self._tokens.words
        months = [
            (at, MONTHS[plain(word)])
            for at, word in enumerate(words)
            if word[0].isupper() and plain(word) in MONTHS
        ]
        days = {
            number.start: number for number in self._numbers if 1 <= number.value <= _LONGEST_MONTH
        }
        found = set()
        for at, month in months:
            before = [number for number in days.values() if 0 <= at - number.end <= _LONGEST_LIST]
            own = [number for number in before if all(map(_is_between, words[number.end : at]))]
            if not own:
                first = at + 1
                while first < len(words) and words[first] in (".", SEAM, "the"):
                    first += 1
                after = [n for n in days.values() if 0 <= n.start - first <= _LONGEST_LIST]
                own = [
                    number
                    for number in after
                    if first in days and all(map(_is_between, words[first : number.start]))
                ]
            found |= {(month, int(number.value)) for number in own}
        for parts in _NUMERIC_DATE.findall(self._tokens.text):
            one, two, three = map(int, parts)
            found |= {(one, two), (two, one), (two, three)}
        return found

    def has_date(self, month: int, day: int) -> bool:
        """Whether the article has the day of the month."""
        return (month, day) in self._dates

    @cached_property
    def _shares(self) -> Collection[float]:
        return known_shares(self._tokens)

    def has_fraction(self, percent: float) -> bool:
        """Whether the article has so many per cent as a fraction in words or signs."""
        return any(abs(known - percent) <= _SHARE_ERROR for known in self._shares)

    def has_share(self, percent: float, rounded: bool) -> bool:
        """Whether the article has a fraction, in words or about so many per cent."""
        error = _ROUNDED_SHARE_ERROR if rounded else _SHARE_ERROR
        there = self._measured.get("percent", ())
        return any(abs(known - percent) <= error for known in there)


def _is_between(word: str) -> bool:
    return word.casefold() in _BETWEEN or word[0].isdigit()
