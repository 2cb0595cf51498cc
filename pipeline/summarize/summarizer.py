"""The abstractive summarizer: from articles to checked summaries, by a model behind an engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar, Literal

from pydantic import NonNegativeInt, PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.article import Article, Rejection, SummarySentence
from pipeline.config.schema import PLUGIN
from pipeline.core.errors import ConfigError
from pipeline.engines.base import (
    EmbeddingEngine,
    Failure,
    GenerationEngine,
    GenerationSettings,
    Setting,
)
from pipeline.stage import Tokens
from pipeline.summarize.forms import BOUNDS, Form, joined, parts_of
from pipeline.summarize.lead import LIST, lead, own_sentences, summarised
from pipeline.summarize.origin import with_origin
from pipeline.summarize.policy import Checked, SelectionPolicy, choose
from pipeline.summarize.readable import INSTRUCTIONS_LEFT_OUT, LIST_LEFT_OUT, Readable, readable
from pipeline.summarize.rewriting import assembled, candidates_of, may_stand, slots_of
from pipeline.summarize.selection.headline import own_headline
from pipeline.summarize.selection.selector import Case as SelectionCase
from pipeline.summarize.selection.selector import ContentSelector, beginning
from pipeline.summarize.source_text import LengthPolicy
from pipeline.summarize.support.check import Case, SupportChecker
from pipeline.summarize.support.facts import Known, facts
from pipeline.summarize.support.faithfulness import FaithfulnessCheck, Rewriting
from pipeline.summarize.support.word_check import WordChecker
from pipeline.summarize.whole import summaries_of
from pipeline.summarize.writer import PASSAGE, Writer


@dataclass(config=PLUGIN)
class Summarizer:
    """Writes `summary`, `summary_sentences`, `summary_support`, `summary_note`, `summarizer` and
    `dropped_tokens`; parameters as explained in `configs/summarizer/smollm2_135m_news.yaml`.

    With `content_selection=trained` a small model chooses the source sentences that hold the news,
    and the model rewrites each of them; with `none` it reads the article. What it writes is held
    against those sentences, or against the article, by words alone without an `encoder`. What
    `readable` leaves out is neither read nor held against.
    """

    engine: GenerationEngine
    encoder: EmbeddingEngine | None
    model: str
    prompt: str
    instructions: dict[str, str] | None
    selection: SelectionPolicy
    content_selection: Literal["trained", "none"] = "trained"
    form: Form = "brief"
    chat_template: bool = True
    min_words: PositiveInt = 40
    max_new_tokens: PositiveInt = 80
    min_new_tokens: NonNegativeInt = 0
    beams: PositiveInt = 1
    length_penalty: float = 1.0
    no_repeat_ngram: NonNegativeInt = 0
    max_source_tokens: PositiveInt | None = 384
    length_policy: LengthPolicy = "lead"
    needs_vector: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if "{text}" not in self.prompt:
            raise ConfigError("summarizer.prompt has no {text}, the place of the article")
        trained = self.content_selection == "trained"
        wanted = PASSAGE if trained and BOUNDS[self.form].most > 1 else self.form
        if self.instructions is not None and wanted not in self.instructions:
            raise ConfigError(
                f"summarizer.form={self.form}: summarizer.instructions does not say how to ask for "
                f"it ({wanted}); it has {', '.join(self.instructions)}"
            )
        self._selector = ContentSelector() if trained else None
        self._faithfulness = FaithfulnessCheck()
        self._checker = SupportChecker(self.encoder) if self.encoder else WordChecker()
        settings = GenerationSettings(
            self.max_new_tokens,
            self.min_new_tokens,
            self.beams,
            self.length_penalty,
            self.no_repeat_ngram,
        )
        asked = self.instructions or {}
        self._writer = Writer(
            self.engine, self.prompt, asked, self.chat_template, settings, self.selection
        )

    def identity(self) -> Mapping[str, str]:
        engine = self.engine.identity(self.model)
        if self._selector:
            checks = {**self._selector.identity(), **self._faithfulness.identity()}
        else:
            checks = dict(self._checker.identity())
        return {"stage": "summarizer-9", **checks, **engine}

    def open(self) -> None:
        self.engine.open(self.model)
        if self._selector:
            self._selector.open()
            self._faithfulness.open()
        else:
            self._checker.open()

    def tokens(self) -> Tokens:
        return self._writer.tokens

    def effective(self) -> Mapping[str, Setting]:
        """What the engine really hands to the model. After `open`."""
        return self._writer.effective()

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        name = self.engine.label(self.model)
        read = [readable(article, self.min_words) for article in articles]
        done = [
            replace(article, summary_note=one.why_none, summarizer=name)
            for article, one in zip(articles, read, strict=True)
        ]
        long = [n for n, one in enumerate(read) if len(one.text.split()) >= self.min_words]
        sources = {n: read[n].sentences for n in long}
        given = {n: replace(articles[n], text=read[n].text, title=read[n].title) for n in long}
        summaries = self._rewritten if self._selector else self._written
        for number, article in summaries(given, sources).items():
            original = articles[number]
            done[number] = replace(
                article, text=original.text, title=original.title, summarizer=name
            )
        return [_noted(article, one) for article, one in zip(done, read, strict=True)]

    def _rewritten(
        self, articles: Mapping[int, Article], sources: Mapping[int, Sequence[str]]
    ) -> dict[int, Article]:
        """Each article with a summary of chosen source sentences, rewritten where that is right."""
        assert self._selector is not None
        wanted = [SelectionCase(sources[n], a.title, self.form) for n, a in articles.items()]
        slots = {
            number: slots_of(chosen, self.form)
            for number, chosen in zip(articles, self._selector.select(wanted), strict=True)
        }
        asked = [(n, s) for n, row in slots.items() for s in row if s.is_asked(self.selection)]
        prompts = [slot.prompt(articles[n].title) for n, slot in asked]
        written = dict(zip(asked, self._writer.write(prompts, candidates=True), strict=True))
        failures = {n: found for (n, _), found in written.items() if isinstance(found, Failure)}
        candidates = {
            n: [
                candidates_of(written.get((n, s), []), s, articles[n].title, articles[n].language)
                for s in row
            ]
            for n, row in slots.items()
            if n not in failures
        }
        done = {n: _rejected(articles[n], failure) for n, failure in failures.items()}
        for number, checked in self._checked_rewritings(articles, sources, candidates).items():
            unread = " ".join(sources[number][len(beginning(sources[number])) :])
            article = replace(articles[number], dropped_tokens=self.engine.count_tokens(unread))
            chosen = assembled(slots[number], checked, self.form, self.selection)
            if self.form == "headline" and not chosen:
                chosen = own_headline(article.title)
            done[number] = self._published(article, chosen, None)
        return done

    def _checked_rewritings(
        self,
        articles: Mapping[int, Article],
        sources: Mapping[int, Sequence[str]],
        candidates: Mapping[int, Sequence[Sequence[Rewriting]]],
    ) -> dict[int, list[list[SummarySentence]]]:
        """For each article and slot the rewritings that may be published, with the chance that each
        is true to its source; where nothing is to be changed, the likeliest as it is."""
        only_flag = "drop" not in self.selection.policy
        kept = {
            n: [row[:1] if only_flag else [r for r in row if may_stand(r)] for row in rows]
            for n, rows in candidates.items()
        }
        asked = [one for rows in kept.values() for row in rows for one in row]
        chances = iter(self._faithfulness.probabilities(asked))
        checked = {}
        for number, rows in kept.items():
            known = Known([articles[number].title or "", *sources[number]])
            checked[number] = [
                [
                    SummarySentence(
                        one.text,
                        next(chances),
                        unsupported=tuple(f.text for f in facts(one.text) if known.missing(f)),
                    )
                    for one in row
                ]
                for row in rows
            ]
        return checked

    def _written(
        self, articles: Mapping[int, Article], sources: Mapping[int, Sequence[str]]
    ) -> dict[int, Article]:
        """Each article with the best summary that the model wrote of it as a whole."""
        budget = self._writer.budget(self.form, self.max_source_tokens) if articles else 0
        readings = summaries_of(articles, self._writer, self.form, budget, self.length_policy)
        done, candidates = {}, {}
        for number, reading in readings.items():
            article = replace(articles[number], dropped_tokens=reading.dropped)
            done[number] = article
            if isinstance(reading.written, Failure):
                done[number] = _rejected(article, reading.written)
                continue
            candidates[number] = [
                parts_of(text.text, text.finished, self.form, article.language)
                for text in reading.written
            ]
        cases = [Case(sources[n], articles[n].title, texts) for n, texts in candidates.items()]
        for number, checked in zip(candidates, self._checker.check(cases), strict=True):
            done[number] = self._best(done[number], sources[number], checked)
        return done

    def _best(
        self, article: Article, source: Sequence[str], candidates: Sequence[Checked]
    ) -> Article:
        """The article with the best of the candidates, or with its own beginning."""
        chosen = choose(candidates, source, BOUNDS[self.form], self.selection)
        sentences, notes = with_origin(chosen.sentences, source), list(chosen.notes)
        if not sentences and "fallback" in self.selection.policy:
            sentences = self._lead(source, article.title)
            notes += ["fallback_lead"] if sentences else []
        return self._published(article, sentences, "+".join(notes) or None)

    def _published(
        self, article: Article, sentences: Sequence[SummarySentence], note: str | None
    ) -> Article:
        summary = joined([sentence.text for sentence in sentences], self.form)
        return summarised(article, summary, sentences, note)

    def _lead(self, source: Sequence[str], title: str | None) -> Checked:
        """What stands in for a summary, in its form where the article has such a thing."""
        bounds = BOUNDS[self.form]
        if self.form != "headline":
            return own_sentences(lead(source, bounds.least, bounds.words), source)
        title = (title or "").strip()
        fits = bool(title) and bounds.has_room([title])
        return (SummarySentence(title, 1.0, how="as_is"),) if fits else ()


def _rejected(article: Article, failure: Failure) -> Article:
    return replace(article, rejection=Rejection("summarizer", failure.reason, failure.error))


def _noted(article: Article, read: Readable) -> Article:
    """The article with a note of what was left out; that it is a list says enough."""
    notes = [article.summary_note] if article.summary_note else []
    notes += [INSTRUCTIONS_LEFT_OUT] * read.has_instructions
    notes += [LIST_LEFT_OUT] * (read.has_lists and article.summary_note != LIST)
    return replace(article, summary_note="+".join(notes) or None)
