"""The people that sentences name: the one whom a pronoun means, and full names for surnames.

Never a guess: where another reading is possible, there is no answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from pipeline.summarize.selection.furniture import has_whole_quotes
from pipeline.taxonomy.regions import load_places
from pipeline.text.tokens import POSSESSIVE, without_s

_TITLES = (
    r"(?:Mr|Mrs|Ms|Miss|Dr|Sir|Dame|Lord|Lady|Prof|Rev|Fr|Sgt|Lt|Col|Gen|Capt|Cpl|Maj|Det|Insp|"
    r"Supt|Sen|Rep|Gov|Sens|Reps)\.?|Senator|Representative|Governor|President|Prime Minister|"
    r"Chancellor|Secretary|Minister|Judge|Justice|Pope|King|Queen|Prince|Princess|Mayor|Councillor|Chief|"
    r"Superintendent|Inspector|Detective|Constable|Sergeant|Captain|Colonel|General|Professor|"
    r"Doctor|Archbishop|Bishop|Cardinal|Ayatollah|Sheikh|Imam|Rabbi|Congressman|Congresswoman"
)
WORD = r"[A-Z][\w'’]*[a-z][\w'’]*(?:-[A-Z][\w'’]+)?"
_FULL = re.compile(
    rf"(?:(?P<title>{_TITLES}) )?(?P<first>{WORD})(?P<middle>(?: [A-Z]\.| (?:al|bin|bint|van|von|"
    rf"de|der|den|da|di|el|ibn|ben|le|la|du)(?= )| {WORD}){{0,2}}) (?P<last>{WORD})(?![\w’'-])"
)
SAYS = (
    r"said|says|told|added|asked|wrote|tweeted|announced|warned|argued|insisted|explained|admitted|"
    r"claimed|denied|urged|confirmed|was|is|has|had|will|would|who|died|pleaded|resigned|scored|won"
)
_SUBJECT = re.compile(
    rf"(?:(?P<title>{_TITLES}) )?(?P<name>{WORD}(?: (?:[A-Z]\.|al|bin|van|von|de|der|da|di|el|"
    rf"{WORD})){{0,3}})(?:, (?:aged )?\d{{1,3}},|, from [A-Z]\w+,| \(\d{{1,3}}\))? "
    rf"(?:{SAYS}|[a-z]+ed)\b"
)
_SPEAKER = re.compile(
    rf"(?:^|, |[\"”’'] ?)(?:said|says|added|noted|wrote|explained) (?:(?P<title>{_TITLES}) )?"
    rf"(?P<name>{WORD}(?: (?:[A-Z]\.|al|bin|van|von|de|{WORD})){{1,3}})(?=[.,])"
)
_IN_PLACE = re.compile(r"\b(?:in|at|near|outside|across|around|into|inside) (?:the )?$")
_CAPITALISED = re.compile(r"\b[A-Z][\w'’.-]*(?: (?:(?:of|the|and|for|de) )?[A-Z][\w'’.-]*)*")
NOT_PERSON = frozenset(
    "Party Council University College School Hospital Court Street Road Avenue Park Church "
    "Bank Group Company Corporation Corp Inc Ltd Association Federation Union Ministry "
    "Department Agency Office Committee Commission Congress Parliament Senate House Assembly "
    "Board Authority Army Navy Force Forces Police Service Services Club United City Town "
    "County State States Province District River Lake Island Islands Sea Ocean Bay Mountain "
    "Mount Valley Airport Station Bridge Centre Center Museum Theatre Theater Stadium Arena "
    "Hotel Institute Foundation Trust Fund Times Post News Daily Journal Guardian Telegraph "
    "Herald Tribune Mail Sun Mirror Express Observer Independent Press Network Media Radio "
    "Television Studios Records Games Cup League Championship Championships Open Grand Prix "
    "Olympics Olympic World National International European American British French German "
    "Russian Chinese Indian Israeli Iranian Iraqi Syrian Turkish Saudi African Asian North "
    "South East West Northern Southern Eastern Western Central New Great Old Supreme High Act "
    "Bill Law Treaty Agreement Accord Day Week Month Year Monday Tuesday Wednesday Thursday "
    "Friday Saturday Sunday January February March April May June July August September "
    "October November December War Battle Front Movement Alliance Coalition Democrats "
    "Republicans Labour Conservative Conservatives Democratic Republican Democrat Liberal "
    "Green Christian Muslim Jewish Islamic Catholic Orthodox White Black Wall Silicon Red Air "
    "Royal Foreign Home Health Education Defence Defense Justice Security Treasury Google "
    "Facebook Twitter Apple Microsoft Amazon The This That These In On At For From But And "
    "When While After Before If As By With Since Under Over".split()
)
_OTHERS = re.compile(
    r"\b(?:man|men|woman|women|boy|girl|boys|girls|driver|suspect|victim|officer|judge|father|"
    r"mother|son|daughter|brother|sister|husband|wife|lawyer|spokesman|spokeswoman|spokesperson|"
    r"teacher|doctor|neighbour|neighbor|friend|colleague|teenager|pensioner|gunman|attacker|player|"
    r"manager|coach|minister|president|king|queen|leader|chairman|chief|director|couple|pair|he|"
    r"she|him|his|her|hers|boyfriend|girlfriend|partner|uncle|aunt|child|baby|patient|passenger|"
    r"pilot|soldier|resident|witness|owner|author|\d+-year-old)\b"
)
_HE = frozenset(("Mr", "Sir", "Lord", "King", "Prince", "Congressman", "Fr"))
_SHE = frozenset(("Mrs", "Ms", "Miss", "Dame", "Lady", "Queen", "Princess", "Congresswoman"))
_HISWORDS = re.compile(
    r"\b(?:he|him|his|himself|Mr|Sir|spokesman|chairman|actor|father|husband|son|man)\b"
)
_HERWORDS = re.compile(
    r"\b(?:she|her|hers|herself|Mrs|Ms|Miss|spokeswoman|chairwoman|actress|mother|wife|daughter|"
    r"woman)\b"
)

_NOT_NOW = re.compile(
    r"(?:[Ff]ormer|[Tt]hen|[Ll]ate|[Ff]uture|[Aa]cting|[Dd]eputy|[Ee]x|[Ii]nterim)[ -]$"
)
_GLUED = re.compile(r"(?<!^Mc)(?<!^Mac)(?<!^De)(?<!^Le)(?<!^La)(?<!^Di)(?<!^Van)[a-z][A-Z]")
"""Of words whose space was lost: "ButJosh"."""
QUOTATION = re.compile(r"\"[^\"]*\"?|“[^”]*”?")


@dataclass(frozen=True, slots=True)
class Person:
    """A person as named in a sentence: the whole `name`, its last word, the title before it."""

    name: str
    last: str
    title: str | None


def only_person(sentence: str, pronoun: str) -> Person | None:
    """The one person whom `pronoun` can mean at the beginning of the sentence after this one.

    The person is the subject of this sentence or is said to speak, and nothing else in it, named
    or not, may be a person.
    """
    if not has_whole_quotes(sentence):
        return None
    outside = QUOTATION.sub(" ", sentence).strip(" ,")
    match = _SUBJECT.match(outside) or _SPEAKER.search(outside)
    if match is None:
        return None
    name = without_s(match["name"])
    words = name.split()
    title = (match["title"] or "").rstrip(".")
    if any(word in NOT_PERSON for word in words) or name.casefold() in _place_names():
        return None
    if len(words) == 1 and not title:
        return None
    his = pronoun in ("He", "His")
    if title in (_SHE if his else _HE):
        return None
    rest = outside[: match.start("name")] + " " + outside[match.end("name") :]
    rest = rest.replace(match["title"] or "\0", " ")
    if (_HERWORDS if his else _HISWORDS).search(rest):
        return None
    same = re.compile("he|him|his" if his else "she|her|hers")
    if any(not same.fullmatch(other.group()) for other in _OTHERS.finditer(rest)):
        return None
    for other in _CAPITALISED.finditer(rest):
        if not _IN_PLACE.search(rest[: other.start()]) and not _is_no_person(other.group(), words):
            return None
    return Person(name, words[-1], match["title"])


def _is_no_person(name: str, own: Sequence[str]) -> bool:
    """Whether a name is sure to be that of a place, an institution, a day, or the person again."""
    plain = POSSESSIVE.sub("", name.rstrip("."))
    words = plain.split()
    return (
        plain.casefold() in _place_names()
        or all(word in own for word in words)
        or all(word.isupper() and len(word) > 1 for word in words)
        or words[-1] in NOT_PERSON
        or (len(words) > 1 and any(word in NOT_PERSON for word in words))
    )


def full_name(sentences: Sequence[str | None], last: str) -> str | None:
    """The name with a first name, and with the office before it, that these sentences give to the
    only person who bears this surname; None where nobody or several do."""
    names: dict[str, str] = {}
    for sentence in sentences:
        if not sentence or last not in sentence:
            continue
        for match in _FULL.finditer(sentence):
            if without_s(match["last"]) != last:
                continue
            title = match["title"]
            words = match.group().removeprefix(title or "").split()
            if any(word in NOT_PERSON or _GLUED.search(word) for word in words):
                continue
            if title in ("Mr", "Mrs", "Ms") or _NOT_NOW.search(sentence[: match.start()]):
                title = None
            name = without_s(" ".join(words))
            names.setdefault(name, f"{title} {name}" if title else name)
    return next(iter(names.values())) if len(names) == 1 else None


@cache
def _place_names() -> frozenset[str]:
    return frozenset(place.surface.casefold() for place in load_places())
