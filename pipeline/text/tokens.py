"""The words, numbers and signs of a text, and the plain form in which they are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cached_property, lru_cache

_TOKEN = re.compile(r"(?:[^\W\d_]\.){2,}|\d+(?:[.,]\d+)*|[^\W\d_]+(?:[’'ʼ][^\W\d_]+)*|[^\w\s]")
_MINUS = re.compile(r"(?:^|[\s(])[-−–][$£€]?\d")
POSSESSIVE = re.compile(r"[’']s?$")
_CONTRACTION = re.compile(r"'(?:ve|re|ll|d|m)$|(?<=n)'t$")
_HYPHENS = str.maketrans({"-": " ", "–": " ", "—": " ", "‑": " ", "−": " "})
_LETTERS = str.maketrans(
    {"ı": "i", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th",
     "’": "'", "ʼ": "'", "‘": "'"}
)  # fmt: skip
"""What Unicode does not take apart into a letter and its sign."""

SEAM = "\x00"
"""Stands between the texts that are read together; no name or number crosses it."""

_MONTHS = "january february march april may june july august september october november december"
MONTHS = {month: number for number, month in enumerate(_MONTHS.split(), start=1)}
DAYS = frozenset("monday tuesday wednesday thursday friday saturday sunday".split())
CALENDAR = DAYS | MONTHS.keys()

_SHORT = {
    "jan": "january", "feb": "february", "mar": "march", "apr": "april", "jun": "june",
    "jul": "july", "aug": "august", "sep": "september", "sept": "september", "oct": "october",
    "nov": "november", "dec": "december", "mon": "monday", "tue": "tuesday", "tues": "tuesday",
    "wed": "wednesday", "thu": "thursday", "thur": "thursday", "thurs": "thursday",
    "fri": "friday", "sat": "saturday", "sun": "sunday",
    "gov": "governor", "sen": "senator", "rep": "representative", "pres": "president",
    "govs": "governors", "sens": "senators", "reps": "representatives",
    "prof": "professor", "gen": "general", "lt": "lieutenant", "col": "colonel",
    "capt": "captain", "sgt": "sergeant", "insp": "inspector", "supt": "superintendent",
    "det": "detective", "st": "saint", "mt": "mount", "ft": "fort", "dept": "department",
    "univ": "university", "co": "company", "corp": "corporation", "inc": "incorporated",
    "ltd": "limited", "intl": "international", "govt": "government", "assn": "association",
    "ala": "alabama", "ariz": "arizona", "ark": "arkansas", "calif": "california",
    "colo": "colorado", "conn": "connecticut", "fla": "florida", "ga": "georgia", "kan": "kansas",
    "ky": "kentucky", "mass": "massachusetts", "md": "maryland", "mich": "michigan",
    "minn": "minnesota", "mont": "montana", "neb": "nebraska", "nev": "nevada",
    "okla": "oklahoma", "ore": "oregon",
    "pa": "pennsylvania", "penn": "pennsylvania", "tenn": "tennessee", "tex": "texas",
    "va": "virginia", "vt": "vermont", "wash": "washington", "wis": "wisconsin",
    "wyo": "wyoming", "qaida": "qaeda", "dem": "democrat", "dems": "democrats",
}  # fmt: skip
"""Abbreviations in news style (AP and Reuters style books) by what they stand for. They need a
capital: he sat, the sun and the mass are not Saturday, Sunday and Massachusetts."""

_SHORT_ANYHOW = {"telly": "television", "tv": "television", "govt": "government"}


def without_s(name: str) -> str:
    """A name without the 's of a possessive."""
    return name.removesuffix("'s").removesuffix("’s")


class Tokens:
    """A text in tokens, its `words`. Hyphenated words stand apart, `1.5bn` is number and word."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._spaced = text.translate(_HYPHENS)
        self.words: list[str] = _TOKEN.findall(self._spaced)

    @cached_property
    def starts(self) -> list[int]:
        """The offset of each token in `text`."""
        return [match.start() for match in _TOKEN.finditer(self._spaced)]

    @cached_property
    def has_minus(self) -> bool:
        """Whether a minus may stand before a number somewhere."""
        return bool(_MINUS.search(self.text))

    def end(self, position: int) -> int:
        """Offset after a token."""
        return self.starts[position] + len(self.words[position])

    def between(self, position: int) -> str:
        """What stands between a token and the next one."""
        if position < 0 or position + 1 >= len(self.words):
            return ""
        return self.text[self.end(position) : self.starts[position + 1]]

    def slice(self, start: int, end: int) -> str:
        """The text of the tokens from `start` to before `end`, as it stands."""
        return self.text[self.starts[start] : self.end(end - 1)]


def together(texts: Iterable[str]) -> Tokens:
    """Several texts in one, with a `SEAM` token between them."""
    return Tokens(f" {SEAM} ".join(texts))


@lru_cache(maxsize=50_000)
def plain(word: str) -> str:
    """Lower case, no accents, possessive or full stops, abbreviations written out."""
    form = word.casefold()
    if not form.isascii():
        form = unicodedata.normalize("NFKD", form.translate(_LETTERS))
        form = "".join(letter for letter in form if not unicodedata.combining(letter))
    form = POSSESSIVE.sub("", form).replace(".", "")
    if "'" in form:
        form = _CONTRACTION.sub("", form)
    if word[:1].isupper() and form in _SHORT:
        return _SHORT[form]
    return _SHORT_ANYHOW.get(form, form)
