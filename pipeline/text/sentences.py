"""Sentences of a text: those of Wikimedia's `sentencex`, corrected for English as news has it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest

import sentencex

Span = tuple[int, int]
"""Start and end in a text, in characters."""

ENDS = re.compile(r"""[.!?]["'”’)]*\s*$""")
"""Of a text that a sentence ends."""
_TIME = re.compile(r"\b[ap]\.m\.$")
_AFTER_TIME = re.compile(
    r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May|June|July"
    r"|August|September|October|November|December|(?:Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec)\.)\b"
    r"|(?:[A-Z]{1,3}T|UTC|Eastern|Central|Pacific|Mountain|Greenwich|Moscow|London|Tokyo|Beijing)\b"
    r"|[(\d–-]"
)
"""A day or a time zone after "9 a.m." goes on with the sentence."""
_BEFORE_A_NAME = re.compile(
    r"(?:^|[\s(\"“‘])(?:Spc|Pfc|Pvt|Cpl|Sgt|Maj|Adm|Brig|Cmdr|Cdr|Capt|Lt|Col|Gen|Ens|Det|Supt|Insp"
    r"|Const|Ald|Hon|Fr|Msgr|Atty|Amb|Mx|Mr|Mrs|Ms|Messrs|Mme|Dr|Prof|Rev|Gov|Sen|Sens|Rep|Reps|Pres"
    r"|St|Ste|Mt|Ft|Pt|No|Nos|Vol|Art|Fig|def|vs|v|approx|est|ca|bt|dpa|[Ee]\.g|i\.e)\.$"
)
"""Abbreviations that no sentence ends with, for what they belong to follows."""
_NUMBERED = re.compile(r"(?:^|\s)(?:No|Nos|Vol|Art|Fig|[Ff]ig|pp?)\.$")
_DEGREE = re.compile(r"\b(?:Ph\.D|M\.D|D\.Phil|B\.A|M\.A|B\.Sc|M\.Sc|LL\.[BM])\.$")
_CRIED = re.compile(r"""[!?…]["'”’»]$""")
_SPEAKER = re.compile(
    r"(?:[A-Z][\w.'’-]*\s){0,4}(?:[a-z]+\s){0,2}?(?:said|says|asked|asks|told|tells|added|adds|shouted"
    r"|shouts|cried|wrote|writes|replied|recalled|joked|tweeted|posted|yelled|screamed|called)\b"
)
_NOT_A_SPEAKER = re.compile(
    r"(?:The|A|An|In|On|At|But|And|When|After|Before|As|If|He|She|They|It)\b"
)
_MONTH_ENDS = re.compile(r"\b(?:March|April|May|June|July)\.[\"'”’)]*\s+(?=[^\W\da-z_]|[\"“‘])")
"""Short months that the splitter takes for abbreviations."""
_LINE = re.compile(r"\n(?=\s*[^\sa-z])")
"""Where a line begins that is not the rest of a sentence."""


def split_sentences(text: str, language: str | None = None) -> list[str]:
    """Sentences in order, stripped, none empty, each as it stands in the text.

    A line ends a sentence where the next one does not begin in lower case: headings, items of a
    list and lines of a table are no part of the sentences around them.
    """
    sentences: list[str] = []
    for line in _LINE.split(text) if "\n" in text else [text]:
        held = ""
        pieces = list(_pieces(line, language or "en"))
        for piece, following in zip_longest(pieces, pieces[1:], fillvalue=""):
            held += piece
            if following.strip() and _goes_on(held.strip(), following.strip()):
                continue
            sentences.append(held.strip())
            held = ""
    return [sentence for sentence in sentences if sentence]


def _pieces(line: str, language: str) -> Iterator[str]:
    """The parts that the splitter sees, all of the line, cut after months too."""
    for piece in sentencex.segment(language, line):
        at = 0
        for month in _MONTH_ENDS.finditer(piece):
            yield piece[at : month.end()]
            at = month.end()
        yield piece[at:]


def _goes_on(sentence: str, following: str) -> bool:
    """Whether the splitter cut a sentence in two."""
    if not sentence:
        return False
    if sentence[-1] != ".":
        return (
            bool(_CRIED.search(sentence))
            and bool(_SPEAKER.match(following))
            and not _NOT_A_SPEAKER.match(following)
        )
    if _TIME.search(sentence):
        return bool(_AFTER_TIME.match(following))
    if _NUMBERED.search(sentence):
        return following[0].isdigit()
    return bool(_BEFORE_A_NAME.search(sentence) or _DEGREE.search(sentence)) and (
        following[0].isalnum() or following[0] in "\"'“‘("
    )
