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
    "5-10 million" is five million. `falling` says that the text speaks of a fall or a loss, so
    that the sign may be in the words.
    """

    start: int
    end: int
    value: float
    rounded: bool
    ordinal: bool
    falling: bool
    first: int
    last: int
    unit: Readings = ()
    other: float | None = None
    other_unit: Readings = ()
    is_year: bool = False


def numbers(tokens: Tokens) -> list[Number]:
    """The numbers of a text in order, units of ranges filled in: both are dollars in `$5-10`."""
    found = list(_numbers(tokens))
    words = tokens.words
    for at in range(len(found) - 2, -1, -1):
        number, following = found[at], found[at + 1]
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
    spelled = _spelled(words)
    position = 0
    while position < len(words):
        start, token = position, words[position]
        low = token.casefold()
        ordinal = False
        if token[0].isdigit():
            if _CLOCK.fullmatch(token) and low_at(words, start + 1) in ("am", "pm"):
                unit = unit_after(words, start + 1)[1]
                for part in token.split("."):  # 3.30pm
                    yield Number(
                        start, start + 1, float(part), False, False, False, start, start + 2, unit
                    )
                position += 2
                continue
            position, value = position + 1, digits(token)
            if position < len(words) and words[position].casefold() in _ORDINAL:
                position, ordinal = position + 1, True
        elif position in spelled and (spelled[position][0] > position + 1 or low not in _ALONE):
            position, value = spelled[position]
            ordinal = bool(_ORDINAL_WORD.search(words[position - 1].casefold()))
        elif low == "dozen":
            position, value = position + 1, 12.0
        elif low == "half" and low_at(words, start + 1) == "a" and (
            low_at(words, start + 2) in MAGNITUDES
        ):
            position, value = position + 2, 0.5
        else:
            position += 1
            continue
        unscaled = value
        while position < len(words) and words[position].casefold() in MAGNITUDES:
            value *= MAGNITUDES[words[position].casefold()]
            position += 1
        yield _measured(tokens, start, position, value, unscaled, ordinal)


_ALONE = _NO_NUMBERS | MAGNITUDES.keys()


def _measured(
    tokens: Tokens, start: int, end: int, value: float, unscaled: float, ordinal: bool
) -> Number:
    """The number with its unit, its sign, and what it may mean too."""
    words = tokens.words
    first, unit = unit_before(words, start)
    last = end
    if not unit and not ordinal:
        last, unit = unit_after(words, end)
    elif unit and end < len(words) and words[end] == "%":
        last, unit = unit_after(words, end)
    sign = tokens.text[max(0, tokens.starts[first] - 2) : tokens.starts[first]]
    before = [word.casefold() for word in words[max(0, start - _NEAR) : start]]
    minus = bool(before and before[-1] == "minus") or (
        words[start][0].isdigit()
        and bool(_MINUS.search(sign))
        and not low_at(words, first - 1).isdigit()
    )
    after = [word.casefold() for word in words[end : end + _NEAR + 1]]
    falling = not _FALLING.isdisjoint(before) or not _FALLING.isdisjoint(after)
    number = Number(
        start, end, -value if minus else value, not _ROUNDING.isdisjoint(before[-2:]), ordinal,
        falling, first, last, unit, is_year=not unit and bool(_YEAR.fullmatch(words[end - 1])),
    )  # fmt: skip
    if end - start == 2 and words[end - 1] == "m" and first == start and value != unscaled:
        number = replace(number, other=unscaled, other_unit=unit_after(words, end - 1)[1])
    return number


def low_at(words: Sequence[str], position: int) -> str:
    """The word at a position in lower case without full stops, "" beyond the ends."""
    if not 0 <= position < len(words):
        return ""
    return words[position].casefold().replace(".", "") or words[position]


def _spelled(words: Sequence[str]) -> dict[int, tuple[int, float]]:
    """End and value of each number in words, by where it begins."""
    found: dict[int, tuple[int, float]] = {}
    position = 0
    while position < len(words):
        low = words[position].casefold()
        one = low == "a" and low_at(words, position + 1) in _WHOLE_WORDS
        if not one and low not in _SPELLED:
            position += 1
            continue
        end = position + 1
        while end < len(words) and words[end].casefold() in _SPELLED_OR_JOINT:
            end += 1
        run = [_Word("one" if one else low), *map(_Word, words[position + 1 : end])]
        for number in find_numbers(run, "en", threshold=0):
            found[position + number.start] = (position + number.end, float(number.value))
        position = end
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


def rounds_to(value: float, rounded: float) -> bool:
    """Whether a value rounds, up or down, to one with that many digits that count."""
    if not rounded or not value:
        return False
    step = 1.0
    while rounded % (step * 10) == 0:
        step *= 10
    return abs(value - rounded) < step
