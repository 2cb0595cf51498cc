"""Which place names of an article are names of people and companies, by the words beside them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pipeline.region.hits import LOCATIVE, TOWN_AFTER, WINDOW, Hit
from pipeline.text.tokens import POSSESSIVE

_MIN_HONOURED = 4
_MID_SENTENCE = re.compile(r"[a-z0-9,;)] [A-Z][a-z-]+ $")
_AGE = re.compile(r", \d\d?,")
_INITIAL = re.compile(r"^[A-Z]\.$")

_PERSON = re.compile(r"\b(?:he|she|his|her|him|actor|actress|singer|rapper|author|novelist)\b")
"""Words of which a piece about a person has one."""

_FIRM = re.compile(
    r"\b(?:[Tt]he|[Aa]|[Aa]n)\s(?:[\w-]+\s){0,3}?(?:company|firm|brand|retailer|carmaker|automaker|"
    r"start-?up|maker|insurer|lender|airline|retail(?:er)?|label|chain|e-commerce|manufacturer)\b"
)
"""How an article refers to a company that it has named."""

_BUSINESS = re.compile(
    r"(?:['’]s)?\s(?:shares|stock|brand|products|chief\sexecutive|CEO|founder|posted|raised|sells|"
    r"recalled|unveiled|launched|sued|reported|has\s(?:sued|recalled|launched|agreed|brought))"
)
"""After a name that is a company's; some stand after a town's too, so one alone is no proof."""

_CORPORATE = frozenset(
    ("Inc", "Inc.", "Corp", "Corp.", "Ltd", "Ltd.", "Plc", "Holdings", "Scientific", "Industries",
     "Instruments", "Pharmaceuticals", "Therapeutics", "Brands", "Foods", "Motors", "Technologies",
     "Software", "Systems", "Entertainment", "Pictures", "Records", "Studios", "Partners",
     "Insurance", "Capital", "Financial", "Mutual")
)  # fmt: skip
"""After the name of a town these make a company of it, wherever it has its seat."""

_PLACED = ("in", "In", "at", "near", "from", "of", "to")
_OF_TOWNS = frozenset(("city", "town", "division"))


@dataclass(frozen=True, slots=True)
class Words:
    """The word lists of the taxonomy that tell people from places."""

    given: frozenset[str]
    honorific: frozenset[str]
    not_surname: frozenset[str]

    @classmethod
    def of(cls, lists: Mapping[str, Iterable[str]]) -> Words:
        return cls(*(frozenset(lists[kind]) for kind in WORD_LISTS))


WORD_LISTS = ("given_name", "honorific", "not_surname")


class _Piece:
    """A text and what it is about, looked up when a name asks for it."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._surnames: dict[tuple[str, str], bool] = {}
        self._firms: dict[str, bool] = {}

    @cached_property
    def has_person(self) -> bool:
        return bool(_PERSON.search(self.source))

    def is_surname(self, word: str, given: str) -> bool:
        """Whether a word is used as a surname, alone and without an article ("Chelsea Ridley ...
        Ridley said")."""
        if (word, given) not in self._surnames:
            alone = [
                before
                for at in self._uses(POSSESSIVE.sub("", word))
                if not (before := self.source[max(0, at - WINDOW) : at]).endswith(f"{given} ")
            ]
            self._surnames[word, given] = bool(alone) and not any(
                before.lower().endswith("the ") for before in alone
            )
        return self._surnames[word, given]

    def is_firm(self, name: str) -> bool:
        """Whether the article calls a name a company and never says that something is there."""
        if name not in self._firms:
            placed = f"{name}, " in self.source or any(
                f"{word} {name}" in self.source for word in _PLACED
            )
            self._firms[name] = not placed and bool(_FIRM.search(self.source))
        return self._firms[name]

    def _uses(self, word: str) -> Iterator[int]:
        """Where the word stands."""
        at = self.source.find(word)
        while at >= 0:
            end = at + len(word)
            if not ((at and self.source[at - 1].isalnum()) or self.source[end : end + 1].isalnum()):
                yield at
            at = self.source.find(word, end)


def without_people(
    hits: Sequence[Hit], words: Words, known: set[str], headline: bool
) -> tuple[list[Hit], set[str]]:
    """Hits that are no person or company, and the names that they have in the article."""
    people = set(known)
    places: list[Hit] = []
    starts = {hit.start: hit for hit in hits}
    previous_end = -1
    piece = _Piece(hits[0].source if hits else "")
    for hit in hits:
        if hit.kind == "person":
            people.update(hit.surface.split())
        elif hit.kind != "block":
            follows_place = previous_end == hit.start - 1
            following = starts.get(hit.end + 1)
            # "Florence Kingston": two names side by side that are a person's.
            place_follows = following is not None and not (hit.flag("g") and following.flag("s"))
            if hit.kind == "town" and _is_part_of_name(hit, words, follows_place, place_follows):
                pass
            elif _is_firm(hit, piece) or _is_person(
                hit, words, piece, headline, follows_place, place_follows
            ):
                people.add(hit.surface)
            else:
                places.append(hit)
        previous_end = hit.end
    return places, people


def _is_part_of_name(hit: Hit, words: Words, follows_place: bool, place_follows: bool) -> bool:
    """Whether a town stands beside a word in capitals that is no place: "Weston Foods"."""
    before = "" if follows_place else hit.word_before()
    if before and before[0].isupper() and before not in TOWN_AFTER:
        return True
    after = "" if place_follows else hit.word_after()
    return bool(after) and after not in words.not_surname


def _is_person(
    hit: Hit, words: Words, piece: _Piece, headline: bool, follows_place: bool, place_follows: bool
) -> bool:
    surname, given = hit.flag("s"), hit.flag("g")
    if " " in hit.surface or (hit.kind == "demonym" and not surname):
        return False
    if (surname or given) and _AGE.match(hit.source, hit.end):
        return True
    before = "" if follows_place else hit.word_before()
    if before and before[0].isupper():
        if before in words.honorific and len(hit.surface) >= _MIN_HONOURED:
            return True
        if before in words.given and (surname or given or not headline):
            return True
        if _INITIAL.match(before) and not headline:
            return True
        if surname and not headline and before not in words.not_surname:
            context = hit.source[max(0, hit.start - WINDOW) : hit.start]
            if _MID_SENTENCE.search(context):
                return True
    if headline or place_follows or before in LOCATIVE:
        return False
    if not given and hit.kind not in _OF_TOWNS:
        return False
    after = hit.word_after()
    if not after or after in words.not_surname:
        return False
    return given or (piece.has_person and piece.is_surname(after, hit.surface))


def _is_firm(hit: Hit, piece: _Piece) -> bool:
    """Whether a town's name is a company's: by the word after it, or because the article calls it
    one. Its other uses are then namesakes."""
    if hit.kind not in _OF_TOWNS or " " in hit.surface:
        return False
    if hit.word_after() in _CORPORATE:
        return True
    return (
        not hit.in_title
        and bool(_BUSINESS.match(hit.source, hit.end))
        and piece.is_firm(hit.surface)
    )


def without_namesakes(hits: list[Hit], people: set[str]) -> list[Hit]:
    """Drops bare names of people seen in the article, unless the country is named otherwise."""
    if not people:
        return hits
    sure = {hit.alpha2 for hit in hits if len(hit.readings) == 1 and hit.surface not in people}
    kept = []
    for hit in hits:
        if hit.surface not in people or hit.word_before() in LOCATIVE:
            kept.append(hit)
        elif named := tuple(one for one in hit.readings if one.alpha2 in sure):
            kept.append(hit.read_as(*named))
    return kept
