"""Finds place names in an article and settles what each one means; knows nothing of focus.

Matching is case-sensitive, longest name first (Aho-Corasick), on word boundaries. What is left
out: phrases that are no place, and people who are called like one.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import pairwise, zip_longest

from ahocorasick_rs import AhoCorasick, MatchKind

from pipeline.taxonomy.regions import Place

_WORD_LISTS = frozenset({"given_name", "honorific", "not_surname"})
# Below four letters a name in capitals is too often an acronym (LAO, DRC, UAE stand by themselves).
_MIN_CAPITALS = 4
# Longest word looked at beside a name; longer ones are neither given names nor surnames.
_WINDOW = 24
_BEFORE = re.compile(r"(?:^|(?<=[\s(\"“‘]))([^\s(\"“‘]+) $")
_AFTER = re.compile(r" ([A-Z][\w'’-]*[a-z]\.?)")
_MID_SENTENCE = re.compile(r"[a-z0-9,;)] [A-Z][a-z-]+ $")
_TOWN_COMMA = re.compile(r"[A-Z][A-Za-z]+, $")
_AGE = re.compile(r", \d\d?,")
_INITIAL = re.compile(r"^[A-Z]\.$")
# After these a name is a place even if a person in the article bears it.
_LOCATIVE = frozenset(("in", "across", "into", "near", "throughout", "inside", "outside", "within"))
# A town after one of these is meant as a place, whatever else its name may be.
_TOWN_AFTER = _LOCATIVE | {"at", "from", "around", "to", "In", "At", "Near", "From", "nearby"}
_DATELINE = 40
_COORDINATED = frozenset({" and ", ", ", "-", "–", "/", " & "})
_SENTENCE_END = frozenset(".!?:\n-–—•*|")
_OPENERS = " \t\"'“”‘’(["


@dataclass(frozen=True, slots=True)
class Mention:
    """A place name with its country: `text[start:end]`, or the title's where `in_title`."""

    start: int
    end: int
    in_title: bool
    alpha2: str
    kind: str


@dataclass(slots=True)
class _Hit:
    """A matched surface with the readings that are still possible."""

    start: int
    end: int
    source: str
    in_title: bool
    readings: tuple[Place, ...]

    @property
    def surface(self) -> str:
        return self.readings[0].surface

    def flag(self, letter: str) -> bool:
        return letter in self.readings[0].flags

    def word_before(self) -> str:
        found = _BEFORE.search(self.source[max(0, self.start - _WINDOW) : self.start])
        return found[1] if found else ""

    def word_after(self) -> str:
        found = _AFTER.match(self.source, self.end)
        return found[1] if found else ""

    def starts_sentence(self) -> bool:
        before = self.source[max(0, self.start - _WINDOW) : self.start].rstrip(_OPENERS)
        return before[-1] in _SENTENCE_END if before else self.start < _WINDOW

    def in_capitals(self) -> bool:
        """Whether the words around are in capitals, so that case says nothing."""
        around = self.source[max(0, self.start - _WINDOW) : self.end + _WINDOW]
        return around.isupper() and len(around) > self.end - self.start + 1


_LONG_WORD = 4
"""Letters from which a word of a headline counts as one that headline style capitalises."""


