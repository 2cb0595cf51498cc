"""The support check without a model: shared words, names and numbers. For trying things out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.article import SummarySentence
from pipeline.summarize.support.check import Case
from pipeline.summarize.support.facts import Known, facts
from pipeline.text.content_words import content_words

_MOST_SOURCES = 2


class WordChecker:
    """As `SupportChecker`; the score is the share of content words in the best source sentences."""

    def identity(self) -> Mapping[str, str]:
        return {"support": "words-2"}

    def open(self) -> None:
        pass

    def check(self, cases: Sequence[Case]) -> list[list[tuple[SummarySentence, ...]]]:
        """For every case, for each of its summaries, its sentences checked."""
        return [_checked(case) for case in cases]


def _checked(case: Case) -> list[tuple[SummarySentence, ...]]:
    words = [set(content_words(sentence)) for sentence in case.source]
    known = Known([*case.source, case.title or ""])
    return [tuple(_sentence(text, words, known) for text in summary) for summary in case.summaries]


def _sentence(text: str, source: Sequence[set[str]], known: Known) -> SummarySentence:
    words = set(content_words(text))
    chosen: list[int] = []
    covered: set[str] = set()
    while source and len(chosen) < _MOST_SOURCES and words - covered:
        gains = [len((words - covered) & candidate) for candidate in source]
        if max(gains) == 0:
            break
        chosen.append(gains.index(max(gains)))
        covered |= words & source[chosen[-1]]
    support = len(covered) / len(words) if words else 0.0
    unsupported = tuple(fact.text for fact in facts(text) if known.missing(fact))
    return SummarySentence(text, round(support, 4), tuple(sorted(chosen)), unsupported)
