"""In which letters a line is written, where case says nothing of its words: capitals, lower case or
a capital for every word. Nothing else of words."""

from __future__ import annotations

import re
from typing import Literal

Style = Literal["capitals", "lower", "title", "normal"]

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_FEWEST = 4
"""Words from which on a line shows how it is written; a name or a heading of three does not."""
_FEWEST_TITLE = 8
"""Words from which on a line with a capital for each is a text, and not a headline in the style of
many papers, which readers of headlines know."""
_SHARE = 0.85
_SMALL = frozenset(
    "a an and as at be but by for from had has have he her his if in is it its nor of on or our "
    "she so than that the their they this to up was we were when which who will with you".split()
)
"""Words that a headline leaves in lower case, most of them."""


def style_of(line: str) -> Style:
    """How a line is written; `normal` where it is too short to tell."""
    words = _WORD.findall(line)
    if len(words) < _FEWEST:
        return "normal"
    long = [word for word in words if len(word) > 1]
    if sum(map(str.isupper, long)) >= _SHARE * len(long):
        return "capitals"
    if line.islower():
        return "lower"
    if len(words) >= _FEWEST_TITLE and sum(w[0].isupper() for w in words) >= _SHARE * len(words):
        small = [word for word in words[1:] if word.lower() in _SMALL]
        if len(small) >= 2 and all(word[0].isupper() for word in small):
            return "title"
    return "normal"


def is_headline_style(line: str) -> bool:
    """Whether most words begin with a capital, names or not."""
    words = _WORD.findall(line)
    capital = [word for word in words if word[0].isupper()]
    return len(capital) > 0.6 * len(words)
