"""Dateline: news articles in, a labelled, summarised and checkable dataset out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.core.version import __version__

if TYPE_CHECKING:
    from pipeline.summarize.support.checker import Checker

__all__ = ["__version__", "load_checker"]


def load_checker() -> Checker:
    """The support check: `load_checker()(text, summary)` gives the sentences of a summary, each
    with the probability that the article supports it, the source sentences that it rests on, and
    names and numbers that the article lacks.

    Raises:
        ModelError: a model is missing or has another digest than its card.
    """
    from pipeline.summarize.support.checker import load_checker as load

    return load()
