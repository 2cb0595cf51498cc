"""The abstractive summarizer: prompt, source text that fits, whole sentences, support."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
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
from pipeline.summarize.source_text import LengthPolicy, fit

_REVISION_DIGITS = 12


@dataclass(config=PLUGIN)
class Summarizer:
    """Writes `summary`, `summary_sentences`, `summary_support`, `summary_note`, `summarizer` and
    `dropped_tokens`.

    `prompt` holds the place `{text}`; `system` may be null; without `chat_template` the model just
    continues the prompt. Lengths are in tokens of the model (`max_new_tokens`,
    `max_source_tokens`, null for the model's context) or in words (`min_words` of an article,
    `max_words` of a summary). `length_policy` says what is read of an article with more than
    `max_source_tokens`; `beams`, `length_penalty` and `no_repeat_ngram` are those of
    `GenerationSettings`.
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
    beams: PositiveInt = 1
    length_penalty: float = 1.0
    no_repeat_ngram: NonNegativeInt = 0
    max_source_tokens: PositiveInt | None = 1536
    length_policy: LengthPolicy = "lead"
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
        budget, count = self._source_budget(), self.engine.count_tokens
        fitted = {
            number: fit(article.text, budget, self.length_policy, count, article.language)
            for number, article in ((number, articles[number]) for number in numbers)
        }
        pieces = {number: one.pieces for number, one in fitted.items()}
        # Summaries of windows are joined and summarised in turn, until there is one window.
        while pieces:
            written = self._written(pieces)
            pieces = {}
            for number, (texts, generations) in written.items():
                article, dropped = articles[number], fitted[number].dropped
                if len(texts) == 1:
                    article = replace(article, summarizer=name, dropped_tokens=dropped)
                    results[number] = self._summarised(article, generations[0])
                    continue
                again = self._joined(texts, generations, article.language)
                # What does not get shorter never fits: then its beginning has to do.
                shorter = count(again) < sum(map(count, texts))
                policy = self.length_policy if shorter else "lead"
                pieces[number] = fit(again, budget, policy, count, article.language).pieces
        return [results[number] for number in range(len(articles))]

    def _written(
        self, pieces: Mapping[int, list[str]]
    ) -> dict[int, tuple[list[str], list[Generation]]]:
        """What the model writes for every piece of every article, all in one call."""
        generations = self.engine.generate(
            [self._prompt(text) for texts in pieces.values() for text in texts],
            GenerationSettings(
                self.max_new_tokens,
                self.min_new_tokens,
                self.beams,
                self.length_penalty,
                self.no_repeat_ngram,
            ),
        )
        self._tokens = Tokens(
            self._tokens.read + sum(generation.prompt_tokens for generation in generations),
            self._tokens.written + sum(generation.new_tokens for generation in generations),
        )
        following = iter(generations)
        return {
            number: (texts, list(islice(following, len(texts)))) for number, texts in pieces.items()
        }

    def _joined(
        self, texts: Sequence[str], generations: Sequence[Generation], language: str | None
    ) -> str:
        """The summaries of windows as one text; the lead of a window that got none."""
        parts = []
        for text, generation in zip(texts, generations, strict=True):
            written = whole_sentences(generation.text, generation.finished, language)
            chosen = lead(written, self.max_sentences, self.max_words)
            sentences = split_sentences(text, language)
            parts += chosen or lead(sentences, self.max_sentences, self.max_words)
        return " ".join(dict.fromkeys(parts)) or texts[0]

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
