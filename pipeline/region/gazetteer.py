"""Finds place names in an article and settles what each one means; knows nothing of focus.

Matching is case-sensitive, longest name first (Aho-Corasick), on word boundaries. What is left
out: phrases that are no place, and people and companies who are called like one.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise, zip_longest

from ahocorasick_rs import AhoCorasick, MatchKind

from pipeline.region.hits import TOWN_AFTER, WINDOW, Hit, Mention
from pipeline.region.people import WORD_LISTS, Words, without_namesakes, without_people
from pipeline.region.qualified import CODE, is_code, settled
from pipeline.taxonomy.regions import Place

# Below four letters a name in capitals is too often an acronym (LAO, DRC, UAE stand by themselves).
_MIN_CAPITALS = 4
_SHORT = "c"
"""Flag of abbreviations that are states only behind a comma or bracket: "Jackson, Miss."."""
_TOWN_COMMA = re.compile(r"[A-Z][A-Za-z]+, $")
_COORDINATED = frozenset({" and ", ", ", "-", "–", "/", " & "})
_SPACES = "\r\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f"
_HYPHENS = "\u2010\u2011\u2012\u2013"
_LONG_WORD = 4
"""Letters from which a word of a headline counts as one that headline style capitalises."""


class Gazetteer:
    """The automaton over all surfaces and the rules that read its hits."""

    def __init__(self, places: Iterable[Place]) -> None:
        words: dict[str, set[str]] = defaultdict(set)
        readings: dict[str, list[Place]] = defaultdict(list)
        for place in places:
            if place.kind in WORD_LISTS:
                words[place.kind].add(place.surface)
            else:
                readings[place.surface].append(place)
        self._words = Words.of(words)
        # Datelines and headlines write names in capitals; the reading stays the same.
        forms = {surface: tuple(found) for surface, found in readings.items()}
        for surface, found in readings.items():
            plain = len(surface) >= _MIN_CAPITALS and "." not in surface
            if plain or _SHORT in found[0].flags:
                forms.setdefault(surface.upper(), tuple(found))
        self._readings = list(forms.values())
        self._automaton = AhoCorasick(list(forms), matchkind=MatchKind.LeftmostLongest)

    def mentions(self, title: str, text: str) -> list[Mention]:
        """Every place name of the article, title first, each list by offset."""
        headline = _title_case(title)
        body, people = without_people(self._find(text, False), self._words, set(), False)
        head, people = without_people(self._find(title, True), self._words, people, headline)
        hits = without_namesakes(head + body, people)
        hits = _resolved(_without_common_words(hits, headline, text))
        hits = settled(hits, {True: title, False: text}, self._words)
        return [
            Mention(hit.start, hit.end, hit.in_title, hit.alpha2, hit.kind)
            for hit in _without_lone_towns(hits)
        ]

    def _find(self, source: str, in_title: bool) -> list[Hit]:
        hits: list[Hit] = []
        size = len(source)
        spelled = _in_one_spelling(source)
        for index, start, end in self._automaton.find_matches_as_indexes(spelled):
            if start and (source[start - 1].isalnum() or source[start - 1] in "_@"):
                continue
            if end < size and (source[end].isalnum() or source[end] == "_"):
                continue
            hit = Hit(start, end, source, in_title, self._readings[index])
            if hit.flag(_SHORT) and spelled[start - 2 : start] not in (", ", " ("):
                continue
            if hit.flag(CODE) and not is_code(hit, hits[-1] if hits else None):
                continue
            hits.append(hit)
        return hits


def _in_one_spelling(source: str) -> str:
    """The text with one kind of space and hyphen, for a name may be wrapped; offsets stay."""
    source = source.replace("\n", " ").replace("\t", " ")
    if source.isascii():
        return source
    for odd in _SPACES:
        source = source.replace(odd, " ")
    for odd in _HYPHENS:
        source = source.replace(odd, "-")
    return source


def _title_case(title: str) -> bool:
    """Whether a headline capitalises its words, so that a capital does not mark a name."""
    words = [word for word in title.split() if word[0].isalpha()]
    # Headline style leaves articles, prepositions and conjunctions in lower case: short words.
    long = [word for word in words if len(word) >= _LONG_WORD] or words
    return len(words) > 2 and sum(word[0].isupper() for word in long) >= 0.75 * len(long)


def _without_common_words(hits: list[Hit], title_case: bool, text: str) -> list[Hit]:
    """Drops names that may be a common word where a capital tells nothing ("Turkey prices rise").

    "US" in a line of capitals may be the pronoun; it counts as a common word there. So does a name
    that the text has in lower case too ("China from a count's table ... the china").
    """

    words: dict[str, bool] = {}

    def has_word(word: str) -> bool:
        if word not in words:
            at = text.find(f" {word}")
            pattern = rf"\s{re.escape(word)}\b"
            words[word] = at >= 0 and bool(re.search(pattern, text[at:]))
        return words[word]

    def doubtful(hit: Hit) -> bool:
        if hit.surface == "US":
            return hit.in_capitals() and bool(hit.source[: hit.start].strip())
        headline = hit.in_title and title_case
        if hit.start > 1 and hit.source[hit.start - 2].islower() and not headline:
            return False  # in the middle of a sentence
        common = hit.flag("w") or has_word(hit.source[hit.start : hit.end].lower())
        return common and (hit.starts_sentence() or hit.in_capitals() or headline)

    doubts = [doubtful(hit) for hit in hits]
    if not any(doubts):
        return hits
    # "TURKEY AND GREECE AGREE": what stands beside a place is one.
    for at, (left, right) in enumerate(pairwise(hits)):
        between = left.source[left.end : right.start].lower()
        if left.in_title == right.in_title and between in _COORDINATED:
            doubts[at] = doubts[at + 1] = doubts[at] and doubts[at + 1]
    marked = list(zip(hits, doubts, strict=True))
    sure = {hit.alpha2 for hit, doubt in marked if not doubt}
    return [hit for hit, doubt in marked if not doubt or hit.alpha2 in sure]


def _resolved(hits: list[Hit]) -> list[Hit]:
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
    beside: dict[str, set[str]] = defaultdict(set)
    previous: Hit | None = None
    for hit in hits:
        if len(hit.readings) > 1:
            after_place = previous is not None and previous.end == hit.start - 2
            context = hit.source[max(0, hit.start - WINDOW) : hit.start]
            if not after_place and _TOWN_COMMA.search(context):
                towns[hit.surface] += 1
            if after_place and previous is not None and hit.flag(CODE):
                beside[hit.surface].update(place.alpha2 for place in previous.readings)
        previous = hit

    def support(place: Place) -> int:
        # "Fort Valley, Georgia": a town's comma introduces a division, seldom a country.
        town = towns[place.surface] if place.kind == "division" else 0
        # "Perth, WA": a code of the country that has such a town.
        code = place.alpha2 in beside[place.surface]
        return town + code + sum(cues[cue] for cue in place.cues)

    chosen = {hit.readings: max(hit.readings, key=support) for hit in hits if len(hit.readings) > 1}
    return [hit.read_as(chosen[hit.readings]) if len(hit.readings) > 1 else hit for hit in hits]


def _without_lone_towns(hits: list[Hit]) -> list[Hit]:
    """Drops towns that nothing else speaks for: no word such as "in", dateline, or other place of
    the country. Most names of small towns are surnames of somebody, and words somewhere."""
    if all(hit.kind != "town" for hit in hits):
        return hits
    sure = {hit.alpha2 for hit in hits if hit.kind != "town"}
    kept: list[Hit] = []
    for hit, following in zip_longest(hits, hits[1:]):
        if (
            hit.kind != "town"
            or hit.alpha2 in sure
            or hit.word_before() in TOWN_AFTER
            or hit.in_dateline()
            or (
                following is not None
                and following.in_title == hit.in_title
                and hit.source[hit.end : following.start] == ", "
            )
        ):
            kept.append(hit)
    return kept
