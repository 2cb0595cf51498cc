"""Sentences that an article supports, made from its own: as they are, shortened, or two joined."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from pipeline.summarize.support.words import FUNCTION_WORDS

_PARTS = (
    (re.compile(r"\s*\([^()]*\)"), ""),
    (re.compile(r", (?:who|which|whose|where)[^,]*,"), ""),
    (re.compile(r", (?:he|she|it|they|police|officials|the \w+) (?:said|says|added)\.$"), "."),
    (
        re.compile(
            r"^(.{35,}?),? (?:while|because|although|after|but|when|and|which|who|saying|including)"
            r" .{15,}$"
        ),
        r"\1.",
    ),
)
"""What can be left out of a sentence without making it false."""


def true_sentence(sentences: Sequence[str], random: Random) -> tuple[str, str] | None:
    """A sentence of the article, shortened, joined with the next, or as it is; and which."""
    usable = [n for n, sentence in enumerate(sentences) if _is_usable(sentence)]
    if not usable:
        return None
    at = random.choice(usable[: max(6, len(usable) // 2)])
    sentence, way = sentences[at], random.random()
    short = _shortened(sentence, random)
    if way < 0.45 and short:
        return short, "shortened"
    if way < 0.65 and at + 1 in usable:
        following = _shortened(sentences[at + 1], random) or sentences[at + 1]
        joined = f"{(short or sentence).rstrip('.')}, and {_uncapitalised(following)}"
        return joined, "joined"
    return sentence, "copied"


def _is_usable(sentence: str) -> bool:
    return 7 <= len(sentence.split()) <= 40 and sentence[0].isupper() and sentence[-1] in ".!?"


def _shortened(sentence: str, random: Random) -> str | None:
    found = [pattern.sub(instead, sentence, count=1) for pattern, instead in _PARTS]
    found = [text for text in found if text != sentence and len(text.split()) >= 5]
    return random.choice(found) if found else None


def _uncapitalised(sentence: str) -> str:
    word = sentence.split()[0].lower()
    return sentence[0].lower() + sentence[1:] if word in FUNCTION_WORDS else sentence
