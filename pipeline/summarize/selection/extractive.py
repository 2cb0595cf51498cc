"""A summary of the article's own sentences: selected, cleaned, completed and shortened by rules,
without a language model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from pydantic import PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.article import Article, How, SummarySentence
from pipeline.config.schema import PLUGIN
from pipeline.summarize.forms import BOUNDS, Form, joined
from pipeline.summarize.lead import summarised
from pipeline.summarize.origin import how_of
from pipeline.summarize.readable import INSTRUCTIONS_LEFT_OUT, LIST_LEFT_OUT, readable
from pipeline.summarize.selection.headline import own_headline
from pipeline.summarize.selection.selector import Case, Chosen, ContentSelector


@dataclass(config=PLUGIN)
class ExtractiveSummarizer:
    """Writes `summary`, `summary_sentences`, `summary_support`, `summary_note`, `summarizer` and
    `dropped_tokens` of the article's own words.

    `form` is what a summary looks like; articles under `min_words` words get none. A headline is
    the article's own title where that is one, else a first sentence that is short enough. What
    speaks to a model and not to a reader is left out, and so are lists of figures.
    """

    form: Form = "brief"
    min_words: PositiveInt = 40
    needs_vector: ClassVar[bool] = False

    def __post_init__(self) -> None:
        self._selector = ContentSelector()

    def identity(self) -> Mapping[str, str]:
        return {"stage": "extractive-1", **self._selector.identity()}

    def open(self) -> None:
        self._selector.open()

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        return [self._summarised(article) for article in articles]

    def _summarised(self, article: Article) -> Article:
        article = replace(article, summarizer="extractive")
        read = readable(article, self.min_words, with_broken=True)
        notes = [INSTRUCTIONS_LEFT_OUT] * read.has_instructions
        if len(read.text.split()) < self.min_words:
            return replace(article, summary_note="+".join([read.why_none, *notes]))
        notes += [LIST_LEFT_OUT] * read.has_lists
        sentences = self._sentences(read.sentences, read.title)
        summary = joined([sentence.text for sentence in sentences], self.form)
        note = "+".join(notes) or None
        return summarised(replace(article, dropped_tokens=0), summary, sentences, note)

    def _sentences(self, source: Sequence[str], title: str | None) -> list[SummarySentence]:
        if self.form == "headline" and (own := own_headline(title)):
            return own
        [chosen] = self._selector.select([Case(source, title, self.form)])
        sentences = [_sentence(one, source) for one in chosen]
        if self.form == "headline":
            sentences = [replace(s, text=s.text.rstrip(".")) for s in sentences]
            return [s for s in sentences if BOUNDS["headline"].hold([s.text])]
        return sentences


def _sentence(chosen: Chosen, source: Sequence[str]) -> SummarySentence:
    """The chosen sentence with what it comes from; never called as it is when words are missing."""
    same = how_of(chosen.shortened, [source[chosen.index]]) == "as_is"
    how: How = "as_is" if same else "shortened"
    return SummarySentence(chosen.shortened, 1.0, chosen.sources, how=how)
