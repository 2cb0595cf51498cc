"""Names, numbers and dates of a text, and whether another text has them in whatever form.

The forms that count as the same: inflection and possessives, a country and its people, acronyms
and what they stand for, abbreviated months, days, states and titles, number words, thousands
separators, magnitudes (`1.5bn`, `$1.5 billion`), percent, ordinals, and rounding that says so.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache

from text_to_num import find_numbers

from pipeline.taxonomy.regions import load_places

_TOKEN = re.compile(r"(?:[^\W\d_]\.){2,}|\d+(?:[.,]\d+)*|[^\W\d_]+(?:[’'][^\W\d_]+)*|[^\w\s]")
_POSSESSIVE = re.compile(r"[’']s?$")
_GLUED = re.compile(r"(?<=\d)(?=[^\W\d_])")
_HYPHENS = str.maketrans({"-": " ", "–": " ", "—": " ", "‑": " "})

_MAGNITUDES = {
    "hundred": 1e2, "thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6, "mn": 1e6, "mln": 1e6,
    "billion": 1e9, "bn": 1e9, "b": 1e9, "bln": 1e9, "trillion": 1e12, "tn": 1e12, "trn": 1e12,
    "lakh": 1e5, "lakhs": 1e5, "crore": 1e7, "crores": 1e7, "dozen": 12.0,
}  # fmt: skip
_ABOUT = frozenset(
    "about almost approximately around circa close nearly over roughly some than under".split()
)
"""Words before a number that say that it was rounded: `more than`, `close to` among them."""

_ORDINAL = frozenset({"st", "nd", "rd", "th", "s"})
_NO_NUMBERS = frozenset(
    "a first hundreds millions billions no oh one ones second seconds tens thousands zero".split()
)
"""Words that mostly count nothing: `one of them`, `for the first time`, `hundreds of people`."""

_SAME = {
    "jan": "january", "feb": "february", "mar": "march", "apr": "april", "jun": "june",
    "jul": "july", "aug": "august", "sep": "september", "sept": "september", "oct": "october",
    "nov": "november", "dec": "december", "mon": "monday", "tue": "tuesday", "tues": "tuesday",
    "wed": "wednesday", "thu": "thursday", "thur": "thursday", "thurs": "thursday",
    "fri": "friday", "sat": "saturday", "sun": "sunday",
    "gov": "governor", "sen": "senator", "rep": "representative", "pres": "president",
    "prof": "professor", "gen": "general", "lt": "lieutenant", "col": "colonel",
    "capt": "captain", "sgt": "sergeant", "insp": "inspector", "supt": "superintendent",
    "det": "detective", "st": "saint", "mt": "mount", "ft": "fort", "dept": "department",
    "univ": "university", "co": "company", "corp": "corporation", "inc": "incorporated",
    "ltd": "limited", "intl": "international", "govt": "government", "assn": "association",
    "calif": "california", "fla": "florida", "mass": "massachusetts", "penn": "pennsylvania",
    "conn": "connecticut", "tenn": "tennessee", "wash": "washington", "mich": "michigan",
    "minn": "minnesota", "wis": "wisconsin", "ariz": "arizona", "ala": "alabama",
    "colo": "colorado", "ore": "oregon", "okla": "oklahoma", "neb": "nebraska",
    "telly": "television", "tv": "television",
}  # fmt: skip
"""Abbreviations in news style (AP and Reuters style books) by what they stand for."""

_TITLES = frozenset("mr mrs ms miss dr sir dame lord lady madam rev hon".split())
"""Ways to address a person, which a summary may add."""

_ENDINGS = ("s", "es", "n", "an", "ian", "ans", "ians", "er", "ers", "i", "is", "ish", "ese")
"""What a name may gain or lose: plural, and the people of a place."""

_LEAST_STEM = 4
_SMALL = frozenset("a an and at by de del di for in la le of on or the to van von".split())


@dataclass(frozen=True, slots=True)
class Fact:
    """A name or number as it stands in a text: `words` are its tokens, `value` a number's."""

    text: str
    words: tuple[str, ...]
    value: float | None = None
    rounded: bool = False


