"""The support check for summaries of any origin: texts in, their sentences with what carries them
out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.article import SummarySentence
from pipeline.engines.encoders.embedding import SentenceEncoder
from pipeline.summarize.forms import BULLET
from pipeline.summarize.support.check import Case, SupportChecker
from pipeline.summarize.support.model import support_artefact
from pipeline.text.prompt_injection import blanked, instructions
from pipeline.text.sentences import split_sentences


@dataclass(frozen=True, slots=True)
class Pair:
    """An article and a summary that somebody or something wrote of it."""

    text: str
    summary: str
    title: str | None = None


class Checker:
    """Checks summaries against their articles, in English."""

    def __init__(self, checker: SupportChecker) -> None:
        self._checker = checker

    def __call__(self, text: str, summary: str, title: str | None = None) -> list[SummarySentence]:
        """The sentences of a summary, each with the probability that the article supports it.

        `source_sentences` are numbers of the article's sentences as `split_sentences` has them.
        """
        return self.check([Pair(text, summary, title)])[0]

    def check(self, pairs: Sequence[Pair]) -> list[list[SummarySentence]]:
        """As a call, for many at once; the work on an article is done once for pairs that share
        it."""
        places: dict[tuple[str, str | None], list[int]] = {}
        for number, pair in enumerate(pairs):
            places.setdefault((pair.text, pair.title), []).append(number)
        summaries = [summary_sentences(pair.summary) for pair in pairs]
        cases = [
            # What speaks to a model carries nothing.
            Case(
                blanked(split_sentences(text), text, instructions(text)),
                title,
                [summaries[n] for n in numbers],
            )
            for (text, title), numbers in places.items()
        ]
        checked: list[list[SummarySentence]] = [[] for _ in pairs]
        for numbers, of_case in zip(places.values(), self._checker.check(cases), strict=True):
            for number, sentences in zip(numbers, of_case, strict=True):
                checked[number] = list(sentences)
        return checked


def load_checker(model: str | None = None) -> Checker:
    """The shipped check, or by the models of a folder of `dateline train-support`, opened.

    Raises:
        ModelError: a model is missing or has another digest than its card.
    """
    card = support_artefact(Path(model).expanduser() if model else None).card
    checker = SupportChecker(SentenceEncoder(str(card["base"])), model=model)
    checker.open()
    return Checker(checker)


def summary_sentences(summary: str) -> list[str]:
    """Its sentences; a line is one or several, without the sign that a list puts before it."""
    lines = (BULLET.sub("", line) for line in summary.splitlines())
    return [sentence for line in lines if line.strip() for sentence in split_sentences(line)]
