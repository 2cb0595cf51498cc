"""Sentences of an article or a summary, by the Wikimedia sentence splitter `sentencex`."""

from __future__ import annotations

import re

import sentencex

_END = re.compile(r"""[.!?…。！？][)\]"'”’»]*$""")
_ABBREVIATION = re.compile(
    r"\b(?:[A-Z]|Mr|Mrs|Ms|Dr|St|Prof|Gen|Gov|Sen|Rep|Lt|Col|Sgt|Capt|Rev|Jr|Sr|No|vs"
    r"|Jan|Feb|Aug|Sept|Oct|Nov|Dec)\.$"
)
_LABEL = re.compile(r"^(?:[#*\s]*(?:summary|title|tl;?dr|answer)\b[*\s]*:)?[#*\s]*", re.IGNORECASE)


def split_sentences(text: str, language: str | None = None) -> list[str]:
    """Sentences in order, stripped, none empty."""
    pieces = sentencex.segment(language or "en", text)
    return [piece.strip() for piece in pieces if piece.strip()]


def is_whole(sentence: str) -> bool:
    """Whether it ends as a sentence does, and not on an abbreviation such as "Mr."."""
    return bool(_END.search(sentence)) and not _ABBREVIATION.search(sentence)


def whole_sentences(generated: str, finished: bool, language: str | None = None) -> list[str]:
    """The complete sentences of a generated text, repetitions and labels left out.

    Where the model itself ended (`finished`), a last sentence that only lacks its full stop gets
    one; a text that was cut off ends with its last complete sentence.
    """
    lines = [_LABEL.sub("", line) for line in generated.splitlines()]
    sentences = split_sentences(" ".join(" ".join(lines).split()), language)
    if sentences and finished and re.search(r"\w$", sentences[-1]):
        sentences[-1] += "."
    kept: list[str] = []
    seen: set[str] = set()
    for position, sentence in enumerate(sentences, 1):
        # The model's own end is one even after "in the U.S."
        at_the_end = finished and position == len(sentences) and _END.search(sentence)
        if (is_whole(sentence) or at_the_end) and sentence.casefold() not in seen:
            seen.add(sentence.casefold())
            kept.append(sentence)
    return kept
