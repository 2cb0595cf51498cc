"""Sentences of an article with one name, number, unit or date exchanged for one that it lacks.

They measure the check of names: every exchanged text must be listed. What is exchanged, and what an
article lacks, is told here by plain patterns of its own, not by what the check understands.
Everything is drawn from a seeded `random.Random`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

from pipeline.taxonomy.regions import load_places

_NAME = re.compile(
    r"(?<![\w'’.-])[A-Z][a-zà-ÿ’'A-Z]+(?:[ -](?:(?:of|de|van|al|bin) )?[A-Z][\w’']+)*(?![\w-])"
)
_FIRST = re.compile(r"^[A-Z][a-z]{3,}(?= (?:said|says|was|is|has|had|told|will|added|and) )")
_NUMBER = re.compile(
    r"(?<![\w.,$£€:/-])\d{1,3}(?:,\d{3})+(?![\w:/-])|(?<![\w.,$£€:/-])\d+(?:\.\d+)?(?![\w.,:/-]*\d)(?![a-zA-Z])"
)
_WORD_NUMBER = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|"
    r"forty|fifty|sixty)\b(?!-)"
)
_MONTH = "January February March April May June July August September October November December"
_MONTHS = _MONTH.split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_DATED = "|".join(_MONTHS)
_DATE = re.compile(rf"\b(?:(\d{{1,2}}) ({_DATED})|({_DATED}) (\d{{1,2}}))\b(?!,\d|\.\d)")
_YEAR = re.compile(r"(?<![\w$£€,.-])(?:19|20)\d\d(?![\w,.-]*\d)(?!\w)")
_WEEKDAY = re.compile(rf"\b(?:{'|'.join(_DAYS)})\b")
_ONLY_MONTH = re.compile(rf"(?<!\d )\b(?:{_DATED})\b(?! \d)")
_SCORE = re.compile(r"(?<![\w.,-])(\d{1,2})-(\d{1,2})(?![\w-]|\.\d)")
_CLOCK = re.compile(r"\b(\d{1,2}(?:[:.]\d\d)?) ?(am|pm|a\.m\.|p\.m\.)(?!\w)", re.IGNORECASE)
_CURRENCY = re.compile(r"(?<![\w$])[$£€](?=\d)")
_UNIT_GROUPS = [
    group.split("|")
    for group in (
        "km|miles|metres|feet", "kilometres|miles|yards", "kilometers|miles|yards",
        "meters|yards|miles", "metres|feet|miles", "feet|metres|miles", "miles|km|metres",
        "kg|pounds|tonnes", "pounds|euros|dollars", "tonnes|kg|pounds", "tons|pounds|ounces",
        "percent|percentage points|dollars", "per cent|percentage points|euros",
        "percentage points|percent", "million|billion|thousand", "billion|million|trillion",
        "trillion|billion|million", "dollars|euros|pounds", "euros|dollars|pounds",
        "years|months|weeks", "months|years|days", "weeks|months|days", "days|weeks|hours",
        "hours|days|minutes", "minutes|hours|seconds", "acres|hectares|square miles",
        "hectares|acres|square miles", "mph|km/h", "inches|feet|cm", "cm|inches|metres",
        "degrees Celsius|degrees Fahrenheit", "degrees Fahrenheit|degrees Celsius",
    )
]  # fmt: skip
_UNIT = re.compile(
    r"(?<=\d )(?:" + "|".join(sorted((g[0] for g in _UNIT_GROUPS), key=len, reverse=True)) + r")\b"
)
_UNITS = {group[0]: group[1:] for group in _UNIT_GROUPS}
_TITLES = frozenset("Mr Mrs Ms Miss Dr Sir Dame Lord Lady Rev Sen Rep Gov Prof".split())
_WORDS = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)*")
_SMALL = re.compile(r"(?<![\w’'])[a-zà-ÿ]+")
_LEAST_LIKE = 5
_OTHERS = 4
"""Articles that an exchanged text is drawn from."""
_SPELLED = dict(
    zip(
        "one two three four five six seven eight nine ten eleven twelve dozen fifteen twenty "
        "thirty forty fifty sixty".split(),
        "1 2 3 4 5 6 7 8 9 10 11 12 12 15 20 30 40 50 60".split(),
        strict=True,
    )
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A sentence about the article `article` in which `old` became `new`, which that lacks."""

    article: int
    kind: str
    text: str
    old: str
    new: str


