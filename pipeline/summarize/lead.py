"""The first sentences of an article as its summary: the plainest baseline, and the fallback."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from pydantic import PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.article import Article, SummarySentence
from pipeline.config.schema import PLUGIN
from pipeline.text.lists import lists
from pipeline.text.prompt_injection import blanked, without
from pipeline.text.sentences import split_sentences
from pipeline.text.whole_sentences import is_whole

LIST = "list"
"""The note of an article that is a list of results, prices or the like: it has no summary."""


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
    choose: Callable[[Sequence[str]], list[str]],
) -> list[Article]:
    """The articles with those of their own sentences that `choose` takes as their summaries; it is
    shown "" for a sentence of a list."""
    return [_extracted(article, name, min_words, choose) for article in articles]


def own_sentences(chosen: Sequence[str], source: Sequence[str]) -> tuple[SummarySentence, ...]:
    """Sentences of the article itself: nothing has to be checked, each carries itself."""
    return tuple(SummarySentence(text, 1.0, (source.index(text),), how="as_is") for text in chosen)


def _extracted(
    article: Article, name: str, min_words: int, choose: Callable[[Sequence[str]], list[str]]
) -> Article:
    if len(article.text.split()) < min_words:
        return replace(article, summary_note="too_short", summarizer=name)
    listed = lists(article.text, article.language)
    if len(without(article.text, listed).split()) < min_words:
        return replace(article, summary_note=LIST, summarizer=name)
    source = split_sentences(article.text, article.language)
    chosen = choose(blanked(source, article.text, listed) if listed else source)
    article = replace(article, summarizer=name, dropped_tokens=0)
    return summarised(article, " ".join(chosen), own_sentences(chosen, source), None)


@dataclass(config=PLUGIN)
class LeadSummarizer:
    """The first `sentences` sentences; articles under `min_words` words get no summary."""

    sentences: PositiveInt = 3
    min_words: PositiveInt = 40
    max_words: PositiveInt = 80
    needs_vector: ClassVar[bool] = False

    def identity(self) -> Mapping[str, str]:
        return {"stage": "lead-5"}

    def open(self) -> None:
        pass

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        name = f"lead-{self.sentences}"
        return extracted(articles, name, self.min_words, self._first)

    def _first(self, source: Sequence[str]) -> list[str]:
        return lead(source, self.sentences, self.max_words)
