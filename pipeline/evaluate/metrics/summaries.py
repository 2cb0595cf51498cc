"""Figures of a summary beside its article: length, how much is copied, what carries it.

ROUGE against references is in `rouge`. Words are lower-cased runs of letters and digits.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.article import Article
from pipeline.text.fragments import fragments

_WORD = re.compile(r"[^\W_]+")
_FALLBACK = "fallback_lead"


def words_of(text: str) -> list[str]:
    """The words of a text."""
    return _WORD.findall(text.casefold())


def text_figures(article: str, summary: str) -> dict[str, float]:
    """Of one summary: words, compression (words of the article to one of it), coverage and density
    of extractive fragments, novel 1- to 3-grams and repeated 3-grams as shares of its own.

    A figure that a summary is too short for is left out, and of an article without text are all
    that stand on it.
    """
    source, words = words_of(article), words_of(summary)
    if not words:
        return {"words": 0.0}
    figures = {"words": float(len(words))}
    if source:
        lengths = fragments(source, words)
        figures["compression"] = len(source) / len(words)
        figures["extractive_coverage"] = sum(lengths) / len(words)
        figures["extractive_density"] = sum(length**2 for length in lengths) / len(words)
    for n in (1, 2, 3):
        grams = _grams(words, n)
        if grams and source:
            known = set(_grams(source, n))
            figures[f"novel_{n}grams"] = sum(gram not in known for gram in grams) / len(grams)
    if grams:
        figures["repetition"] = 1 - len(set(grams)) / len(grams)
    return figures


def row_figures(row: Article) -> dict[str, float]:
    """Of a published row with a summary: `text_figures`, `support`, whether any sentence has a name
    or number that the article lacks (`unsupported`), and whether the lead stands in (`fallback`).
    """
    figures = text_figures(row.text, row.summary or "")
    if row.summary_support is not None:
        figures["support"] = row.summary_support
    figures["unsupported"] = float(any(one.unsupported for one in row.summary_sentences))
    figures["fallback"] = float(is_fallback(row))
    return figures


def is_fallback(row: Article) -> bool:
    """Whether the first sentences stand in for a summary that was not good enough."""
    return _FALLBACK in (row.summary_note or "").split("+")


def _grams(words: Sequence[str], n: int) -> list[tuple[str, ...]]:
    return list(zip(*(words[start:] for start in range(n)), strict=False))