class Known:
    """What an article says, for asking whether it has a fact. Most of it is looked at only when a
    fact is not there word by word."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._tokens = [token for text in texts for token in [*_tokens(text), ""]]
        self._words = {_plain(token) for token in self._tokens if token}

    @cached_property
    def _stems(self) -> Mapping[str, Collection[str]]:
        stems: dict[str, list[str]] = {}
        for word in self._words:
            stems.setdefault(word[:_LEAST_STEM], []).append(word)
        return stems

    @cached_property
    def _values(self) -> Collection[float]:
        return {value for _, _, value, _ in _numbers(self._tokens)}

    @cached_property
    def _places(self) -> Collection[str]:
        return {code for _, _, code in _place_spans(self._tokens)}

    @cached_property
    def _acronyms(self) -> Collection[str]:
        return set(_acronyms(self._tokens))

    def missing(self, fact: Fact) -> bool:
        """Whether the article has the fact in no form."""
        if fact.value is not None:
            return not self._has_value(fact.value, fact.rounded)
        words = [word for word in fact.words if _plain(word) not in _TITLES]
        if not any(self._lacks(word) for word in words):
            return False
        return any(self._lacks(word) for word in self._open_words(words))

    def _open_words(self, words: Sequence[str]) -> list[str]:
        """Those of a name that no place or acronym of the article speaks for."""
        initials = "".join(word[0] for word in words if word.lower() not in _SMALL).casefold()
        if len(initials) > 1 and initials in self._words:
            return []  # United Nations, where the article has UN
        spoken_for = {
            position
            for start, end, code in _place_spans(words)
            if code in self._places
            for position in range(start, end)
        }
        return [word for position, word in enumerate(words) if position not in spoken_for]

    def _lacks(self, word: str) -> bool:
        plain = _plain(word)
        if plain in self._words or plain in _SMALL or len(plain) == 1:
            return False
        if word.isupper() and plain in self._acronyms:
            return False
        if plain in _one_word_places():
            return True  # Australia is no inflection of Austria
        near = self._stems.get(plain[:_LEAST_STEM], ())
        return not any(_inflected(plain, other) for other in near)

    def _has_value(self, value: float, rounded: bool) -> bool:
        if value in self._values:
            return True
        return rounded and any(_rounds_to(other, value) for other in self._values)


def facts(sentence: str) -> list[Fact]:
    """The names and numbers of a sentence, in order, each once.

    A single capitalised word that begins the sentence is no name: it proves nothing.
    """
    tokens = _tokens(sentence)
    numbers = list(_numbers(tokens))
    counted = {n for start, end, _, _ in numbers for n in range(start, end)}
    found = [
        (start, Fact(" ".join(tokens[start:end]), tuple(tokens[start:end]), value, rounded))
        for start, end, value, rounded in numbers
    ]
    for start, end in _capitalised(tokens, counted):
        if start == 0 and end == 1 and not _is_acronym(tokens[0]):
            continue
        words = tuple(tokens[start:end])
        found.append((start, Fact(" ".join(words), words)))
    unique = {fact.text: fact for _, fact in sorted(found, key=lambda pair: pair[0])}
    return list(unique.values())


def _tokens(text: str) -> list[str]:
    """Words, numbers and signs; hyphenated words apart, `1.5bn` as number and word."""
    return [match.group() for match in _TOKEN.finditer(_GLUED.sub(" ", text.translate(_HYPHENS)))]


@lru_cache(maxsize=50_000)
def _plain(word: str) -> str:
    """Lower case, without possessive or full stops, abbreviations written out."""
    plain = _POSSESSIVE.sub("", word.casefold()).replace(".", "")
    return _SAME.get(plain, plain)


def _numbers(tokens: Sequence[str]) -> Iterator[tuple[int, int, float, bool]]:
    """Start, end, value and whether it is said to be rounded, of each number."""
    position = 0
    spelled = {
        found.start: (found.end, float(found.value))
        for found in find_numbers([_Word(token) for token in tokens], "en", threshold=0)
        if not any(token[:1].isdigit() for token in tokens[found.start : found.end])
    }
    while position < len(tokens):
        start, token = position, tokens[position]
        if token[:1].isdigit():
            position, value = position + 1, _digits(token)
            if position < len(tokens) and tokens[position].casefold() in _ORDINAL:
                position += 1
        elif position in spelled and token.casefold() not in _NO_NUMBERS | _MAGNITUDES.keys():
            position, value = spelled[position]
        elif token.casefold() == "dozen":
            position, value = position + 1, 12.0
        else:
            position += 1
            continue
        while position < len(tokens) and tokens[position].casefold() in _MAGNITUDES:
            value *= _MAGNITUDES[tokens[position].casefold()]
            position += 1
        before = {word.casefold() for word in tokens[max(0, start - 2) : start]}
        yield start, position, value, bool(before & _ABOUT)


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


def _digits(token: str) -> float:
    """`1,200` is 1200, `1.5` and `1,5` are 1.5; `1.200.000` is 1200000."""
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", token):
        return float(token.replace(",", ""))
    if token.count(".") > 1:
        return float(token.replace(".", "").replace(",", "."))
    whole = token.replace(",", ".", 1) if "." not in token else token
    return float(whole.replace(",", ""))


def _rounds_to(value: float, rounded: float) -> bool:
    """Whether a value rounds, up or down, to one with that many digits that count."""
    if not rounded or not value:
        return False
    step = 1.0
    while rounded % (step * 10) == 0:
        step *= 10
    return abs(value - rounded) < step


def _capitalised(tokens: Sequence[str], counted: set[int]) -> Iterator[tuple[int, int]]:
    """Start and end of each run of capitalised words; `of` and the like may stand inside."""
    position = 0
    while position < len(tokens):
        if not _is_name(tokens[position]) or position in counted:
            position += 1
            continue
        start, end = position, position + 1
        while end < len(tokens) and end not in counted:
            if _is_name(tokens[end]):
                end += 1
            elif (
                tokens[end] in ("of", "de", "del", "van", "von", "al", "bin")
                and end + 1 < len(tokens)
                and _is_name(tokens[end + 1])
                and end + 1 not in counted
            ):
                end += 2
            else:
                break
        position = end
        while start < end and tokens[start].casefold() in _NOT_NAMES:
            start += 1
        if start < end:
            yield start, end


_NOT_NAMES = frozenset(
    "a after all also although an and another as at because before both but by despite during each "
    "earlier even every for from he her here his how however i if in instead it its last later "
    "many meanwhile more most my next no not now on once one or other our several she since so "
    "some still such that the their then there these they this those to today tomorrow two under "
    "until we what when where while who why with yesterday you".split()
)
"""Words that begin a sentence with a capital and are no part of the name after them."""


def _is_name(token: str) -> bool:
    return token[:1].isupper()


def _is_acronym(token: str) -> bool:
    letters = token.replace(".", "")
    return len(letters) > 1 and letters.isupper()


def _acronyms(tokens: Sequence[str]) -> Iterator[str]:
    """Initials of every run of two to six capitalised words, small words left out."""
    names = [
        (position, token)
        for position, token in enumerate(tokens)
        if _is_name(token) or token.casefold() in _SMALL
    ]
    for first in range(len(names)):
        initials, last = "", names[first][0] - 1
        for position, token in names[first : first + 8]:
            if position != last + 1:
                break
            last = position
            if _is_name(token):
                initials += token[0].casefold()
                if len(initials) > 1:
                    yield initials


def _inflected(one: str, other: str) -> bool:
    """Whether two words differ by an ending of names alone."""
    short, long = sorted((one, other), key=len)
    if len(short) < _LEAST_STEM or long == short:
        return long == short
    return long.startswith(short) and long[len(short) :] in _ENDINGS


@cache
def _place_codes() -> dict[tuple[str, ...], str]:
    """Countries, their people and their short forms, by the words of the name."""
    return {
        tuple(_plain(word) for word in _tokens(place.surface)): place.alpha2
        for place in load_places()
        if place.kind in ("country", "demonym")
    }


@cache
def _one_word_places() -> frozenset[str]:
    return frozenset(words[0] for words in _place_codes() if len(words) == 1)


@cache
def _longest_place() -> int:
    return max(map(len, _place_codes()))


def _place_spans(tokens: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Start, end and country of each name of a country or people, the longest first."""
    codes, longest = _place_codes(), _longest_place()
    plain = [_plain(token) for token in tokens]
    for start in range(len(tokens)):
        if not _is_name(tokens[start]):
            continue
        for length in range(min(longest, len(tokens) - start), 0, -1):
            code = codes.get(tuple(plain[start : start + length]))
            if code is not None:
                yield start, start + length, code
                break
