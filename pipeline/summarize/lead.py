"""The first sentences of an article as its summary: the plainest baseline, and the fallback."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from pydantic import PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.article import Article
from pipeline.schema import PLUGIN
from pipeline.summarize.sentences import is_whole, split_sentences
from pipeline.summarize.support import check_support


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


def summarised(article: Article, summary: Sequence[str], source: Sequence[str]) -> Article:
    """The article with these sentences as its summary, each checked against those of its text."""
    checked = check_support(summary, source, article.title)
    return replace(
        article,
        summary=" ".join(summary),
        summary_sentences=checked,
        summary_support=min(sentence.support for sentence in checked),
    )


@dataclass(config=PLUGIN)
class LeadSummarizer:
    """The first `sentences` sentences; articles under `min_words` words get no summary."""

    sentences: PositiveInt = 3
    min_words: PositiveInt = 40
    max_words: PositiveInt = 80
    needs_vector: ClassVar[bool] = False

    def identity(self) -> Mapping[str, str]:
        return {"stage": "lead-2"}

    def open(self) -> None:
        pass

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        return [self._annotated(article) for article in articles]

    def _annotated(self, article: Article) -> Article:
        name = f"lead-{self.sentences}"
        if len(article.text.split()) < self.min_words:
            return replace(article, summary_note="too_short", summarizer=name)
        source = split_sentences(article.text, article.language)
        chosen = lead(source, self.sentences, self.max_words)
        if not chosen:
            return replace(article, summary_note="no_sentence", summarizer=name)
        return summarised(replace(article, summarizer=name, dropped_tokens=0), chosen, source)
