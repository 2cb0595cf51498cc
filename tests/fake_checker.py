"""A support check that can be followed by eye, without a model."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.article import SummarySentence
from pipeline.summarize.support.check import Case


class FakeChecker:
    """Capitals and numbers after the first word must stand in the article; the score is the share
    of words that do."""

    def __init__(self, encoder: object) -> None:
        pass

    def identity(self) -> Mapping[str, str]:
        return {"support": "fake"}

    def open(self) -> None:
        pass

    def check(self, cases: Sequence[Case]) -> list[list[tuple[SummarySentence, ...]]]:
        return [
            [tuple(_checked(sentence, case) for sentence in summary) for summary in case.summaries]
            for case in cases
        ]


def _checked(sentence: str, case: Case) -> SummarySentence:
    known = [set(_words(text)) for text in case.source]
    everything = set(_words(case.title or "")).union(*known)
    words = _words(sentence)
    names = [word for word in words[1:] if word[0].isupper() or word[0].isdigit()]
    if words and words[0] in ("London", "Paris", "Rome"):
        names.append(words[0])
    return SummarySentence(
        sentence,
        sum(word in everything for word in words) / max(len(words), 1),
        tuple(n for n, source in enumerate(known) if len(source & set(words)) > 1),
        tuple(name for name in names if name not in everything),
    )


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


class NoEncoder:
    """For stages whose checker is the one above."""

    def identity(self) -> Mapping[str, str]:
        return {}

    def open(self) -> None:
        pass

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        raise AssertionError("nothing is encoded")
