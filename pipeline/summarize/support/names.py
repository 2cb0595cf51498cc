"""Names in a text: runs of capitalised words, acronyms, countries and peoples, inflections."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from pipeline.taxonomy.regions import load_places
from pipeline.text.ordinary import is_ordinary
from pipeline.text.tokens import CALENDAR, POSSESSIVE, SEAM, Tokens, plain

TITLES = frozenset("mr mrs ms miss dr sir dame lord lady madam rev hon jr sr".split())
"""Ways to address a person, which a summary may add."""

SMALL = frozenset("a an and at by de del di for in la le of on or the to van von".split())
_PARTICLES = frozenset(
    "of de del della di da do dos du la van von der den ten ter al el bin bint ibn".split()
)
_OPENERS = frozenset("\"“”‘’'.:!?;•*-([{" + SEAM)
_CONTRACTED = re.compile(r"(?:n[’']t|[’'](?:ve|re|ll|m|d))$", re.IGNORECASE)

_NOT_NAMES = frozenset(
    "a after all also although an and another as at because before both but by despite during each "
    "earlier even every for from he her here his how however i if in instead it its last later "
    "many meanwhile more most my next no not now on once one or other our several she since so "
    "some still such that the their then there these they this those to today tomorrow two under "
    "until we what when where while who why with yesterday you".split()
)
"""Words that begin a sentence with a capital and are no part of the name after them."""

_ENDINGS = frozenset(
    "s es n an ian ans ians er ers i is ish ese ic ics al ional ism ist ists men man".split()
)
"""What a name may gain or lose: plural, the people of a place, the adjective of a body."""
_LEAST_STEM = 4

_NAMED = frozenset("nato nasa unicef unesco fifa uefa opec asean nafta isis aids covid".split())
"""Acronyms that some papers write as a name, Nato."""

_PAIRS = {
    "un": "united nations", "eu": "european union", "us": "united states",
    "uk": "united kingdom", "ap": "associated press", "ba": "british airways",
    "gm": "general motors", "ge": "general electric", "dc": "district columbia",
    "la": "los angeles", "ny": "new york", "nz": "new zealand", "sa": "south africa",
    "ec": "european commission", "is": "islamic state", "vw": "volkswagen",
    "bp": "british petroleum", "gb": "great britain", "hk": "hong kong", "pc": "plaid cymru",
    "jd": "justice department", "sc": "supreme court", "wh": "white house",
}  # fmt: skip
"""What acronyms of two letters stand for; others must stand for ordinary words, for two initials
are those of some person in any article."""

SMALL_LETTERS = {
    "ai": "artificial intelligence", "ceo": "chief executive", "evs": "electric vehicles",
    "gdp": "gross domestic product", "icu": "intensive care", "ipo": "initial public offering",
    "ivf": "in vitro fertilisation", "lng": "liquefied natural gas", "mp": "member of parliament",
    "mps": "members of parliament", "pm": "prime minister", "vp": "vice president",
}  # fmt: skip
"""Acronyms of what is written in small letters."""

_OWN_PARTS = {
    part: code
    for code, parts in {
        "GB-ENG": "england english englishman englishmen", "GB-WLS": "wales welsh",
        "GB-SCT": "scotland scottish scot scots", "RU-SU": "soviet soviets ussr",
        "PS-GZ": "gaza gazan gazans", "ES-CT": "catalan catalans", "NZ-MA": "maori",
        "RS-YU": "yugoslav yugoslavs yugoslavia", "SO-PL": "puntland",
        "CZ-CS": "czechoslovak czechoslovaks czechoslovakia", "SO-SL": "somaliland",
    }.items()
    for part in parts.split()
} | {
    "northern ireland": "GB-NIR", "northern irish": "GB-NIR", "west bank": "PS-WB",
    "soviet union": "RU-SU", "gaza strip": "PS-GZ", "east germany": "DE-DD",
    "west germany": "DE-DW",
}  # fmt: skip
"""Surfaces of the lexicon that name a part of a country, or a state before it: the article that
says England says Britain too, but not the other way round, and never Scotland."""


def capitalised(words: Sequence[str], counted: set[int]) -> Iterator[tuple[int, int]]:
    """Start and end of each run of capitalised words; `of` and the like may stand inside."""
    position = 0
    while position < len(words):
        if not is_name(words[position]) or position in counted:
            position += 1
            continue
        start, end = position, position + 1
        while end < len(words) and end not in counted:
            at = end
            while at < len(words) and at < end + 2 and words[at] in _PARTICLES:
                at += 1
            if at > end and plain(words[end - 1]) in CALENDAR:
                break
            if at == len(words) or not is_name(words[at]) or at in counted:
                break
            end = at + 1
        position = end
        while start < end and plain(words[start]) in _NOT_NAMES:
            start += 1
        while start < end and words[start] in _PARTICLES:
            start += 1
        if start < end:
            yield start, end


def is_name(word: str) -> bool:
    """Whether a word is written as a name."""
    if not word[:1].isupper():
        return False
    return word.isalnum() or not _CONTRACTED.search(word)


def begins(words: Sequence[str], position: int) -> bool:
    """Whether a word stands where any word has a capital: it begins a sentence or a quotation."""
    return position == 0 or words[position - 1] in _OPENERS


def is_common(word: str) -> bool:
    """Whether a capitalised word is an ordinary one."""
    low = plain(word)
    return low in _NOT_NAMES or (is_ordinary(low) and not is_acronym(word))


def is_acronym(word: str) -> bool:
    """Whether a word is two or more capital letters, dotted or not."""
    letters = POSSESSIVE.sub("", word).replace(".", "")
    return len(letters) > 1 and letters.isupper()


def is_own(word: str) -> bool:
    """Whether a word is hardly anything but a part of one person's name: no ordinary word, place,
    party or role."""
    form = plain(word)
    return (
        len(form) > 2
        and form not in SHARED
        and not is_common(word)
        and not is_acronym(word)
        and form not in CALENDAR
        and form not in _places()
        and not _OF_A_KIND.search(form)
    )


SHARED = (
    frozenset(
        "republican republicans democrat democrats democratic senate house congress labour labor "
        "tory tories conservative conservatives liberal lib christian muslim jewish catholic "
        "premier queen king prince princess pope cardinal archbishop bishop judge sheriff "
        "detective sergeant lieutenant colonel captain general governor senator van der den bin al "
        "street road valley county city town lake river mount park hill university college church "
        "hospital airport stadium bay beach island school hall tower league cup united".split()
    )
    | TITLES
)
"""Parts of many names: roles, parties, bodies, kinds of place."""
_OF_A_KIND = re.compile(r"\w{4}(?:ians?|ists?|crats?)$")
"""South Carolinian, Baptist."""


@cache
def _places() -> frozenset[str]:
    """Places of one word in the lexicon, without those that people are called by."""
    return frozenset(
        plain(place.surface)
        for place in load_places()
        if place.kind in ("country", "demonym", "capital", "city", "division", "metonym", "block")
        and not set("gs") & set(place.flags)
        and " " not in place.surface
    )


def initials(words: Sequence[str]) -> str:
    """First letters of a name in lower case, small words left out."""
    return "".join(plain(word)[0] for word in words if word.lower() not in SMALL and plain(word))


def stands_for(letters: str, words: Sequence[str]) -> bool:
    """Whether a name may have this acronym; its initials are given to be the same."""
    full = [plain(word) for word in words if word.lower() not in SMALL]
    if len(letters) > 2:
        return True
    return _PAIRS.get(letters) == " ".join(full) or all(map(is_ordinary, full))


def written_acronyms(words: Sequence[str]) -> set[str]:
    """Acronyms that a text has as such: in capitals, dotted or not, among other words."""
    found = set()
    for at, word in enumerate(words):
        if word.casefold() in _NAMED:
            found.add(word.casefold())
        elif is_acronym(word):
            near = [w for w in words[max(0, at - 1) : at + 2] if len(w) > 1 and w[0].isalpha()]
            if "." in word or len(near) == 1 or not all(w.isupper() for w in near):
                found.add(plain(word))
    return found


def acronyms(words: Sequence[str]) -> set[str]:
    """Initials of every run of two to six capitalised words, small words left out."""
    found = set()
    names = [
        (position, word)
        for position, word in enumerate(words)
        if is_name(word) or word.casefold() in SMALL
    ]
    for first in range(len(names)):
        letters, last, run = "", names[first][0] - 1, []
        for position, word in names[first : first + 8]:
            if position != last + 1:
                break
            last = position
            if is_name(word):
                letters += plain(word)[:1]
                run.append(word)
                if len(letters) > 1 and stands_for(letters, run):
                    found.add(letters)
    return found


_NUMERALS = "first:one second:two third:three fourth:four fifth:five sixth:six seventh:seven \
eighth:eight ninth:nine tenth:ten".split()


def numeral_forms(word: str, value: int) -> set[str]:
    """What may stand for a Roman numeral beside its name: `ii`, `2`, `two` after it, or `second`
    before."""
    spelled = _NUMERALS[value - 1].split(":") if value <= len(_NUMERALS) else []
    return {word.casefold(), str(value), *spelled}


def inflected(one: str, other: str) -> bool:
    """Whether two words differ by an ending of names alone."""
    short, long = sorted((one, other), key=len)
    if len(short) < _LEAST_STEM or long == short:
        return long == short
    if long.startswith(short):
        return long[len(short) :] in _ENDINGS
    same = 0
    while same < len(short) and short[same] == long[same]:
        same += 1
    return same > _LEAST_STEM and (short[same:], long[same:]) in _TURNS


_TURNS = frozenset(
    {("e", "ional"), ("y", "ies"), ("o", "an"), ("a", "ese"), ("s", "ic"), ("e", "orial")}
)
"""Endings that stand for each other: Democrats, Democratic; family, families."""


@cache
def _place_codes() -> dict[tuple[str, ...], str]:
    """Countries, their people and their short forms, by the words of the name."""
    codes = {
        tuple(plain(word) for word in Tokens(place.surface).words): place.alpha2
        for place in load_places()
        if place.kind in ("country", "demonym")
    }
    return {words: _OWN_PARTS.get(" ".join(words), code) for words, code in codes.items()}


@cache
def one_word_places() -> frozenset[str]:
    """Countries and peoples of one word: Australia is no inflection of Austria."""
    return frozenset(words[0] for words in _place_codes() if len(words) == 1)


@cache
def _longest_place() -> int:
    return max(map(len, _place_codes()))


def place_spans(words: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Start, end and country of each name of a country or people, the longest first."""
    codes, longest = _place_codes(), _longest_place()
    low = [plain(word) for word in words]
    for start in range(len(words)):
        if not is_name(words[start]):
            continue
        for length in range(min(longest, len(words) - start), 0, -1):
            code = codes.get(tuple(low[start : start + length]))
            if code is not None:
                yield start, start + length, code
                break