@dataclass(frozen=True)
class _Article:
    """An article for drawing from: its sentences, its text and words in lower case, countries."""

    sentences: Sequence[str]
    text: str
    words: frozenset[str]
    countries: frozenset[str]
    names: tuple[str, ...]
    numbers: tuple[str, ...]

    def lacks_name(self, name: str) -> bool:
        """No word of it in any inflection, nor its country, nor its initials as an acronym."""
        parts = [word for word in _WORDS.findall(name) if len(word) > 2 and word[0].isupper()]
        letters = "".join(word[0] for word in _WORDS.findall(name) if word[0].isupper())
        return (
            bool(parts)
            and not any(self._has_like(word.lower()) for word in parts)
            and _countries(name).isdisjoint(self.countries)
            and not (len(letters) > 1 and re.search(rf"\b{r'.?'.join(letters)}\b", self.text))
        )

    def _has_like(self, word: str) -> bool:
        like = word[: max(_LEAST_LIKE, len(word) - 3)] if len(word) > _LEAST_LIKE else word
        return any(own.startswith(like) for own in self.words)

    def lacks_number(self, number: str) -> bool:
        """The number stands nowhere in it, in digits or as a word."""
        return _value(number) not in {_value(word) for word in self.words}


def _value(word: str) -> float | None:
    plain = _SPELLED.get(word, word).replace(",", "")
    return float(plain) if plain[0].isdigit() and plain.count(".") < 2 else None


def exchanges(articles: Sequence[Sequence[str]], count: int, seed: int) -> Iterator[Exchange]:
    """Up to `count` exchanges in sentences of the articles, of every kind as evenly as they allow.

    An article is its sentences. Each sentence is used once, for the kind that has fewest so far of
    those that it has a place for.
    """
    random = Random(seed)
    read = [_read(sentences) for sentences in articles]
    places = [(n, sentence) for n, one in enumerate(read) for sentence in one.sentences]
    random.shuffle(places)
    small = {word for one in read for word in _SMALL.findall(one.text)}
    drawn: Counter[str] = Counter()
    for number, sentence in places:
        if drawn.total() == count:
            return
        if not 40 <= len(sentence) <= 400:
            continue
        other = _together(random.sample(read, min(_OTHERS, len(read))), small)
        for kind in sorted(KINDS, key=lambda kind: (drawn[kind], kind)):
            made = KINDS[kind](sentence, read[number], other, random)
            if made is not None:
                drawn[kind] += 1
                yield Exchange(number, kind, *made)
                break


def _read(sentences: Sequence[str]) -> _Article:
    text = " ".join(sentences)
    return _Article(
        sentences,
        text,
        frozenset(word.lower() for word in _WORDS.findall(text)),
        frozenset(_countries(text)),
        tuple(dict.fromkeys(m.group() for s in sentences for m in _names(s))),
        tuple(dict.fromkeys(_NUMBER.findall(text) + _WORD_NUMBER.findall(text))),
    )


def _together(articles: Sequence[_Article], small: Collection[str]) -> _Article:
    """What several articles have to draw from; a name has a word that no article has in small
    letters, so that it is one."""
    return _Article(
        (), "", frozenset(), frozenset(),
        tuple(
            name
            for one in articles
            for name in one.names
            if any(word.lower() not in small for word in _WORDS.findall(name) if word[0].isupper())
        ),
        tuple(number for one in articles for number in one.numbers),
    )  # fmt: skip


@cache
def _surfaces() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for place in load_places():
        if place.kind in ("country", "demonym"):
            found.setdefault(place.surface, set()).add(place.alpha2)
    return {surface: frozenset(codes) for surface, codes in found.items()}


def _countries(text: str) -> set[str]:
    words = re.findall(r"[\w.’']+", text)
    runs = {" ".join(words[n : n + size]) for size in (1, 2, 3) for n in range(len(words))}
    runs |= {re.sub(r"(?:[’']s|[.,’'])$", "", run) for run in runs}
    return {code for run in runs for code in _surfaces().get(run, ())}


def _names(sentence: str) -> list[re.Match[str]]:
    """Runs of capitalised words inside a sentence, where the first may be any word; no titles."""
    return [
        match
        for match in _NAME.finditer(sentence)
        if match.start() > 0
        and sentence[match.start() - 1] == " "
        and sentence[match.start() - 2] not in ".:!?\"“”'’"
        and match.group() not in _MONTHS + _DAYS
        and not set(match.group().split()) <= _TITLES
    ]


_Made = tuple[str, str, str]


def _put(text: str, match: re.Match[str], new: str) -> _Made:
    return text[: match.start()] + new + text[match.end() :], match.group(), new


def _name(sentence: str, own: _Article, other: _Article, random: Random) -> _Made | None:
    found = _names(sentence)
    pool = [name for name in other.names if own.lacks_name(name)]
    return _put(sentence, random.choice(found), random.choice(pool)) if found and pool else None


