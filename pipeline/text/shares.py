"""Fractions in words or signs, as per cent: half, a third, two-thirds, ¾."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.text.numbers import low_at
from pipeline.text.tokens import Tokens

_PARTS = {
    name: parts
    for parts, names in {
        3: "third thirds", 4: "quarter quarters", 5: "fifth fifths", 6: "sixth sixths",
        7: "seventh sevenths", 8: "eighth eighths", 9: "ninth ninths", 10: "tenth tenths",
    }.items()
    for name in names.split()
}  # fmt: skip
_COUNTS = {
    "a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "seven": 7, "eight": 8, "nine": 9,
}  # fmt: skip
_SIGNS = {"½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5)}
_HALF = frozenset("half halves halved halving".split())
_TRIGGERS = frozenset({"half", "Half", *_PARTS, *_SIGNS})
_WHOLE = frozenset("of its the their his her all those these our my".split())
_SIZED = frozenset("than by nearly almost about over under roughly around only just".split())
_RECKONED = frozenset({"about", "around", "roughly"})
"""Words for a half that is often the writer's own sum of two figures: nothing to look up."""
_SLASH = re.compile(r"(?<![\d/])([1-9])/([2-9]|10)(?![\d/])")


@dataclass(frozen=True, slots=True)
class Share:
    """A fraction at the tokens from `start` to before `end`, in per cent."""

    start: int
    end: int
    percent: float


def shares(tokens: Tokens) -> list[Share]:
    """The fractions of a text: a count and a part (`two-thirds`), or half of something."""
    return [] if _TRIGGERS.isdisjoint(tokens.words) else list(_shares(tokens))


def _shares(tokens: Tokens) -> Iterator[Share]:
    words = tokens.words
    for at, word in enumerate(words):
        low = word.casefold()
        if low == "half":
            following, before = low_at(words, at + 1), low_at(words, at - 1)
            if before in _RECKONED:
                continue
            if following in _WHOLE or (before in _SIZED and following not in ("a", "an")):
                yield Share(at, at + 1, 50.0)
        elif low in _COUNTS and (parts := _PARTS.get(low_at(words, at + 1))):
            plural = low_at(words, at + 1).endswith("s")
            hyphen = tokens.between(at) in ("-", "‑", "–")
            if plural != (low in ("a", "one")) and (
                plural or hyphen or low_at(words, at + 2) == "of"
            ):
                yield Share(at, at + 2, 100.0 * _COUNTS[low] / parts)
        elif word in _SIGNS:
            count, parts = _SIGNS[word]
            yield Share(at, at + 1, 100.0 * count / parts)


def known_shares(tokens: Tokens) -> set[float]:
    """What an article may mean by any of its fractions, in per cent, rounded to whole ones."""
    found = {round(share.percent) for share in shares(tokens)}
    low = [word.casefold() for word in tokens.words]
    if not _HALF.isdisjoint(low):
        found.add(50)
    for at, word in enumerate(low):
        if word in _PARTS and not word.endswith("s"):
            found.add(round(100 / _PARTS[word]))
        if word in ("in", "of") and at and (count := _count(low[at - 1])):
            start = at + 1
            total = _count(low[start]) if start < len(low) else 0
            if total and count < total:  # one in four, two out of five
                found.add(round(100 * count / total))
        if word == "out" and low[at + 1 : at + 2] == ["of"] and at and at + 2 < len(low):
            count, total = _count(low[at - 1]), _count(low[at + 2])
            if total and count < total:
                found.add(round(100 * count / total))
    for count_text, parts_text in _SLASH.findall(tokens.text):
        if int(count_text) < int(parts_text):
            found.add(round(100 * int(count_text) / int(parts_text)))
    return {float(percent) for percent in found}


def _count(word: str) -> int:
    if word.isdigit() and len(word) <= 3:
        return int(word)
    return {**_COUNTS, "a": 0, "six": 6, "ten": 10}.get(word, 0)
