"""The first sentences of an article as its summary: the plainest baseline, and the fallback."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


def own_sentences(chosen: Sequence[str], source: Sequence[str]) -> tuple[SummarySentence, ...]:
    """Sentences of the article itself: nothing has to be checked, each carries itself."""
    return tuple(SummarySentence(text, 1.0, (source.index(text),), how="as_is") for text in chosen)


@dataclass(config=PLUGIN)
class LeadSummarizer:
    """The first `sentences` sentences; articles under `min_words` words get no summary."""

    sentences: PositiveInt = 3
    min_words: PositiveInt = 40
    max_words: PositiveInt = 80
    needs_vector: ClassVar[bool] = False
    name: ClassVar[str] = "lead"

    def identity(self) -> Mapping[str, str]:
        return {"stage": "lead-5"}

    def open(self) -> None:
        pass

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        return [self._summarised(article) for article in articles]

    def choose(self, source: Sequence[str]) -> list[str]:
        """Those of an article's sentences, "" for one of a list, that are its summary."""
        return lead(source, self.sentences, self.max_words)

    def _summarised(self, article: Article) -> Article:
        article = replace(article, summarizer=f"{self.name}-{self.sentences}")
        if len(article.text.split()) < self.min_words:
            return replace(article, summary_note="too_short")
        listed = lists(article.text, article.language)
        if len(without(article.text, listed).split()) < self.min_words:
            return replace(article, summary_note=LIST)
        source = split_sentences(article.text, article.language)
        chosen = self.choose(blanked(source, article.text, listed))
        sentences = own_sentences(chosen, source)
        return summarised(replace(article, dropped_tokens=0), " ".join(chosen), sentences, None)
