"""Where place names stand in an article: what the rules of the gazetteer read and hand on."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from pipeline.taxonomy.regions import Place

# Longest word looked at beside a name; longer ones are neither given names nor surnames.
WINDOW = 24
_AFTER = re.compile(r" ([A-Z][\w'’-]*[a-z]\.?)")
_SENTENCE_END = frozenset(".!?:\n-–—•*|")
_OPENERS = " \t\"'“”‘’(["

# After these a name is a place even if a person in the article bears it.
LOCATIVE = frozenset(("in", "across", "into", "near", "throughout", "inside", "outside", "within"))
# A town after one of these is meant as a place, whatever else its name may be.
TOWN_AFTER = LOCATIVE | {"at", "from", "around", "to", "In", "At", "Near", "From", "nearby"}
DATELINE = 40


class Mention(NamedTuple):
    """A place name with its country: `text[start:end]`, or the title's where `in_title`."""

    start: int
    end: int
    in_title: bool
    alpha2: str
    kind: str


@dataclass(slots=True)
class Hit:
    """A matched surface with the readings that are still possible."""

    start: int
    end: int
    source: str
    in_title: bool
    readings: tuple[Place, ...]
    surface: str = field(init=False)
    kind: str = field(init=False)
    alpha2: str = field(init=False)

    def __post_init__(self) -> None:
        first = self.readings[0]
        self.surface, self.kind, self.alpha2 = first.surface, first.kind, first.alpha2

    def read_as(self, *readings: Place) -> Hit:
        """The same hit with other readings."""
        return Hit(self.start, self.end, self.source, self.in_title, readings)

    def flag(self, letter: str) -> bool:
        return letter in self.readings[0].flags

    def word_before(self) -> str:
        before = self.source[max(0, self.start - WINDOW) : self.start]
        if before[-1:] != " " or before[-2:-1].isspace():
            return ""
        word = (before.split() or [""])[-1]
        for opener in '("“‘':
            word = word[word.rfind(opener) + 1 :]
        return word

    def word_after(self) -> str:
        if not self.source[self.end + 1 : self.end + 2].isupper():
            return ""
        found = _AFTER.match(self.source, self.end)
        return found[1] if found else ""

    def starts_sentence(self) -> bool:
        before = self.source[max(0, self.start - WINDOW) : self.start].rstrip(_OPENERS)
        return before[-1] in _SENTENCE_END if before else self.start < WINDOW

    def in_capitals(self) -> bool:
        """Whether the words around are in capitals, so that case says nothing."""
        around = self.source[max(0, self.start - WINDOW) : self.end + WINDOW]
        return around.isupper() and len(around) > self.end - self.start + 1

    def in_dateline(self) -> bool:
        """Whether it stands in capitals where an article begins: "MALAKAL (Agency) - "."""
        return (
            not self.in_title
            and self.end < DATELINE
            and self.source[self.start : self.end].isupper()
        )
