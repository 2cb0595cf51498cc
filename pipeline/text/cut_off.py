"""Where a text was cut off by who delivered it: "... its wholes… [+2829 chars]"."""

from __future__ import annotations

import re

from pipeline.text.sentences import ENDS, Span, split_sentences

_MARK = re.compile(r"(?:…|\.{3})?\s*\[(?:\+\s?[\d,.]+ (?:chars?|characters)|…|\.{3})\]\s*$")
"""As NewsAPI and the feeds of blogs have it."""


def cut_off(text: str, language: str | None = None) -> list[Span]:
    """The sentence that breaks off and the mark behind it, (start, end) in characters; nothing in a
    text that is whole. What half a sentence says may be the contrary of the whole."""
    mark = _MARK.search(text, max(0, len(text) - 40))
    if not mark:
        return []
    before = text[: mark.start()]
    if ENDS.search(before) and mark[0].lstrip().startswith("["):
        return [(mark.start(), len(text))]
    sentences = split_sentences(before, language)
    start = before.rfind(sentences[-1]) if sentences else 0
    return [(start, len(text))]
