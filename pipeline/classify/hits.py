"""Where place names stand in an article: what the rules of the gazetteer read and hand on."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.taxonomy.regions import Place

# Longest word looked at beside a name; longer ones are neither given names nor surnames.
WINDOW = 24
_BEFORE = re.compile(r"(?:^|(?<=[\s(\"“‘]))([^\s(\"“‘]+) $")
_AFTER = re.compile(r" ([A-Z][\w'’-]*[a-z]\.?)")
_SENTENCE_END = frozenset(".!?:\n-–—•*|")
_OPENERS = " \t\"'“”‘’(["

# After these a name is a place even if a person in the article bears it.
LOCATIVE = frozenset(("in", "across", "into", "near", "throughout", "inside", "outside", "within"))
# A town after one of these is meant as a place, whatever else its name may be.
TOWN_AFTER = LOCATIVE | {"at", "from", "around", "to", "In", "At", "Near", "From", "nearby"}
DATELINE = 40


@dataclass(frozen=True, slots=True)
class Mention:
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

    @property
    def surface(self) -> str:
        return self.readings[0].surface

    @property
    def kind(self) -> str:
        return self.readings[0].kind

    @property
    def alpha2(self) -> str:
        return self.readings[0].alpha2

    def flag(self, letter: str) -> bool:
        return letter in self.readings[0].flags

    def word_before(self) -> str:
        found = _BEFORE.search(self.source[max(0, self.start - WINDOW) : self.start])
        return found[1] if found else ""

    def word_after(self) -> str:
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
