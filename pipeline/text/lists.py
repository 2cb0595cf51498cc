"""Where a text is no prose: results, tables, prices, programmes. Their figures belong to names in a
way that no sentence tells, so nothing may be retold of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby

from pipeline.text.sentences import Span, split_sentences

_FIGURE = re.compile(
    r"""[(\["'“£$€¥+~-]*\d[\d.,:;/'’°%–-]*(?:st|nd|rd|th|pm|am|[a-z]{1,2})?[)\]"'”%.,;:*+]*$"""
)
_END = re.compile(r"""[.!?…。！？]["'”’»)\]]*$""")
_FEWEST_WORDS = 4
"""Words of a sentence of prose; "Hawks won." may be a line of a list."""
_PLAIN = 0.4
"""Share of words that begin with no capital from which on words make a sentence; lines of results
have a fifth of them. Set on 1,500 articles of the development data, whose lists were read."""
_CLEARLY_PLAIN = 0.6
_FIGURES = 0.3
"""Share of figures up to which it is prose; half as many again where words are clearly prose."""
_FEWEST_PARTS = 3
"""Lines or sentences in a row that make a list."""
_LONG_LINE = 12
"""Words that are clearly prose from which on they need no full stop."""
_QUESTION = re.compile(r"^\d{1,2}[.)] .*\?$", re.MULTILINE)
"""A line of a quiz."""
_QUIZ = 0.25
"""Share of numbered questions that make a text a quiz; in an interview the answers are longer."""
_LONG = 6
"""Figures in one line or sentence that is a list by itself."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A line, or a sentence of one, and what it is made of."""

    start: int
    end: int
    words: int
    figures: int
    is_prose: bool


def lists(text: str, language: str | None = None) -> list[Span]:
    """Where lists stand, (start, end) in characters, in order.

    A list is three or more lines or sentences in a row that are no prose and half of which have
    figures, or one with many figures; a quiz is a list as a whole.
    """
    parts = _parts(text, language)
    questions = len(_QUESTION.findall(text))
    if questions >= max(_FEWEST_PARTS, _QUIZ * len(parts)):
        return [(parts[0].start, parts[-1].end)]
    found: list[Span] = []
    for is_prose, group in groupby(parts, key=lambda part: part.is_prose):
        run = list(group)
        if is_prose:
            continue
        with_figures = sum(part.figures > 0 for part in run)
        if len(run) >= _FEWEST_PARTS and 2 * with_figures >= len(run):
            found.append((run[0].start, run[-1].end))
        else:
            found += [
                (part.start, part.end)
                for part in run
                if part.figures >= _LONG and part.figures > _FIGURES * part.words / 2
            ]
    return found


def _parts(text: str, language: str | None) -> list[_Part]:
    parts, at = [], 0
    for line in text.split("\n"):
        if any(map(str.isdigit, line)) or len(line) < 200:
            pieces = split_sentences(line, language)
        else:
            pieces = [line.strip()]  # nothing to be counted
        start = at
        for piece in pieces:
            start = max(text.find(piece, start, at + len(line)), start)
            parts.append(_part(piece, start))
            start += len(piece)
        at += len(line) + 1
    return parts


def _part(piece: str, start: int) -> _Part:
    tokens = piece.split()
    figures = sum(bool(_FIGURE.match(token)) for token in tokens)
    words = [token for token in tokens if any(map(str.isalpha, token))]
    plain = sum(not _first_letter(word).isupper() for word in words)
    if piece.isupper():  # in capitals, which tell nothing
        plain = len(words)
    clearly = plain >= _CLEARLY_PLAIN * len(words)
    is_prose = (
        len(words) >= _FEWEST_WORDS
        and plain >= _PLAIN * len(words)
        and figures <= _FIGURES * len(tokens) * (1.5 if clearly else 1)
        and (bool(_END.search(piece)) or (clearly and len(words) >= _LONG_LINE))
    )
    return _Part(start, start + len(piece), len(tokens), figures, is_prose)


def _first_letter(word: str) -> str:
    return next(filter(str.isalpha, word))
