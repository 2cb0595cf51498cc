"""Whether two texts are one article, with a few words changed, cut, or added.

Their words are aligned (Myers 1986, by rapidfuzz). Most of the shorter one has to stand in the
longer one in the same order. Where the rest agrees, names and figures decide: two notices of one
template, which differ in a name, a place or a figure, are two articles.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Indel, Opcode

from pipeline.text.ordinary import is_ordinary

FEWEST_WORDS = 50
"""Shorter texts are one article only when their words are the same: in a brief each word counts."""

_LEAST_SHARED = 0.72
"""Of the shorter text's words, in the longer one, in order. A tenth of the words changed at random
leaves nine of ten; half of a text under a new first half leaves half."""
_MOST_ADDED = 1.6
"""Times the shorter text's words that the longer one has at most in addition."""
_NEW_START = 0.3
"""Of the shorter text's words: a longer run of new ones at the start is news of its own, with the
old article as background below."""
_LONGEST_BYLINE = 45
"""Words that agencies and sites put before a text: byline, dateline, a note of correction."""
_STEADY = 5
"""Words in a row that agree where a text has begun."""
_NAMES_DECIDE = 0.3
"""Share of the changed places that change a name or a figure, from which on two texts are two. Of
words changed at random, one in eight is a name or a figure."""

_TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:['’\-][^\W\d_]+)*|[%$€£¥]")
_SENTENCE_END = re.compile(r"""(?:^|[.!?:\n“"‘•—–-])[\s“"'‘(\[]*$""")
_SPELLED = {
    word: str(number)
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen twenty".split()
    )
} | {"percent": "%", "dollars": "$", "euros": "€", "pounds": "£", "first": "1st", "second": "2nd",
     "third": "3rd"}  # fmt: skip
_AGENCIES = frozenset(
    "reuters ap afp upi pa dpa xinhua tass ani bloomberg associated press".split()
)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text as they are compared; which of them are names and figures."""

    forms: Sequence[str]
    telling: Sequence[bool]


def words_of_text(text: str) -> Words:
    """Numbers in digits, letters in lower case; a name is a word with a capital letter, at the
    beginning of a sentence one that is no ordinary word."""
    forms: list[str] = []
    telling: list[bool] = []
    for token in _TOKEN.finditer(text):
        word = token[0]
        lower = word.lower()
        form = _SPELLED.get(lower, lower)
        is_figure = form[0].isdigit()
        is_name = (
            word[0].isupper()
            and lower not in _AGENCIES
            and not (
                _SENTENCE_END.search(text, max(0, token.start() - 6), token.start())
                and is_ordinary(lower)
            )
        )
        forms.append(form.replace(",", "") if is_figure else form)
        telling.append(is_figure or is_name)
    return Words(forms, telling)


def similarity(one: Words, other: Words) -> float | None:
    """How much two texts share, 0 to 1, as twice the common words over all words; None when they
    are two articles."""
    few, many = sorted((one, other), key=lambda words: len(words.forms))
    shortest = len(few.forms)
    if shortest < FEWEST_WORDS or len(many.forms) - shortest > _MOST_ADDED * shortest:
        return None
    codes = Indel.opcodes(few.forms, many.forms)
    common = sum(code.src_end - code.src_start for code in codes if code.tag == "equal")
    if common < _LEAST_SHARED * shortest:
        return None
    begun = next(
        (c for c in codes if c.tag == "equal" and c.src_end - c.src_start >= _STEADY), None
    )
    allowed = max(_LONGEST_BYLINE, _NEW_START * shortest)
    if begun is None or max(begun.src_start, begun.dest_start) > allowed:
        return None
    changed, deciding = _changes(few, many, codes)
    if deciding and deciding >= _NAMES_DECIDE * changed:
        return None
    return 2 * common / (shortest + len(many.forms))


def _changes(few: Words, many: Words, codes: Iterable[Opcode]) -> tuple[int, int]:
    """How many places have other words in one text than in the other, and how many of them other
    names or figures."""
    changed = deciding = 0
    gone = come = range(0)
    for code in [*codes, Opcode("equal", 0, 0, 0, 0)]:
        if code.tag == "delete":
            gone = range(code.src_start, code.src_end)
        elif code.tag == "insert":
            come = range(code.dest_start, code.dest_end)
        else:
            if gone and come:
                changed += 1
                before = {few.forms[n] for n in gone if few.telling[n]}
                after = {many.forms[n] for n in come if many.telling[n]}
                deciding += bool(before and after and not before & after)
            gone = come = range(0)
    return changed, deciding