class Gazetteer:
    """The automaton over all surfaces and the rules that read its hits."""

    def __init__(self, places: Iterable[Place]) -> None:
        words: dict[str, set[str]] = defaultdict(set)
        readings: dict[str, list[Place]] = defaultdict(list)
        for place in places:
            if place.kind in _WORD_LISTS:
                words[place.kind].add(place.surface)
            else:
                readings[place.surface].append(place)
        self._given, self._honorific = words["given_name"], words["honorific"]
        self._not_surname = words["not_surname"]
        # Datelines and headlines write names in capitals; the reading stays the same.
        forms = {surface: tuple(found) for surface, found in readings.items()}
        for surface, found in readings.items():
            if len(surface) >= _MIN_CAPITALS and "." not in surface:
                forms.setdefault(surface.upper(), tuple(found))
        self._readings = list(forms.values())
        self._automaton = AhoCorasick(list(forms), matchkind=MatchKind.LeftmostLongest)

    def mentions(self, title: str, text: str) -> list[Mention]:
        """Every place name of the article, title first, each list by offset."""
        body, people = self._without_people(self._find(text, False), set(), False)
        head, people = self._without_people(self._find(title, True), people, _title_case(title))
        hits = _without_namesakes(head + body, people)
        hits = _without_common_words(hits, _title_case(title))
        return _qualified(_without_lone_towns(_resolved(hits)))

    def _find(self, source: str, in_title: bool) -> list[_Hit]:
        hits = []
        size = len(source)
        for index, start, end in self._automaton.find_matches_as_indexes(source):
            if start and (source[start - 1].isalnum() or source[start - 1] in "_@"):
                continue
            if end < size and (source[end].isalnum() or source[end] == "_"):
                continue
            hit = _Hit(start, end, source, in_title, self._readings[index])
            # "Miss." and "Ill." are states only in "Jackson, Miss.".
            if hit.flag("c") and source[start - 2 : start] != ", ":
                continue
            hits.append(hit)
        return hits

    def _without_people(
        self, hits: list[_Hit], known: set[str], headline: bool
    ) -> tuple[list[_Hit], set[str]]:
        """Hits that are no person, and the names that people in the article have."""
        people = set(known)
        places: list[_Hit] = []
        starts = {hit.start for hit in hits}
        previous_end = -1
        for hit in hits:
            kind = hit.readings[0].kind
            if kind == "person":
                people.update(hit.surface.split())
            elif kind != "block":
                follows_place = previous_end == hit.start - 1
                place_follows = hit.end + 1 in starts
                if kind == "town" and self._is_part_of_name(hit, follows_place, place_follows):
                    continue
                if self._is_person(hit, headline, follows_place, place_follows):
                    people.add(hit.surface)
                else:
                    places.append(hit)
            previous_end = hit.end
        return places, people

    def _is_part_of_name(self, hit: _Hit, follows_place: bool, place_follows: bool) -> bool:
        """Whether a town stands beside a word in capitals that is no place: "Weston Foods"."""
        before = "" if follows_place else hit.word_before()
        if before and before[0].isupper() and before not in _TOWN_AFTER:
            return True
        after = "" if place_follows else hit.word_after()
        return bool(after) and after not in self._not_surname

    def _is_person(
        self, hit: _Hit, headline: bool, follows_place: bool, place_follows: bool
    ) -> bool:
        surname, given = hit.flag("s"), hit.flag("g")
        if " " in hit.surface or (hit.readings[0].kind == "demonym" and not surname):
            return False
        if (surname or given) and _AGE.match(hit.source, hit.end):
            return True
        before = "" if follows_place else hit.word_before()
        if before and before[0].isupper():
            if before in self._honorific and len(hit.surface) >= _MIN_CAPITALS:
                return True
            if before in self._given and (surname or given or not headline):
                return True
            if _INITIAL.match(before) and not headline:
                return True
            if surname and not headline and before not in self._not_surname:
                context = hit.source[max(0, hit.start - _WINDOW) : hit.start]
                if _MID_SENTENCE.search(context):
                    return True
        if not given or headline or place_follows or before in _LOCATIVE:
            return False
        after = hit.word_after()
        return bool(after) and after not in self._not_surname


def _title_case(title: str) -> bool:
    """Whether a headline capitalises its words, so that a capital does not mark a name."""
    words = [word for word in title.split() if word[0].isalpha()]
    # Headline style leaves articles, prepositions and conjunctions in lower case: short words.
    long = [word for word in words if len(word) >= _LONG_WORD] or words
    return len(words) > 2 and sum(word[0].isupper() for word in long) >= 0.75 * len(long)


def _countries(hits: Iterable[_Hit], wanted: Callable[[_Hit], bool]) -> set[str]:
    return {hit.readings[0].alpha2 for hit in hits if len(hit.readings) == 1 and wanted(hit)}


def _without_namesakes(hits: list[_Hit], people: set[str]) -> list[_Hit]:
    """Drops bare names of people seen in the article, unless the country is named otherwise."""
    if not people:
        return hits
    sure = _countries(hits, lambda hit: hit.surface not in people)
    return [
        hit
        for hit in hits
        if hit.surface not in people
        or any(reading.alpha2 in sure for reading in hit.readings)
        or hit.word_before() in _LOCATIVE
    ]


