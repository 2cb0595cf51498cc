"""Lines that were broken at a width and not where a paragraph ends, put together again.

Paragraphs, headlines, lists, tables, verse and code have lines of their own and keep them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from itertools import pairwise

from pipeline.text.tokens import POSSESSIVE

_CLOSERS = ")]\"'”’»*"
_ENDS = frozenset(".!?…:;。！？")
_SENTENCE = re.compile(r"""[a-z0-9)][.!?…]["'”’)]*(?:\s|$)""")
_PAUSES = re.compile(r"""[.,;:!?…—–]["'”’)]*$""")
_ABBREVIATED = re.compile(
    r"\b(?:Mr|Mrs|Ms|Dr|St|Ste|Prof|Gen|Gov|Sen|Rep|Lt|Col|Sgt|Capt|Maj|Rev|Hon|Fr|Mt|Ft|No|vs|etc"
    r"|Jan|Feb|Aug|Sept?|Oct|Nov|Dec|[A-Z])\.$"
)
_OPEN_END = re.compile(
    r"(?:^|\s)(?:a|an|the|of|and|or|but|with|from|than|into|its|their|his|our|between|against"
    r"|de|la|el|los|las|del|le|les|des|du|et|der|die|das|den|und|von)$"
)
"""No line but a broken one ends with an article or a conjunction."""
_MAY_GO_ON = re.compile(
    r"\s(?:in|on|to|for|by|at|that|as|is|are|was|were|has|have|had|will|would|her|these|after|before"
    r"|about|over|since|under|near|said|says)$"
)
"""A headline over a text may end with one of these; in narrow lines it does not."""
_ITEM = re.compile(r"(?:[-*•‣◦▪–—>#|+]|\(?\d{1,3}[.)]|\[\d+\]|\d{1,2}[:.]\d\d\b)(?:\s|$)")
_CODE = re.compile(
    r"[{};]\s*$|\):$|[=!]=|[-=]>|\w\(\w*\)|\s=\s|^\s*(?:import|def|class|return|var|let|const)\s|</?\w"
)
_TABLE = re.compile(r"\t|\s\|\s|(?:\S+\s+){0,3}(?:[-+]?[\d.,:%]+\s+){3}")
_BLANK = re.compile(r"(\n[^\S\n]*\n\s*)")
_NAME_WORDS = 3
"""Words of a name that may stand before the break, and after it."""
_LEAST_WIDTH = 40
_MOST_WIDTH = 120
"""Characters of the lines of mail, agencies and printed pages."""
_VERSE = 0.45
"""Share of lines that end with a comma or another mark from which on they are verse. Prose broken
at a width has one in six; by judgement."""
_NO_WORDS = ".,;:!?\"'”’)(“‘"
_BROKEN_WORD = re.compile(r"[^\W\d_]+-$")
_FIRST_LETTERS = re.compile(r"[^\W\d_]+")
_NO_HYPHEN = "\0"
"""Behind a hyphen that goes; no text has this character."""
_LEAST_LINE = 0.4
"""Share of the longest line, of at most `_MOST_WIDTH` characters, that a broken line has at least:
the items of a list are shorter."""

Names = Callable[[], Collection[str]]


def joined_lines(text: str, names: Names = frozenset) -> str:
    """The text with broken lines joined; `names` gives names none of which ends with its line
    ("South\\nSudan"), asked for only where they decide."""
    if "\n" not in text or "```" in text:
        return text
    blocks = _BLANK.split(text)
    return "".join(
        _joined(block, names) if number % 2 == 0 and "\n" in block else block
        for number, block in enumerate(blocks)
    )


def _joined(block: str, names: Names) -> str:
    lines = [line.strip() for line in block.split("\n")]
    lines = [line for line in lines if line]
    if not any(map(_is_open, lines[:-1])) or not _SENTENCE.search(block) or _is_verse(lines):
        return block
    width = max(map(len, lines))
    breaks = list(pairwise(lines))
    plain = [_goes_on(line, following, width) for line, following in breaks]
    # A headline over a text is open too.
    wrapped = 3 * sum(plain) >= sum(map(_is_open, lines[:-1])) and any(plain)
    joins = [
        goes_on
        or (wrapped and width <= _MOST_WIDTH and _is_filled(line, following, width))
        or _parts_a_name(line, following, names)
        for (line, following), goes_on in zip(breaks, plain, strict=True)
    ]
    if not any(joins):
        return block
    parts = [lines[0]]
    for (line, following), join in zip(breaks, joins, strict=True):
        parts += [_seam(line, following, names) if join else "\n", following]
    return "".join(parts).replace(f"-{_NO_HYPHEN}", "")


def _is_open(line: str) -> bool:
    """Whether the line ends like one that is broken off."""
    end = line.rstrip(_CLOSERS)[-1:]
    if end in _ENDS and not (end == "." and _ABBREVIATED.search(line)):
        return False
    return not _CODE.search(line) and not _TABLE.match(line)


def _goes_on(line: str, following: str, width: int) -> bool:
    """Whether the next line can only be the rest of this one."""
    if not _is_open(line) or _ITEM.match(following) or _CODE.search(following):
        return False
    narrow = width <= _MOST_WIDTH
    if _OPEN_END.search(line) or (narrow and _MAY_GO_ON.search(line)):
        return " " in line
    if _BROKEN_WORD.search(line):
        return following[0].isalpha()
    return following[0].islower() and len(line) >= _LEAST_LINE * min(width, _MOST_WIDTH)


def _is_filled(line: str, following: str, width: int) -> bool:
    """Whether the first word of the next line had no room on this one."""
    if not _is_open(line) or _ITEM.match(following) or _CODE.search(following):
        return False
    word = following.split(maxsplit=1)[0]
    return width >= _LEAST_WIDTH and len(line) + 1 + len(word) > width - 2


def _is_verse(lines: Sequence[str]) -> bool:
    """Whether lines end where one pauses, as those of verse and of one long enumeration do."""
    ends = lines[:-1]
    pauses = sum(bool(_PAUSES.search(line[-3:])) for line in ends)
    return len(ends) > 2 and max(map(len, lines)) < _MOST_WIDTH / 2 and pauses > _VERSE * len(ends)


def _parts_a_name(line: str, following: str, names: Names) -> bool:
    """Whether a name begins with the last words of one line and ends with the first of the next."""
    last, first = line.split()[-_NAME_WORDS:], following.split()[:_NAME_WORDS]
    if not last[-1][-1].isalpha() or not last[-1][0].isupper() or not first[0][0].isupper():
        return False
    for before in range(1, len(last) + 1):
        for after in range(1, len(first) + 1):
            name = " ".join((*last[-before:], *first[:after])).strip(_NO_WORDS)
            if name in names() or POSSESSIVE.sub("", name) in names():
                return True
    return False


def _seam(line: str, following: str, names: Names) -> str:
    """What stands between two lines that are one: a space, or nothing after the hyphen of a
    compound, or what takes away the hyphen of a name that was broken."""
    broken, rest = _BROKEN_WORD.search(line), _FIRST_LETTERS.match(following)
    if not broken or not rest:
        return " "
    return _NO_HYPHEN if f"{broken[0][:-1]}{rest[0]}" in names() else ""
