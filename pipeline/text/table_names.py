"""Known names, such as those of places and people, found in a text of any case."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

from pipeline.text.ordinary import is_ordinary

Hit = tuple[int, int, str]
"""Start, end and the name as the tables write it."""

_LOCATIVE = re.compile(r"\b(?:in|from|to|across|near|into|throughout|between|with|and|of)\s$")
_CROCKERY = re.compile(r"\b(?:fine|bone|good)\s$")
_SPEAKS = re.compile(r"(?:['’]s)?\s(?:said|says|has|will|would)\b")
_AND = re.compile(r"\s?(?:,|and|-|–|/|&)\s?")


class KnownName(NamedTuple):
    """A name as it is written; the country that it belongs to, or ""; whether it is a postal code,
    which stands behind a comma; and whether it is also a common word."""

    surface: str
    country: str = ""
    is_code: bool = False
    is_doubtful: bool = False


class NameTable:
    """Names found in text of any case."""

    def __init__(self, names: Iterable[KnownName]) -> None:
        self._surfaces: dict[str, str] = {}
        self._countries: dict[str, set[str]] = defaultdict(set)
        self._doubtful: set[str] = set()
        self._codes: set[str] = set()
        for name in names:
            lower = name.surface.lower()
            if len(lower) != len(name.surface) or "." in lower:
                continue
            if name.surface == "US" or (is_ordinary(lower) and " " not in lower):
                continue
            self._surfaces.setdefault(lower, name.surface)
            if name.country:
                self._countries[lower].add(name.country)
            if name.is_code:
                self._codes.add(lower)
            if name.is_doubtful:
                self._doubtful.add(lower)
        self._names = list(self._surfaces)
        self._automaton = AhoCorasick(self._names, matchkind=MatchKind.LeftmostLongest)

    def found(self, lower: str) -> list[Hit]:
        """(start, end, name) of the names in a text in lower case, on the bounds of words."""
        hits = []
        # Half a surrogate pair is legal in Python and not in UTF-8: a sign of the same length.
        lower = lower.encode("utf-8", "replace").decode("utf-8")
        for index, start, end in self._automaton.find_matches_as_indexes(lower):
            if (start and lower[start - 1].isalnum()) or lower[end : end + 1].isalnum():
                continue
            if self._names[index] in self._codes and lower[start - 2 : start] != ", ":
                continue
            hits.append((start, end, self._names[index]))
        return hits

    def of(self, text: str) -> Callable[[str], list[Hit]]:
        """What finds names in the lines of this text: one that is also a common word is a name
        where another name of its country stands in the text, or where it is said to be a place."""
        sure = {
            code
            for _, _, name in self.found(text)
            if name not in self._doubtful
            for code in self._countries[name]
        }

        def names(lower: str) -> list[Hit]:
            hits = self.found(lower)
            certain = {start for start, _, name in hits if name not in self._doubtful}
            kept = []
            for number, (start, end, name) in enumerate(hits):
                beside = [
                    other
                    for other in (
                        *hits[max(0, number - 1) : number],
                        *hits[number + 1 : number + 2],
                    )
                    if other[0] in certain
                    and _AND.fullmatch(lower[min(end, other[1]) : max(start, other[0])].strip())
                ]
                before = lower[max(0, start - 12) : start]
                if (
                    name not in self._doubtful
                    or self._countries[name] & sure
                    or beside
                    or _LOCATIVE.search(before)
                    or _SPEAKS.match(lower, end)
                ) and not (name == "china" and _CROCKERY.search(before)):
                    kept.append((start, end, self._surfaces[name]))
            return kept

        return names

    def is_doubtful(self, lower: str) -> bool:
        """Whether a name is also a common word."""
        return lower in self._doubtful or lower == "china"
