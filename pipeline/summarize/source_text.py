"""Cutting an article to a number of tokens without cutting a sentence."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate

from pipeline.summarize.sentences import split_sentences


def cut_to_tokens(
    text: str, budget: int, count: Callable[[str], int], language: str | None = None
) -> tuple[str, int]:
    """The leading sentences that have at most `budget` tokens, and how many tokens were left out.

    Where not even the first sentence fits, the cut is between two words, and where no word does,
    between two characters.
    """
    whole = count(text)
    if whole <= budget:
        return text, 0
    kept = (
        _prefix(split_sentences(text, language), " ", budget, count)
        or _prefix(text.split(), " ", budget, count)
        or _prefix(text, "", budget, count)
    )
    return kept, whole - count(kept)


def _prefix(pieces: Sequence[str], glue: str, budget: int, count: Callable[[str], int]) -> str:
    """The most leading pieces whose joined text fits, by bisection on its token count."""
    ends = list(accumulate(len(piece) + len(glue) for piece in pieces))
    joined = glue.join(pieces)
    fitting = bisect_right(ends, budget, key=lambda end: count(joined[: end - len(glue)]))
    return joined[: ends[fitting - 1] - len(glue)] if fitting else ""
