"""The abstractive summarizer: prompt, source text that fits, whole sentences, support."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from pydantic import NonNegativeInt, PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.article import Article
from pipeline.engines.base import Generation, GenerationEngine, GenerationSettings, Prompt
from pipeline.engines.models import Weights, find_weights
from pipeline.errors import ConfigError
from pipeline.schema import PLUGIN
from pipeline.stage import Tokens
from pipeline.summarize.lead import lead, summarised
from pipeline.summarize.sentences import split_sentences, whole_sentences
from pipeline.summarize.source_text import cut_to_tokens

_REVISION_DIGITS = 12


@dataclass(config=PLUGIN)
class Summarizer:
    """Writes `summary`, `summary_sentences`, `summary_support`, `summary_note`, `summarizer` and
    `dropped_tokens`.

    `prompt` holds the place `{text}`; `system` may be null; without `chat_template` the model just
    continues the prompt. Lengths are in tokens of the model (`max_new_tokens`,
    `max_source_tokens`, null for the model's context) or in words (`min_words` of an article,
    `max_words` of a summary).
    """

    engine: GenerationEngine
    model: str
    prompt: str
    system: str | None = None
    chat_template: bool = True
    min_words: PositiveInt = 40
    max_words: PositiveInt = 80
    max_sentences: PositiveInt = 2
    max_new_tokens: PositiveInt = 96
    min_new_tokens: NonNegativeInt = 0
    max_source_tokens: PositiveInt | None = 1536
    needs_vector: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if "{text}" not in self.prompt:
            raise ConfigError("summarizer.prompt has no {text}, the place of the article")
        self._weights: Weights | None = None
        self._tokens = Tokens(0, 0)

    def identity(self) -> Mapping[str, str]:
        weights = self._found()
        return {
            "stage": "summarizer-2",
            "model": weights.name,
            "weights": weights.digest,
            **self.engine.identity(),
        }

    def open(self) -> None:
        self.engine.open(self._found())

    def tokens(self) -> Tokens:
        return self._tokens

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        weights = self._found()
        name = f"{weights.name}@{weights.digest[:_REVISION_DIGITS]}"
        results = {
            number: replace(article, summary_note="too_short", summarizer=name)
            for number, article in enumerate(articles)
            if len(article.text.split()) < self.min_words
        }
        numbers = [number for number in range(len(articles)) if number not in results]
        budget = self._source_budget()
        sources = [
            cut_to_tokens(a.text, budget, self.engine.count_tokens, a.language)
            for a in (articles[number] for number in numbers)
        ]
        generations = self.engine.generate(
            [self._prompt(text) for text, _ in sources],
            GenerationSettings(self.max_new_tokens, self.min_new_tokens),
        )
        self._tokens = Tokens(
            self._tokens.read + sum(generation.prompt_tokens for generation in generations),
            self._tokens.written + sum(generation.new_tokens for generation in generations),
        )
        for number, (_, dropped), generation in zip(numbers, sources, generations, strict=True):
            article = replace(articles[number], summarizer=name, dropped_tokens=dropped)
            results[number] = self._summarised(article, generation)
        return [results[number] for number in range(len(articles))]

    def _summarised(self, article: Article, generation: Generation) -> Article:
        source = split_sentences(article.text, article.language)
        written = whole_sentences(generation.text, generation.finished, article.language)
        chosen = lead(written, self.max_sentences, self.max_words)
        note = None
        if not chosen:
            chosen, note = lead(source, self.max_sentences, self.max_words), "fallback_lead"
        if not chosen:
            return replace(article, summary_note="no_sentence")
        return summarised(replace(article, summary_note=note), chosen, source)

    def _prompt(self, text: str) -> Prompt:
        return Prompt(self.prompt.replace("{text}", text), self.system, self.chat_template)

    def _source_budget(self) -> int:
        """Tokens of an article that fit the context beside the prompt and the summary."""
        overhead = self.engine.count_prompt_tokens(self._prompt("")) + self.max_new_tokens
        budget = self.engine.context_tokens - overhead
        if budget <= 0:
            raise ConfigError(
                "summarizer: the prompt and max_new_tokens leave no room in a context of "
                f"{self.engine.context_tokens} tokens"
            )
        return min(budget, self.max_source_tokens or budget)

    def _found(self) -> Weights:
        if self._weights is None:
            self._weights = find_weights(self.model)
        return self._weights
