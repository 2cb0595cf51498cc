"""The numbers of a text: digits and words, magnitudes, units, signs, and the words that round."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from text_to_num import find_numbers

from pipeline.text.tokens import Tokens
from pipeline.text.units import Readings, unit_after, unit_before

MAGNITUDES = {
    "hundred": 1e2, "thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6, "mn": 1e6, "mln": 1e6,
    "billion": 1e9, "bn": 1e9, "b": 1e9, "bln": 1e9, "trillion": 1e12, "tn": 1e12, "trn": 1e12,
    "lakh": 1e5, "lakhs": 1e5, "crore": 1e7, "crores": 1e7, "dozen": 12.0,
}  # fmt: skip
_WHOLE_WORDS = frozenset("hundred thousand million billion trillion".split())
_ROUNDING = frozenset(
    "about almost approximately around circa close nearly over roughly some than under".split()
)
"""Words before a number that say that it was rounded: `more than`, `close to` among them."""

_ORDINAL = frozenset({"st", "nd", "rd", "th", "s"})
_NO_NUMBERS = frozenset(
    "a first hundreds millions billions no oh one ones second seconds tens thousands zero".split()
)
"""Words that mostly count nothing: `one of them`, `for the first time`, `hundreds of people`."""

_UNITS = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen \
sixteen seventeen eighteen nineteen"
_SPELLED = frozenset(
    f"zero {_UNITS} twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million "
    "billion trillion first second third fourth fifth sixth seventh eighth ninth tenth eleventh "
    "twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth "
    "thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth hundredth thousandth "
    "millionth".split()
)
_STARTS = frozenset(
    form
    for word in (*_SPELLED, "a", "half", "dozen")
    for form in (word, word.capitalize(), word.upper())
)
_DIGITS = frozenset("0123456789")
_ORDINAL_WORD = re.compile(r"(?:first|second|third|fifth|[a-z]{2,}th)$")
_MINUS = re.compile(r"(?:^|[\s(])[-−–]$")
_FALLING = frozenset(
    "below minus negative down fell fall falls falling fallen drop drops dropped dropping decline "
    "declined declines declining decrease decreased loss losses lost lose shrank shrink shrunk "
    "contracted contraction cut cuts deficit lower less reduced reduction".split()
)
_JOINS = frozenset({"to", "and", "or", "through", "/"})
_YEAR = re.compile(r"1[5-9]\d\d|20\d\d")
_CLOCK = re.compile(r"\d{1,2}\.\d\d")
_NEAR = 3


@dataclass(frozen=True, slots=True)
class Number:
    """A number at the tokens from `start` to before `end`; with its unit, from `first` to `last`.

    `other` is what it may mean too: 100m is a length or a hundred million, and the first number of
    "5-10 million" is five million.
    """

    start: int
    end: int
    value: float
    rounded: bool
    ordinal: bool
    first: int
    last: int
    unit: Readings = ()
    other: float | None = None
    other_unit: Readings = ()
    is_year: bool = False


_HALF_DAYS = ((("morning", 1.0),), (("evening", 1.0),))


def numbers(tokens: Tokens) -> list[Number]:
    """The numbers of a text in order, units of ranges filled in: both are dollars in `$5-10`."""
    found = list(_numbers(tokens))
    words = tokens.words
    for at in range(len(found) - 2, -1, -1):
        number, following = found[at], found[at + 1]
        if following.unit in _HALF_DAYS and words[number.end : following.start] == [":"]:
            found[at] = replace(number, unit=following.unit, last=following.last)
            continue
        if not _joined(words[number.last : following.first]):
            continue
        if not number.unit and following.unit and not number.ordinal:
            number = replace(number, unit=following.unit)
        if following.value >= 1000 > number.value and following.end - following.start > 1:
            magnitude = MAGNITUDES.get(words[following.end - 1].casefold())
            if magnitude and (not following.unit or number.unit in ((), following.unit)):
                number = replace(number, other=number.value * magnitude, other_unit=number.unit)
        found[at] = number
    for at in range(1, len(found)):
        number, before = found[at], found[at - 1]
        currency = before.unit and before.first < before.start
        if not number.unit and currency and _joined(words[before.last : number.first]):
            found[at] = replace(number, unit=before.unit)
    return found


def _joined(between: Sequence[str]) -> bool:
    return len(between) <= 1 and all(word.casefold() in _JOINS for word in between)


def _numbers(tokens: Tokens) -> Iterator[Number]:
    words = tokens.words
    starts = [at for at, word in enumerate(words) if word in _STARTS or word[0] in _DIGITS]
    spelled = _spelled(words, starts)
    end = 0
    for start in starts:
        if start < end:
            continue
        token, low, ordinal = words[start], words[start].casefold(), False
        if token[0].isdigit():
            if _CLOCK.fullmatch(token) and low_at(words, start + 1) in ("am", "pm"):
                end, unit = unit_after(words, start + 1)
                for part in token.split("."):  # 3.30pm
                    yield Number(start, start + 1, float(part), False, False, start, end, unit)
                continue
            end, value = start + 1, digits(token)
            if end < len(words) and words[end].casefold() in _ORDINAL:
                end, ordinal = end + 1, True
        elif start in spelled and (spelled[start][0] > start + 1 or low not in _ALONE):
            end, value = spelled[start]
            ordinal = bool(_ORDINAL_WORD.search(words[end - 1].casefold()))
        elif low == "dozen":
            end, value = start + 1, 12.0
        elif (
            low == "half"
            and low_at(words, start + 1) == "a"
            and (low_at(words, start + 2) in MAGNITUDES)
        ):
            end, value = start + 2, 0.5
        else:
            continue
        unscaled = value
        while end < len(words) and words[end].casefold() in MAGNITUDES:
            value *= MAGNITUDES[words[end].casefold()]
            end += 1
        yield _measured(tokens, start, end, value, unscaled, ordinal)


_ALONE = _NO_NUMBERS | MAGNITUDES.keys()


def _measured(
    tokens: Tokens, start: int, end: int, value: float, unscaled: float, ordinal: bool
) -> Number:
    """The number with its unit, its sign, and what it may mean too."""
    words = tokens.words
    first, unit = unit_before(words, start)
    last = end
    if (not unit and not ordinal) or (unit and end < len(words) and words[end] == "%"):
        last, unit = unit_after(words, end)
    minus = low_at(words, first - 1) == "minus" or (
        tokens.has_minus and _is_negative(tokens, first)
    )
    before = map(str.casefold, words[max(0, start - 2) : start])
    is_year = not unit and bool(_YEAR.fullmatch(words[end - 1]))
    number = Number(
        start, end, -value if minus else value, not _ROUNDING.isdisjoint(before), ordinal,
        first, last, unit, is_year=is_year,
    )  # fmt: skip
    if end - start == 2 and words[end - 1] == "m" and first == start and value != unscaled:
        number = replace(number, other=unscaled, other_unit=unit_after(words, end - 1)[1])
    return number


def _is_negative(tokens: Tokens, first: int) -> bool:
    """Whether a minus stands right before a number, and no number before that."""
    sign = tokens.text[max(0, tokens.starts[first] - 2) : tokens.starts[first]]
    return bool(_MINUS.search(sign)) and not low_at(tokens.words, first - 1).isdigit()


def is_falling(words: Sequence[str], number: Number) -> bool:
    """Whether the text speaks of a fall or a loss, so that the sign may be in the words."""
    near = words[max(0, number.start - _NEAR) : number.end + _NEAR + 1]
    return not _FALLING.isdisjoint(map(str.casefold, near))


def low_at(words: Sequence[str], position: int) -> str:
    """The word at a position in lower case without full stops, "" beyond the ends."""
    if not 0 <= position < len(words):
        return ""
    return words[position].casefold().replace(".", "") or words[position]


def _spelled(words: Sequence[str], starts: Sequence[int]) -> dict[int, tuple[int, float]]:
    """End and value of each number in words, by where it begins."""
    found: dict[int, tuple[int, float]] = {}
    end = 0
    for start in starts:
        low = words[start].casefold()
        one = low == "a" and low_at(words, start + 1) in _WHOLE_WORDS
        if start < end or not (one or low in _SPELLED):
            continue
        end = start + 1
        while end < len(words) and words[end].casefold() in _SPELLED_OR_JOINT:
            end += 1
        run = [_Word("one" if one else low), *map(_Word, words[start + 1 : end])]
        for number in find_numbers(run, "en", threshold=0):
            found[start + number.start] = (start + number.end, float(number.value))
    return found


_SPELLED_OR_JOINT = _SPELLED | {"and"}


class _Word:
    """A token as `find_numbers` wants it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def text(self) -> str:
        return self._text

    def text_lowercase(self) -> str:
        return self._text.lower()

    def nt_separated(self, previous: object) -> bool:
        return False

    def not_a_number_part(self) -> bool:
        return False


