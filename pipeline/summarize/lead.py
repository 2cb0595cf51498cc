"""The first sentences of an article as its summary: the plainest baseline, and the fallback."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from pydantic import PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.article import Article, SummarySentence
from pipeline.engines.base import EmbeddingEngine
from pipeline.schema import PLUGIN
from pipeline.summarize.sentences import is_whole, split_sentences
from pipeline.summarize.support import Case, SupportChecker


def lead(sentences: Sequence[str], count: int, max_words: int) -> list[str]:
    """The first `count` different whole sentences, fewer where they have over `max_words` words,
    none where the first alone has."""
    chosen: list[str] = []
    words = 0
    for sentence in filter(is_whole, dict.fromkeys(sentences)):
        words += len(sentence.split())
        if len(chosen) == count or words > max_words:
            break
        chosen.append(sentence)
    return chosen


def summarised(
    article: Article, summary: str, sentences: Sequence[SummarySentence], note: str | None
) -> Article:
    """The article with this summary, made of these checked sentences; without, if there is none."""
    if not sentences:
        return replace(article, summary_note=note or "no_sentence")
    return replace(
        article,
        summary=summary,
        summary_sentences=tuple(sentences),
        summary_support=min(sentence.support for sentence in sentences),
        summary_note=note,
    )


def extracted(
    articles: Sequence[Article],
    name: str,
    min_words: int,
    checker: SupportChecker,
    choose: Callable[[Sequence[str]], list[str]],
) -> list[Article]:
    """The articles with those of their own sentences that `choose` takes as their summaries."""
    long = [n for n, article in enumerate(articles) if len(article.text.split()) >= min_words]
    cases = []
    for number in long:
        source = split_sentences(articles[number].text, articles[number].language)
        cases.append(Case(source, articles[number].title, [choose(source)]))
    done = [replace(article, summary_note="too_short", summarizer=name) for article in articles]
    for number, case, [sentences] in zip(long, cases, checker.check(cases), strict=True):
        article = replace(articles[number], summarizer=name, dropped_tokens=0)
        done[number] = summarised(article, " ".join(case.summaries[0]), sentences, None)
    return done


@dataclass(config=PLUGIN)
class LeadSummarizer:
    """The first `sentences` sentences; articles under `min_words` words get no summary."""

    encoder: EmbeddingEngine
    sentences: PositiveInt = 3
    min_words: PositiveInt = 40
    max_words: PositiveInt = 80
    needs_vector: ClassVar[bool] = False

    def __post_init__(self) -> None:
        self._checker = SupportChecker(self.encoder)

    def identity(self) -> Mapping[str, str]:
        return {"stage": "lead-3", **self._checker.identity()}

    def open(self) -> None:
        self._checker.open()

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        name = f"lead-{self.sentences}"
        return extracted(articles, name, self.min_words, self._checker, self._first)

    def _first(self, source: Sequence[str]) -> list[str]:
        return lead(source, self.sentences, self.max_words)
