"""The abstractive summarizer: prompt, source text that fits, candidates, support, policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import ClassVar

from pydantic import NonNegativeInt, PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.article import Article, Rejection, SummarySentence
from pipeline.engines.base import (
    EmbeddingEngine,
    Failure,
    Generation,
    GenerationEngine,
    GenerationSettings,
    Prompt,
    Setting,
    Written,
)
from pipeline.errors import ConfigError
from pipeline.schema import PLUGIN
from pipeline.stage import Tokens
from pipeline.summarize.forms import BOUNDS, Form, joined, parts_of
from pipeline.summarize.instructions import Span, blanked, instructions, merged, without
from pipeline.summarize.lead import LIST, lead, own_sentences, summarised
from pipeline.summarize.sentences import split_sentences, whole_sentences
from pipeline.summarize.source_text import LengthPolicy, fit
from pipeline.summarize.support import Case, SupportChecker
from pipeline.summarize.verify import Checked, VerifyPolicy, choose
from pipeline.summarize.word_check import WordChecker
from pipeline.text.cut_off import cut_off
from pipeline.text.lists import lists

_LEFT_OUT = "instructions_left_out"
_LIST_LEFT_OUT = "list_left_out"


@dataclass(config=PLUGIN)
class Summarizer:
    """Writes `summary`, `summary_sentences`, `summary_support`, `summary_note`, `summarizer` and
    `dropped_tokens`.

    `form` is what a summary looks like, `instructions` what a model is told for each form, as
    system prompt: null for a model that is told nothing. `prompt` holds the place `{text}`; without
    `chat_template` the model just continues it. Lengths are in tokens of the model
    (`max_new_tokens`, `max_source_tokens`, null for the model's context) or in words (`min_words`
    of an article). `length_policy` says what is read of an article with more than
    `max_source_tokens`; `beams`, `length_penalty` and `no_repeat_ngram` are those of
    `GenerationSettings`; `verify` is what is done about sentences that the article does not carry.
    What speaks to a model and not to a reader is left out of what is read (`instructions`), and so
    are lists of results and the like, whose figures no model keeps apart, and half a sentence.
    Without an `encoder` they are checked by words alone.
    """

    engine: GenerationEngine
    encoder: EmbeddingEngine | None
    model: str
    prompt: str
    verify: VerifyPolicy
    form: Form = "brief"
    instructions: dict[Form, str] | None = None
    chat_template: bool = True
    min_words: PositiveInt = 40
    max_new_tokens: PositiveInt = 128
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
        if self.instructions is not None and self.form not in self.instructions:
            raise ConfigError(
                f"summarizer.form={self.form}: summarizer.instructions does not say how to ask for "
                f"it; it has {', '.join(self.instructions)}"
            )
        self._checker = SupportChecker(self.encoder) if self.encoder else WordChecker()
        self._tokens = Tokens(0, 0)

    def identity(self) -> Mapping[str, str]:
        engine = self.engine.identity(self.model)
        return {"stage": "summarizer-5", **self._checker.identity(), **engine}

    def open(self) -> None:
        self.engine.open(self.model)
        self._checker.open()

    def tokens(self) -> Tokens:
        return self._tokens

    def effective(self) -> Mapping[str, Setting]:
        """What the engine really hands to the model. After `open`."""
        return self.engine.effective(self._settings(final=True))

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        name = self.engine.label(self.model)
        addressed = [instructions(article.text, article.language) for article in articles]
        listed = [lists(article.text, article.language) for article in articles]
        cut = [cut_off(article.text, article.language) for article in articles]
        spans = [merged(*found) for found in zip(addressed, listed, cut, strict=True)]
        read = [without(a.text, s) if s else a.text for a, s in zip(articles, spans, strict=True)]
        done = [
            replace(article, summary_note=self._why_none(article, found), summarizer=name)
            for article, found in zip(articles, listed, strict=True)
        ]
        long = [n for n, text in enumerate(read) if len(text.split()) >= self.min_words]
        dropped, written = self._written({n: replace(articles[n], text=read[n]) for n in long})
        sources, candidates = {}, {}
        for number in long:
            article, texts = articles[number], written[number]
            article = replace(article, summarizer=name, dropped_tokens=dropped[number])
            done[number] = article
            if isinstance(texts, Failure):
                rejection = Rejection("summarizer", texts.reason, texts.error)
                done[number] = replace(article, rejection=rejection)
                continue
            sources[number] = _carriers(article, spans[number])
            candidates[number] = [
                parts_of(text.text, text.finished, self.form, article.language) for text in texts
            ]
        cases = [Case(sources[n], _own_title(articles[n]), candidates[n]) for n in candidates]
        for number, checked in zip(candidates, self._checker.check(cases), strict=True):
            done[number] = self._published(done[number], sources[number], checked)
        return [
            _noted(article, [_LEFT_OUT] * bool(spoken) + [_LIST_LEFT_OUT] * bool(rows))
            for article, spoken, rows in zip(done, addressed, listed, strict=True)
        ]

    def _why_none(self, article: Article, listed: Sequence[Span]) -> str:
        """Why an article of which too little is left to be read has no summary."""
        return LIST if listed and len(article.text.split()) >= self.min_words else "too_short"

    def _published(
        self, article: Article, source: Sequence[str], candidates: Sequence[Checked]
    ) -> Article:
        """The article with the best of the candidates, or with its own beginning."""
        chosen = choose(candidates, source, BOUNDS[self.form], self.verify)
        sentences, notes = chosen.sentences, list(chosen.notes)
        if not sentences and "fallback" in self.verify.policy:
            sentences = self._lead(source, _own_title(article))
            notes += ["fallback_lead"] if sentences else []
        summary = joined([sentence.text for sentence in sentences], self.form)
        return summarised(article, summary, sentences, "+".join(notes) or None)

    def _lead(self, source: Sequence[str], title: str | None) -> Checked:
        """What stands in for a summary, in its form where the article has such a thing."""
        bounds = BOUNDS[self.form]
        if self.form != "headline":
            return own_sentences(lead(source, bounds.least, bounds.words), source)
        title = (title or "").strip()
        return (SummarySentence(title, 1.0),) if title and bounds.has_room([title]) else ()

    def _written(
        self, articles: Mapping[int, Article]
    ) -> tuple[dict[int, int], dict[int, Written]]:
        """How many tokens of each article were dropped, and what the model wrote for it.

        Summaries of windows are joined and summarised in turn, until there is one window.
        """
        budget, count = self._source_budget(), self.engine.count_tokens
        dropped: dict[int, int] = {}
        pieces: dict[int, list[str]] = {}
        for number, article in articles.items():
            fitted = fit(article.text, budget, self.length_policy, count, article.language)
            dropped[number], pieces[number] = fitted.dropped, fitted.pieces
        results: dict[int, Written] = {}
        while pieces:
            last = {number: texts for number, texts in pieces.items() if len(texts) == 1}
            results |= {n: parts[0] for n, parts in self._generated(last, final=True).items()}
            more = {number: texts for number, texts in pieces.items() if number not in last}
            pieces = {}
            for number, parts in self._generated(more, final=False).items():
                failure = next((part for part in parts if isinstance(part, Failure)), None)
                if failure is not None:
                    results[number] = failure
                    continue
                language, texts = articles[number].language, more[number]
                firsts = [part[0] for part in parts if not isinstance(part, Failure)]
                again = self._joined(texts, firsts, language)
                # What does not get shorter never fits: then its beginning has to do.
                shorter = count(again) < sum(map(count, texts))
                policy = self.length_policy if shorter else "lead"
                pieces[number] = fit(again, budget, policy, count, language).pieces
        return dropped, results

    def _generated(self, pieces: Mapping[int, list[str]], final: bool) -> dict[int, list[Written]]:
        """What the model writes for every piece of every article, all in one call."""
        if not pieces:
            return {}
        written = self.engine.generate(
            [self._prompt(text, final) for texts in pieces.values() for text in texts],
            self._settings(final),
        )
        done = [one for samples in written if not isinstance(samples, Failure) for one in samples]
        self._tokens = Tokens(
            self._tokens.read + sum(one.prompt_tokens for one in done),
            self._tokens.written + sum(one.new_tokens for one in done),
        )
        following = iter(written)
        return {number: list(islice(following, len(texts))) for number, texts in pieces.items()}

    def _settings(self, final: bool) -> GenerationSettings:
        """How to generate: candidates for the published summary, the likeliest for windows."""
        settings = GenerationSettings(
            self.max_new_tokens,
            self.min_new_tokens,
            self.beams,
            self.length_penalty,
            self.no_repeat_ngram,
        )
        samples = self.verify.samples
        if not final or samples == 1:
            return settings
        if self.beams > 1:
            return replace(settings, samples=min(samples, self.beams))
        temperature, top_p = self.verify.temperature, self.verify.top_p
        return replace(
            settings, samples=samples, temperature=temperature, top_p=top_p, seed=self.verify.seed
        )

    def _joined(
        self, texts: Sequence[str], generations: Sequence[Generation], language: str | None
    ) -> str:
        """The summaries of windows as one text; the lead of a window that got none."""
        bounds, parts = BOUNDS["brief"], []
        for text, generation in zip(texts, generations, strict=True):
            written = whole_sentences(generation.text, generation.finished, language)
            chosen = lead(written, bounds.most, bounds.words)
            sentences = split_sentences(text, language)
            parts += chosen or lead(sentences, bounds.least, bounds.words)
        return " ".join(dict.fromkeys(parts)) or texts[0]

    def _prompt(self, text: str, final: bool = True) -> Prompt:
        asked = self.instructions or {}
        # A headline of headlines would say little: windows are summarised at more length.
        system = asked.get(self.form if final else "brief") or asked.get(self.form)
        return Prompt(self.prompt.replace("{text}", text), system, self.chat_template)

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


def _noted(article: Article, notes: Sequence[str]) -> Article:
    """The article with these notes beside those that it has; that it is a list says enough."""
    kept = [note for note in notes if article.summary_note != LIST or note != _LIST_LEFT_OUT]
    if not kept:
        return article
    return replace(article, summary_note="+".join(filter(None, (article.summary_note, *kept))))


def _carriers(article: Article, left_out: Sequence[Span]) -> list[str]:
    """The article's sentences, "" for those that were left out: they carry nothing."""
    sentences = split_sentences(article.text, article.language)
    return blanked(sentences, article.text, left_out) if left_out else sentences


def _own_title(article: Article) -> str | None:
    title = article.title
    return None if title and instructions(title, article.language) else title
