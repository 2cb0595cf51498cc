"""Cutting an article to a number of tokens without cutting a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable

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


def _prefix(pieces: Iterable[str], glue: str, budget: int, count: Callable[[str], int]) -> str:
    """The most leading pieces whose joined text fits; what comes after is not even looked at."""
    kept: list[str] = []
    used = 0
    for piece in pieces:
        used += count(glue + piece if kept else piece)
        if used > budget:
            break
        kept.append(piece)
    # Tokens do not quite add up over a seam.
    while kept and count(glue.join(kept)) > budget:
        kept.pop()
    return glue.join(kept)
