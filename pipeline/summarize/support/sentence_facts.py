"""What a sentence says that can be looked up in an article: names, numbers, dates, shares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pipeline.summarize.support.names import begins, capitalised, is_common
from pipeline.text.numbers import Number, is_falling, numbers
from pipeline.text.shares import shares
from pipeline.text.tokens import MONTHS, Tokens, plain
from pipeline.text.units import Readings

Kind = Literal["name", "number", "quantity", "pair", "date", "share"]


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
    counted = {at for number in found for at in range(number.first, number.last)}
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
        unit=number.unit, other=number.other, falling=is_falling(tokens.words, number),
    )  # fmt: skip
    if words != ("00",):  # of a time
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
        yield number.start, Fact(text, value=number.value, kind="pair", second=following.value)
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