def _first_name(sentence: str, own: _Article, other: _Article, random: Random) -> _Made | None:
    match = _FIRST.match(sentence)
    if not match or match.group().lower() in own.text or match.group() not in own.names:
        return None
    pool = [name for name in other.names if name.isalpha() and own.lacks_name(name)]
    return _put(sentence, match, random.choice(pool)) if pool else None


def _number(sentence: str, own: _Article, other: _Article, random: Random) -> _Made | None:
    found = list(_NUMBER.finditer(sentence))
    pool = [n for n in other.numbers if n[0].isdigit() and own.lacks_number(n)]
    return _put(sentence, random.choice(found), random.choice(pool)) if found and pool else None


def _word_number(sentence: str, own: _Article, other: _Article, random: Random) -> _Made | None:
    found = list(_WORD_NUMBER.finditer(sentence))
    pool = [word for word in _SPELLED if word not in ("one", "dozen") and own.lacks_number(word)]
    return _put(sentence, random.choice(found), random.choice(pool)) if found and pool else None


def _unit(sentence: str, own: _Article, other: _Article, random: Random) -> _Made | None:
    found = list(_UNIT.finditer(sentence))
    if not found:
        return None
    match = random.choice(found)
    number = re.findall(r"[\d.,]+(?= $)", sentence[: match.start()])[-1]
    pool = [u for u in _UNITS[match.group()] if f"{number} {u}".lower() not in own.text.lower()]
    if not pool or len(re.findall(rf"(?<![\d.,]){re.escape(number)}(?![\d.,]\d|\d)", own.text)) > 1:
        return None
    return _put(sentence, match, random.choice(pool))


def _currency(sentence: str, own: _Article, other: _Article, random: Random) -> _Made | None:
    found = list(_CURRENCY.finditer(sentence))
    if not found:
        return None
    match = random.choice(found)
    pool = [sign for sign in "$£€" if sign not in own.text]
    return _put(sentence, match, random.choice(pool)) if pool else None


def _date(sentence: str, own: _Article, other: _Article, random: Random) -> _Made | None:
    found = list(_DATE.finditer(sentence))
    if not found:
        return None
    match = random.choice(found)
    days = {int(day) for m in _DATE.finditer(own.text) for day in (m[1], m[4]) if day}
    day = random.choice([day for day in range(1, 29) if day not in days])
    return _put(sentence, match, f"{day} {match[2]}" if match[2] else f"{match[3]} {day}")


def _one_of(pattern: re.Pattern[str], choices: Sequence[str]) -> Callable[..., _Made | None]:
    def exchange(sentence: str, own: _Article, other: _Article, random: Random) -> _Made | None:
        found = list(pattern.finditer(sentence))
        pool = [one for one in choices if not re.search(rf"\b{one[:3]}", own.text)]
        return _put(sentence, random.choice(found), random.choice(pool)) if found and pool else None

    return exchange


def _year(sentence: str, own: _Article, other: _Article, random: Random) -> _Made | None:
    found = list(_YEAR.finditer(sentence))
    pool = [str(year) for year in range(1950, 2030) if str(year) not in own.text]
    return _put(sentence, random.choice(found), random.choice(pool)) if found and pool else None


def _score(sentence: str, own: _Article, other: _Article, random: Random) -> _Made | None:
    found = [match for match in _SCORE.finditer(sentence) if match[1] != match[2]]
    if not found:
        return None
    match = random.choice(found)
    new = f"{match[2]}-{match[1]}"
    return _put(sentence, match, new) if new not in own.text else None


def _clock(sentence: str, own: _Article, other: _Article, random: Random) -> _Made | None:
    found = list(_CLOCK.finditer(sentence))
    if not found:
        return None
    match = random.choice(found)
    half = match[2].translate(str.maketrans("apAP", "paPA"))
    hours = [text for text, _ in _CLOCK.findall(own.text)]
    new = match.group().replace(match[2], half)
    return _put(sentence, match, new) if hours.count(match[1]) == 1 else None


KINDS: Mapping[str, Callable[[str, _Article, _Article, Random], _Made | None]] = {
    "name": _name,
    "first name": _first_name,
    "number": _number,
    "number word": _word_number,
    "unit": _unit,
    "currency": _currency,
    "date": _date,
    "month": _one_of(_ONLY_MONTH, _MONTHS),
    "weekday": _one_of(_WEEKDAY, _DAYS),
    "year": _year,
    "score": _score,
    "clock": _clock,
}


def is_listed(exchange: Exchange, unsupported: Sequence[str]) -> bool:
    """Whether a listed text names what was exchanged: has it, or a part of it."""
    new = exchange.new.replace("-", " ").lower()
    return any(
        new in listed
        or listed in new
        or not set(_WORDS.findall(new)).isdisjoint(_WORDS.findall(listed))
        for listed in (text.replace("-", " ").lower() for text in unsupported)
    )
