"""Characters that a reader does not see go; those that look like a plain one are written as it."""

from __future__ import annotations

import re

_SUSPECT = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2010\u2011\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_SOFT_HYPHEN = re.compile("\u00ad+(?:[^\\S\n]*\n[^\\S\n]*(?=\\w))?")
"""One at the end of a line stands where the line was broken within a word."""
_NEVER_SEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2065\u206a-\u206f\u3164\ufe00-\ufe0d"
    "\ufeff\uffa0\ufff9-\ufffb]"
)
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff]")
_TAG = re.compile("[\U000e0000-\U000e0fff]")
_FLAG = "\U0001f3f4"
_SIMPLE = "\u0000-\u02af\u0370-\u058f\u1e00-\u206f"
"""Latin, Greek and Cyrillic letters, and punctuation: joiners and variants say nothing there."""
_JOINER_BESIDE_SIMPLE = re.compile(
    f"(?<![^{_SIMPLE}])[\u200c\u200d\ufe0e\ufe0f]+|[\u200c\u200d]+(?![^{_SIMPLE}])"
)


def without_invisible(text: str) -> str:
    """The text as it is seen: soft hyphens, zero-width characters and byte order marks gone,
    non-breaking hyphens as plain ones.

    Where they have a meaning they stay: joiners in scripts that need them and in emoji, direction
    marks in a text with letters that run from right to left, tag letters in a flag.
    """
    if text.isascii() or not _SUSPECT.search(text):
        return text
    text = _SOFT_HYPHEN.sub("", text)
    text = _NEVER_SEEN.sub("", text)
    text = text.replace("\u2011", "-").replace("\u2010", "-")
    text = _JOINER_BESIDE_SIMPLE.sub("", text)
    if not _RIGHT_TO_LEFT.search(text):
        text = _DIRECTION.sub("", text)
    if _FLAG not in text:
        text = _TAG.sub("", text)
    return text
