"""The normal case of a text in capitals, in lower case or with a capital for every word.

Letters change and nothing else does: every offset stays valid. What is a name is known from the
article's own words where some of it is in normal case, from a table of known names, and from the
list of ordinary words: what is none of these is a name.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from pipeline.text.case import (
    ACRONYMS,
    ALWAYS_LOWER,
    FIRST_NAMES,
    STARTERS,
    TITLES,
    Style,
    is_headline_style,
    style_of,
)
from pipeline.text.ordinary import is_ordinary
from pipeline.text.table_names import Hit, NameTable
from pipeline.text.tokens import CALENDAR

TRUECASE_VERSION = "2"
"""Goes up with every change of what comes out of the same text."""

_WORD = re.compile(r"[^\W\d_]+")
_DOTTED = re.compile(r"\b(?:[a-z]\.){2,}")
_NOT_CAPITAL = frozenset({"a.m.", "p.m.", "e.g.", "i.e.", "c.f.", "n.b."})
_SENTENCE = re.compile(r"""(?:^|[.!?…]["'”’)]*\s+)["'“‘(\[]*(?=[^\W\d_])""")
_NO_END = re.compile(
    r"\b(?:mr|mrs|ms|dr|st|prof|gen|gov|sen|rep|lt|col|sgt|capt|maj|rev|no|vs|jan|feb|mar|apr|jun"
    r"|jul|aug|sept?|oct|nov|dec|(?:[a-z]\.)*[a-z])\.$"
)
_OPENERS = ('"', "'", "“", "‘", "(", "[", "’", "-")
_DATELINE = re.compile(
    r"[\"“ ]*[A-Z][A-Z .,'’-]{2,40}(?:\([A-Za-z .]{2,30}\))?[^\S\n]*(?:--?|–|—)[^\S\n]"
)
_MONTH_BEFORE = re.compile(
    r"(?:\d|\b(?:in|since|until|by|last|next|early|late|mid|of|from|between|before|after|for))[\s-]$"
)
_MONTH_AFTER = re.compile(r"[\s.,]+\d{1,4}\b")
_AMBIGUOUS_MONTHS = frozenset(("march", "may"))
_ENDING = re.compile(r"\b(?:u\.s|u\.k|u\.n|e\.u|d\.c|a\.m|p\.m)\.$")
_US_BEFORE = re.compile(r"(?:^|[.!?]\s|\b(?:the|a|former|top|senior|every|new|some|all)\s)$")
_US_AFTER = re.compile(
    r"[\s-](?:president|dollars?|troops|congress|senate|embassy|military|government|treasury|army"
    r"|economy|forces|navy|secretary|house|senators?|lawmakers|intelligence|sanctions|tariffs"
    r"|elections?|federal|central|led|backed|based|made|and)\b"
)
_TO_US = re.compile(r"\b(?:tell|told|give|gave|let|help|show|showed|made|make|ask|asked|for)\s$")
_SHORT = 3
"""Words of the longest line that is too short to tell."""
_ENGLISH = 0.4
"""Share of ordinary words from which on a line is English: elsewhere what the list lacks may be any
word, and only names of the tables are names."""


def truecase(text: str, names: Callable[[], NameTable]) -> str:
    """The text with its lines in normal case, of the same length; clean text as it is.

    A line is changed where it is written in one case only; a line too short to tell goes with the
    rest. Letters whose other case has another length stay. `names` gives the known names, and is
    asked for them only where a line is changed.
    """
    lines = text.split("\n")
    styles = [style_of(line) for line in lines]
    if all(style == "normal" for style in styles):
        return text
    styles = _with_short_lines(lines, styles)
    own = _own_words(line for line, style in zip(lines, styles, strict=True) if style == "normal")
    known = names()
    found = known.of(_lowered(text))
    return "\n".join(
        line if style == "normal" else _Line(line, style, own, known, found).normal()
        for line, style in zip(lines, styles, strict=True)
    )


def _with_short_lines(lines: Sequence[str], styles: Sequence[Style]) -> list[Style]:
    """Lines too short to tell are written as all the others are. A line in lower case among others
    is an item of a list, unless it is the title."""
    told = {
        style
        for line, style in zip(lines, styles, strict=True)
        if style != "normal" or len(line.split()) > _SHORT
    }
    if told == {"capitals"}:
        return ["capitals" if line.isupper() else "normal" for line in lines]
    if told == {"lower"}:
        return ["lower" if line.islower() else "normal" for line in lines]
    return [
        "normal" if style == "lower" and number else style for number, style in enumerate(styles)
    ]


def _own_words(lines: Iterable[str]) -> dict[str, str]:
    """Words of lines in normal case as they are written there, by their lower case, where they are
    written in one way only; first words of sentences tell nothing."""
    found: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        if is_headline_style(line):
            continue
        starts = {match.end() for match in _SENTENCE.finditer(line)}
        for word in _WORD.finditer(line):
            lower = word[0].lower()
            begins = word.start() in starts or line[word.start() - 1 : word.start()] in _OPENERS
            emphasised = word[0].isupper() and is_ordinary(lower)
            if not begins and not emphasised and len(lower) > 1:
                found[lower].add(word[0])
    return {lower: forms.pop() for lower, forms in found.items() if len(forms) == 1}


class _Line:
    """One line and its letters in normal case, as far as they are known."""

    def __init__(
        self,
        line: str,
        style: Style,
        own: Mapping[str, str],
        known: NameTable,
        found: Callable[[str], list[Hit]],
    ) -> None:
        self._line, self._own, self._known = line, own, known
        self._lower = _lowered(line)
        self._letters = list(self._lower)
        self._names = found(self._lower)
        self._settled: set[int] = set()
        self._keep = 0
        if style == "capitals" and (head := _DATELINE.match(line)):
            first = _WORD.search(head[0].lower())
            if first and not is_ordinary(first[0]):
                self._keep = head.end()

    def normal(self) -> str:
        words = list(_WORD.finditer(self._lower))
        ordinary = sum(is_ordinary(word[0]) or len(word[0]) == 1 for word in words)
        english = ordinary >= _ENGLISH * len(words)
        for start, end, name in self._names:
            self._letters[start:end] = name
            self._settled.update(range(start, end))
        for word in words:
            if word.start() not in self._settled:
                self._write(word, english)
        self._titles(words)
        for match in _DOTTED.finditer(self._lower):
            if match[0] not in _NOT_CAPITAL:
                self._letters[match.start() : match.end()] = map(_upper, match[0])
        self._sentences()
        self._letters[: self._keep] = self._line[: self._keep]
        return "".join(self._letters)

    def _write(self, word: re.Match[str], english: bool) -> None:
        lower, start, end = word[0], word.start(), word.end()
        if lower in self._own:
            self._letters[start:end] = self._own[lower]
        elif lower == "us" and self._is_country(start, end):
            self._letters[start:end] = "US"
        elif lower in ACRONYMS:
            self._letters[start:end] = lower.upper()
        elif lower in CALENDAR:
            if self._is_calendar(lower, start, end):
                self._letters[start] = _upper(lower[0])
        elif english and (self._is_name(lower, start) or lower == "i"):
            self._letters[start] = _upper(lower[0])

    def _is_country(self, start: int, end: int) -> bool:
        before = self._lower[max(0, start - 12) : start]
        if _TO_US.search(before):
            return False
        at_start = start == 0 or bool(re.search(r"[.!?]\s$", before))
        return at_start or bool(_US_BEFORE.search(before) or _US_AFTER.match(self._lower, end))

    def _is_calendar(self, lower: str, start: int, end: int) -> bool:
        return lower not in _AMBIGUOUS_MONTHS or bool(
            _MONTH_AFTER.match(self._lower, end)
            or _MONTH_BEFORE.search(self._lower[max(0, start - 12) : start])
        )

    def _is_name(self, lower: str, start: int) -> bool:
        if len(lower) < 2:  # "O'Brien", "d'Ivoire" and the s of "Kenya's"
            return lower == "o" and self._lower[start + 1 : start + 2] in "'’"
        if lower in ALWAYS_LOWER or self._known.is_doubtful(lower):
            return False
        if self._lower[max(0, start - 1) : start].isdigit():
            return False
        if self._lower[max(0, start - 1) : start] in ("'", "’") and len(lower) < 3:
            return False  # "they'll", "we've"
        return not is_ordinary(lower)

    def _titles(self, words: Sequence[re.Match[str]]) -> None:
        """Titles, and first names that are ordinary words, are names before a name."""
        for word, following in zip(reversed(words[:-1]), reversed(words[1:]), strict=True):
            if not self._letters[following.start()].isupper():
                continue
            if following[0] in CALENDAR:
                continue
            if (
                word[0] in TITLES and self._lower[word.end() : following.start()] in (" ", ". ")
            ) or (word[0] in FIRST_NAMES and following.start() not in self._settled):
                self._letters[word.start()] = _upper(word[0][0])

    def _sentences(self) -> None:
        for match in _SENTENCE.finditer(self._lower):
            start = match.end()
            before = self._lower[max(0, match.start() - 11) : match.start() + 1]
            word = _WORD.match(self._lower, start)
            if (
                match.start() == 0
                or not _NO_END.search(before)
                or (word and word[0] in STARTERS and _ENDING.search(before))
            ):
                self._letters[start] = _upper(self._letters[start])
        if self._keep and (word := _WORD.search(self._lower, self._keep)):
            self._letters[word.start()] = _upper(self._letters[word.start()])


def _lowered(text: str) -> str:
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(c if len(c.lower()) != 1 else c.lower() for c in text)


def _upper(letter: str) -> str:
    upper = letter.upper()
    return upper if len(upper) == 1 else letter
