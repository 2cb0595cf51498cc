"""Summaries by rewriting: each chosen source sentence is put before a model, and what it writes is
published where the check is sure of it, else the source sentence itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.article import SummarySentence
from pipeline.engines.base import Failure, Generation, Written
from pipeline.summarize.forms import BOUNDS, Bounds, Form, parts_of, word_count
from pipeline.summarize.origin import how_of, words_of
from pipeline.summarize.policy import SelectionPolicy, says_again
from pipeline.summarize.selection.selector import Chosen
from pipeline.summarize.support.facts import Known, facts
from pipeline.summarize.support.faithfulness import Rewriting
from pipeline.summarize.support.stance import keeps_stance
from pipeline.summarize.writer import PASSAGE
from pipeline.text.whole_sentences import whole_sentences

_LONGER = 1.15
"""How many times the words of its source sentences what the model wrote may have: shortening and
joining add nothing, so what is longer has been made up."""

_LEAST_WORDS = 4
"""Of a sentence or headline that says something."""

_ENOUGH_WORDS = {"brief": 60, "bullets": 100}
"""Words from which on no further part is added once a form has its least."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One part of a summary to be: the source sentence that it is made of, and what the model is
    asked for: the form itself, or `passage` for one part of it."""

    chosen: Chosen
    form: str

    def prompt(self, title: str | None) -> tuple[str, str]:
        """The text that the model reads, and the form that it is asked for."""
        return prompt_text(title, [self.chosen.text]), self.form

    def is_asked(self, policy: SelectionPolicy) -> bool:
        """Whether it is put before the model at all; a headline always is."""
        return self.form == "headline" or policy.asks(self.chosen.text)


def prompt_text(title: str | None, sentences: Sequence[str]) -> str:
    """The title on a line of its own, where there is one, then the sentences as one paragraph: in
    training and in use, so that a model reads what it learnt to read."""
    passage = " ".join(sentence.strip() for sentence in sentences)
    title = " ".join((title or "").split())
    return f"{title}\n\n{passage}" if title else passage


def slots_of(chosen: Sequence[Chosen], form: Form) -> list[Slot]:
    """A slot for each part of the form, in the order of the article."""
    asked = form if BOUNDS[form].most == 1 else PASSAGE
    return [Slot(sentence, asked) for sentence in chosen]


def candidates_of(
    written: Written, slot: Slot, title: str | None, language: str | None
) -> list[Rewriting]:
    """The different sentences that the model wrote for a slot, the likeliest first; none of those
    that are no whole sentence or longer than what they are made of."""
    if isinstance(written, Failure):
        return []
    most = _LONGER * len(slot.chosen.text.split()) + 2
    found: dict[str, Rewriting] = {}
    for generation in written:
        part = _part(generation, slot, language)
        if part and len(part.split()) <= most and part not in found:
            found[part] = Rewriting(slot.chosen.text, title, part, generation.log_probability)
    return list(found.values())


def may_stand(rewriting: Rewriting) -> bool:
    """Whether a rewriting is in other words, keeps who says it and how sure that is, and has no
    name or number that its source lacks: what else it says is for the check.

    One that only leaves words out does not stand: rules do that, and are right more often.
    """
    if how_of(rewriting.text, [rewriting.source]) != "rewritten":
        return False
    if not keeps_stance(rewriting.text, rewriting.source):
        return False
    known = Known([rewriting.title or "", rewriting.source])
    return not any(known.missing(fact) for fact in facts(rewriting.text))


def _part(text: Generation, slot: Slot, language: str | None) -> str | None:
    if slot.form == "headline":
        parts = parts_of(text.text, text.finished, "headline", language)
    else:
        parts = whole_sentences(text.text, text.finished, language)
    if len(parts) != 1 or len(parts[0].split()) < _LEAST_WORDS:
        return None
    return parts[0] if parts[0][0].isupper() or not parts[0][0].isalpha() else None


def assembled(
    slots: Sequence[Slot],
    checked: Sequence[Sequence[SummarySentence]],
    form: Form,
    policy: SelectionPolicy,
) -> list[SummarySentence]:
    """The parts to publish: of each slot the best that the model wrote and that passes, else its
    source sentence, shortened where a rule could; none that says what one before it said."""
    bounds = BOUNDS[form]
    enough = _ENOUGH_WORDS.get(form, bounds.words)
    parts: list[SummarySentence] = []
    for slot, candidates in zip(slots, checked, strict=True):
        if len(parts) >= bounds.least and word_count([part.text for part in parts]) >= enough:
            break
        part = _best(slot, candidates, parts, bounds, policy)
        if part is not None:
            parts.append(part)
    return parts


def _best(
    slot: Slot,
    candidates: Sequence[SummarySentence],
    before: Sequence[SummarySentence],
    bounds: Bounds,
    policy: SelectionPolicy,
) -> SummarySentence | None:
    own = [_as_written(sentence, slot) for sentence in candidates]
    if "drop" not in policy.policy:
        passing = own[:1]
    else:
        passing = [s for s in own if s.how == "rewritten" and policy.passes(s)]
        passing.sort(key=lambda sentence: -sentence.support)
    for sentence in (*passing, *_sources(slot)):
        fits = bounds.has_room([part.text for part in (*before, sentence)])
        if fits and not says_again(sentence, before):
            return sentence
    return None


def _as_written(sentence: SummarySentence, slot: Slot) -> SummarySentence:
    how = how_of(sentence.text, [slot.chosen.text])
    return replace(sentence, source_sentences=slot.chosen.sources, how=how)


def _sources(slot: Slot) -> list[SummarySentence]:
    """The slot's source sentence, shortened by rule and as it stands: each carries itself."""
    chosen = slot.chosen
    short = SummarySentence(chosen.shortened, 1.0, chosen.sources, how="shortened")
    whole = SummarySentence(chosen.text, 1.0, chosen.sources, how="as_is")
    return [whole] if words_of(chosen.shortened) == words_of(chosen.text) else [short, whole]