def digits(token: str) -> float:
    """`1,200` is 1200, `1.5` and `1,5` are 1.5; `1.200.000` is 1200000; `1,20,000` is 120000."""
    if re.fullmatch(r"\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?", token):
        return float(token.replace(",", ""))
    if token.count(".") > 1:
        return float(token.replace(".", "").replace(",", "."))
    whole = token.replace(",", ".", 1) if "." not in token else token
    return float(whole.replace(",", ""))


def roman(word: str) -> int:
    """The value of a Roman numeral below 50; 0 for any other word."""
    total = 0
    if not word or not set(word) <= _ROMAN.keys():
        return 0
    values = [_ROMAN[letter] for letter in word]
    for value, following in zip(values, [*values[1:], 0], strict=True):
        total += -value if value < following else value
    return total


_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50}


def rounds_to(value: float, rounded: float) -> bool:
    """Whether a value rounds, up or down, to one with that many digits that count: 1,042 to 1,000,
    but a million not to a billion."""
    if not rounded or not value:
        return False
    step = 1.0 if float(rounded).is_integer() else 0.1
    while step >= 1 and rounded % (step * 10) == 0:
        step *= 10
    error = abs(value - rounded)
    return error < step and (
        error <= _ROUNDED_OFF * abs(rounded) or (abs(rounded) < _FEW and error <= _OF_FEW)
    )


_ROUNDED_OFF = 0.15
"""Most that rounding takes off or adds, as a share; "nearly ten" is not six. By judgement."""
_FEW, _OF_FEW = 10, 0.5
"""The same of small numbers, for which a share is too little: "more than 1%" of 1.3%."""