def _without_common_words(hits: list[_Hit], title_case: bool) -> list[_Hit]:
    """Drops names that may be a common word where a capital tells nothing ("Turkey prices rise").

    "US" in a line of capitals may be the pronoun; it counts as a common word there.
    """

    def doubtful(hit: _Hit) -> bool:
        if hit.surface == "US":
            return hit.in_capitals() and bool(hit.source[: hit.start].strip())
        if not hit.flag("w"):
            return False
        return hit.starts_sentence() or hit.in_capitals() or (hit.in_title and title_case)

    doubts = [doubtful(hit) for hit in hits]
    # "TURKEY AND GREECE AGREE": what stands beside a place is one.
    for at, (left, right) in enumerate(pairwise(hits)):
        between = left.source[left.end : right.start].lower()
        if left.in_title == right.in_title and between in _COORDINATED:
            doubts[at] = doubts[at + 1] = doubts[at] and doubts[at + 1]
    if not any(doubts):
        return hits
    marked = list(zip(hits, doubts, strict=True))
    sure = {hit.readings[0].alpha2 for hit, doubt in marked if not doubt}
    return [hit for hit, doubt in marked if not doubt or hit.readings[0].alpha2 in sure]


def _resolved(hits: list[_Hit]) -> list[_Hit]:
    """One reading a hit: the one most cues in the article speak for, else the preferred one."""
    if all(len(hit.readings) == 1 for hit in hits):
        return hits
    cues: Counter[str] = Counter()
    for hit in hits:
        if len(hit.readings) == 1:
            place = hit.readings[0]
            cues[place.alpha2] += 1
            cues[f"{place.alpha2}:{place.kind}"] += 1
    towns: Counter[str] = Counter()
    previous: _Hit | None = None
    for hit in hits:
        if len(hit.readings) > 1:
            after_place = previous is not None and previous.end == hit.start - 2
            context = hit.source[max(0, hit.start - _WINDOW) : hit.start]
            if not after_place and _TOWN_COMMA.search(context):
                towns[hit.surface] += 1
        previous = hit

    def support(place: Place) -> int:
        # "Fort Valley, Georgia": a town's comma introduces a division, seldom a country.
        town = towns[place.surface] if place.kind == "division" else 0
        return town + sum(cues[cue] for cue in place.cues)

    chosen = {
        hit.readings: (max(hit.readings, key=support),) for hit in hits if len(hit.readings) > 1
    }
    return [
        replace(hit, readings=chosen[hit.readings]) if len(hit.readings) > 1 else hit
        for hit in hits
    ]


def _without_lone_towns(hits: list[_Hit]) -> list[_Hit]:
    """Drops towns that nothing else speaks for: no word such as "in", dateline, or other place of
    the country. Most names of small towns are surnames of somebody, and words somewhere."""
    if all(hit.readings[0].kind != "town" for hit in hits):
        return hits
    sure = {hit.readings[0].alpha2 for hit in hits if hit.readings[0].kind != "town"}
    kept: list[_Hit] = []
    for hit, following in zip_longest(hits, hits[1:]):
        place = hit.readings[0]
        if (
            place.kind != "town"
            or place.alpha2 in sure
            or hit.word_before() in _TOWN_AFTER
            or (hit.end < _DATELINE and hit.source[hit.start : hit.end].isupper())
            or (
                following is not None
                and following.in_title == hit.in_title
                and hit.source[hit.end : following.start] == ", "
            )
        ):
            kept.append(hit)
    return kept


def _qualified(hits: list[_Hit]) -> list[Mention]:
    """Mentions; a name before ", Texas" lies in Texas whatever it is elsewhere."""
    mentions: list[Mention] = []
    for hit, following in zip_longest(hits, hits[1:]):
        place = hit.readings[0]
        alpha2, kind = place.alpha2, place.kind
        if (
            following is not None
            and following.in_title == hit.in_title
            and following.readings[0].kind == "division"
            and kind in ("city", "capital", "country", "town")
            and hit.source[hit.end : following.start] == ", "
        ):
            alpha2, kind = following.readings[0].alpha2, "city"
        mentions.append(Mention(hit.start, hit.end, hit.in_title, alpha2, kind))
    return mentions
