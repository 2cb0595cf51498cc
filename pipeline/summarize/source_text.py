"""Making an article fit the tokens that a model can read, without cutting a sentence."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.text.sentences import split_sentences

LengthPolicy = Literal["lead", "head_tail", "windows"]
"""What is read of an article that is too long: its beginning; its beginning and end; or all of
it, in windows, whose summaries are summarised."""

_HEAD_SHARE = 2 / 3
"""Of the tokens that fit, for the beginning: news has its essence first, set by judgement."""

_SLACK = 1.1
"""Windows are this much larger than equal parts would be: sentences do not divide evenly."""

Count = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Fitted:
    """Texts of at most the budget's tokens, one or the windows, and the tokens in none of them."""

    pieces: list[str]
    dropped: int


def fit(
    text: str, budget: int, policy: LengthPolicy, count: Count, language: str | None = None
) -> Fitted:
    """What a model is to read of a text, in pieces of at most `budget` tokens."""
    whole = count(text)
    if whole <= budget:
        return Fitted([text], 0)
    if policy == "windows":
        return Fitted(windows(text, budget, count, language), 0)
    kept = _head(text, budget, count, language)
    if policy == "head_tail":
        kept = _head_and_tail(text, budget, count, language) or kept
    return Fitted([kept], whole - count(kept))


def windows(text: str, budget: int, count: Count, language: str | None = None) -> list[str]:
    """The whole text in consecutive parts of at most `budget` tokens and of similar size.

    A part ends with a sentence; one that alone is too long is cut between words, and a word that
    is too long between characters.
    """
    total = count(text)
    parts = max(1, math.ceil(total / budget))
    size = min(budget, math.ceil(total / parts * _SLACK))
    found: list[str] = []
    rest = split_sentences(text, language)
    while rest:
        taken = _fitting(rest, " ", size, count)
        if taken:
            found.append(" ".join(rest[:taken]))
            rest = rest[taken:]
            continue
        words = rest[0].split()
        taken = _fitting(words, " ", budget, count)
        if taken:
            found.append(" ".join(words[:taken]))
            rest = [" ".join(words[taken:]), *rest[1:]] if taken < len(words) else rest[1:]
            continue
        taken = max(1, _fitting(words[0], "", budget, count))
        found.append(words[0][:taken])
        left = " ".join([words[0][taken:], *words[1:]]).strip()
        rest = [left, *rest[1:]] if left else rest[1:]
    return found


def _head(text: str, budget: int, count: Count, language: str | None) -> str:
    """The leading sentences that fit; where not even the first does, words, then characters."""
    choices: list[tuple[Sequence[str], str]] = [
        (split_sentences(text, language), " "), (text.split(), " "), (text, "")
    ]  # fmt: skip
    for pieces, glue in choices:
        taken = _fitting(pieces, glue, budget, count)
        if taken:
            return glue.join(pieces[:taken])
    return ""


def _head_and_tail(text: str, budget: int, count: Count, language: str | None) -> str:
    """The first and the last sentences that fit together; empty if there is no first one."""
    sentences = split_sentences(text, language)
    first = _fitting(sentences, " ", int(budget * _HEAD_SHARE), count)
    if not first:
        return ""
    head = " ".join(sentences[:first])
    backwards = sentences[: first - 1 : -1]
    last = _fitting(backwards, " ", budget - count(head), count)
    while True:
        tail = " ".join(reversed(backwards[:last]))
        joined = f"{head}\n\n{tail}" if tail else head
        if not last or count(joined) <= budget:
            return joined
        last -= 1


def _fitting(pieces: Sequence[str], glue: str, budget: int, count: Count) -> int:
    """How many leading pieces fit when joined; what comes after is not even looked at."""
    taken = used = 0
    for piece in pieces:
        used += count(glue + piece if taken else piece)
        if used > budget:
            break
        taken += 1
    # Tokens do not quite add up over a seam.
    while taken and count(glue.join(pieces[:taken])) > budget:
        taken -= 1
    return taken
