"""The text that a rewriting model reads: the title and the chosen source sentences."""

from __future__ import annotations

from collections.abc import Sequence


def prompt_text(title: str | None, sentences: Sequence[str]) -> str:
    """The title on a line of its own, where there is one, then the sentences as one paragraph.

    In training and in use, so that a model reads what it learnt to read.
    """
    passage = " ".join(sentence.strip() for sentence in sentences)
    title = " ".join((title or "").split())
    return f"{title}\n\n{passage}" if title else passage
