"""Which sentences of an article hold its news and the context: those that make a summary."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.summarize.forms import Form
from pipeline.summarize.selection.briefs import Rows, best_brief, chances_of
from pipeline.summarize.selection.furniture import cleaned_sentences, has_whole_quotes, is_glued
from pipeline.summarize.selection.model import load_selection_model
from pipeline.summarize.selection.people import QUOTATION
from pipeline.summarize.selection.shorten import shortened
from pipeline.summarize.selection.signals import Read, read, state_rows
from pipeline.summarize.selection.standing import Standing, standing

VERSION = "3"

_MOST_SENTENCES = 40
_MOST_WORDS = 650
"""Of an article, from its beginning, that are looked at; the briefs that the model learnt from
were written of the first 420 words or so."""

_SPEAKER = re.compile(
    r"\b(?:I|I['’]m|I['’]ve|I['’]d|me|my|myself|ourselves|we|We|We['’](?:re|ve|ll)|us|our|Our|My|you|You|your|Your|"
    r"you['’](?:re|ve|ll)|You['’](?:re|ve|ll)|let['’]s|Let['’]s)\b"
)

_PRONOUN = re.compile(r"(?:He|She|His|Her)\b")

_LEAST_LOGIT = -2.0
"""Of a sentence that is not needed to have enough. On validation articles a brief has 63 words
without this bound, 57 with it, 55 at -1.6; ROUGE-Lsum falls from 37.0 to 36.4 and 35.7."""

_BESIDE = 1.5
"""Added to the logit of a sentence beside a chosen one: neighbours were written to be read
together. On 89 validation articles 27 places where two chosen sentences do not follow each other
instead of 63, at the same ROUGE-Lsum (36.1 and 36.0; 35.2 with 3.0)."""

_SHORTEST = 6
_LONGEST = 75
"""Words of a sentence: a shorter one says little by itself, a longer one is not brief."""

_SAME = 0.6
"""Share of its content words that a sentence may have in common with those chosen."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many sentences a form is made of, and about how many words they may have together."""

    least: int
    most: int
    words: int


WANTED: dict[Form, Wanted] = {
    "headline": Wanted(1, 1, 45),
    "sentence": Wanted(1, 1, 45),
    "brief": Wanted(2, 3, 64),
    "bullets": Wanted(3, 5, 110),
}


@dataclass(frozen=True, slots=True)
class Case:
    """The sentences of an article in their order, its title, and the form that is wanted."""

    sentences: Sequence[str]
    title: str | None
    form: Form


@dataclass(frozen=True, slots=True)
class Chosen:
    """A sentence that a summary is made of.

    `index` is its place in the article, `text` the sentence cleaned and completed, `shortened`
    the same with what can go left out, `context_index` the sentence that completes it, if any.
    """

    index: int
    text: str
    shortened: str
    context_index: int | None = None

    @property
    def sources(self) -> tuple[int, ...]:
        """Indices of the sentences that it is made of, in order."""
        context = self.index if self.context_index is None else self.context_index
        return tuple(sorted({self.index, context}))


class ContentSelector:
    """Chooses by trained models: of a brief all sentences together, as a reader would have them; of
    other forms one after the other what a summary would draw on next.

    A sentence that only points to another one is completed by rule, or comes only right after
    that one; furniture, questions and quotations without a speaker never come.
    """

    def identity(self) -> Mapping[str, str]:
        """What decides the choice: this version and the model."""
        return {"selection": VERSION, "selection_model": load_selection_model().digest}

    def open(self) -> None:
        """Load the model. Raises as `load_selection_model`."""
        load_selection_model()

    def select(self, cases: Sequence[Case]) -> list[list[Chosen]]:
        """For each case its chosen sentences, in the order of the article; none where no sentence
        can be chosen."""
        return [_select(case) for case in cases]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence read, completed and shortened, its words then, and whether it stands alone."""

    stands: Standing
    short: str
    length: int
    alone: bool

    def may_be_chosen(self, least: int = _SHORTEST, most: float = _LONGEST) -> bool:
        """Whether it may be part of a summary and has neither too few words nor too many."""
        return least <= self.length <= most and may_come(self.stands.text)


def candidates_of(texts: Sequence[str | None], of: Read) -> list[Candidate]:
    """The sentences read of an article's cleaned ones, as they would come."""
    found = []
    for number in of.numbers:
        stands = standing(texts, number)
        short = shortened(stands.text)
        # Before the first there is nothing to need.
        alone = stands.alone or number == 0
        found.append(Candidate(stands, short, len(short.split()), alone))
    return found


def _select(case: Case) -> list[Chosen]:
    texts = cleaned_sentences(beginning(case.sentences), case.title)
    of = read(texts, case.title)
    cases, wanted = candidates_of(texts, of), WANTED[case.form]
    if case.form == "brief" and (brief := _brief(of, cases)):
        return _told(of, cases, brief)
    chosen: list[int] = []
    for demand in _DEMANDS:
        most = wanted.most if demand is _DEMANDS[0] else wanted.least
        while len(chosen) < most:
            floor = _LEAST_LOGIT if len(chosen) >= wanted.least else -np.inf
            rows = _next(of, cases, chosen, demand, wanted.words, most - len(chosen), floor)
            if not rows:
                break
            chosen += rows
    return _told(of, cases, sorted(chosen))


def _brief(of: Read, cases: Sequence[Candidate]) -> Rows:
    """The rows of the best brief; none where too few sentences may come."""
    model = load_selection_model()
    by = chances_of(model, of, [one.alone for one in cases])
    may = [row for row, one in enumerate(cases) if one.may_be_chosen()]
    return best_brief(model, of, [one.length for one in cases], may, by)


def _told(of: Read, cases: Sequence[Candidate], chosen: Sequence[int]) -> list[Chosen]:
    """The chosen sentences in their order; a name that was given just before is not given again."""
    found: list[Chosen] = []
    for row in chosen:
        stands = cases[row].stands
        said = " ".join(before.text for before in found)
        if stands.name and stands.name.split()[-1] in said:
            surname = not _PRONOUN.match(stands.plain) and stands.name in said
            follows = bool(found) and found[-1].index == of.numbers[row] - 1
            if surname or follows:
                text = stands.plain
                found.append(Chosen(of.numbers[row], text, shortened(text)))
                continue
        found.append(Chosen(of.numbers[row], stands.text, cases[row].short, stands.origin))
    return found


@dataclass(frozen=True, slots=True)
class _Demand:
    """What a sentence has to be to come: share of words in common, alone, of limited length."""

    said: float
    alone: bool
    room: float
    least: int


_DEMANDS = (
    _Demand(_SAME, alone=True, room=1.0, least=_SHORTEST),
    _Demand(0.75, alone=True, room=1.3, least=_SHORTEST),
    _Demand(0.75, alone=False, room=1.3, least=1),
)
"""The later ones only where too few sentences meet the first: a short or odd article."""


def _next(
    of: Read,
    cases: Sequence[Candidate],
    chosen: Sequence[int],
    demand: _Demand,
    words: int,
    most: int,
    floor: float,
) -> list[int]:
    """The rows of the sentence to choose next, the best that may come, and before it of the one
    that it needs, if any; none where there is no such sentence."""
    among = [row for row in range(len(of.numbers)) if row not in chosen]
    if not among:
        return []
    rows = np.hstack([of.rows[among], state_rows(of, among, chosen)])
    beside = np.array([row - 1 in chosen or row + 1 in chosen for row in among])
    scores = load_selection_model().scores("next", rows) + _BESIDE * beside
    room = demand.room * words - sum(cases[row].length for row in chosen)
    said = frozenset().union(*(of.words[row] for row in chosen))

    def fits(row: int, room: float) -> bool:
        own = of.words[row]
        says_anew = len(own & said) <= demand.said * max(len(own), 1)
        return says_anew and cases[row].may_be_chosen(demand.least, min(room, _LONGEST))

    for place in np.argsort(-scores, kind="stable"):
        row = among[int(place)]
        if scores[place] < floor:
            return []
        if not fits(row, room):
            continue
        if cases[row].alone or row - 1 in chosen or not demand.alone:
            return [row]
        left = room - cases[row].length
        if most > 1 and row and fits(row - 1, left) and cases[row - 1].alone:
            return [row - 1, row]
    return []


def may_come(text: str) -> bool:
    """Whether a sentence may be part of a summary at all: it asks nothing, no writer speaks in it
    of himself or to the reader, no quotation goes on elsewhere or makes up all of it, and it is no
    aside in brackets."""
    if text.endswith("?") or text.startswith("(") or not has_whole_quotes(text) or is_glued(text):
        return False
    if _SPEAKER.search(QUOTATION.sub(" ", text)):
        return False
    inner = text.strip("\"“”'‘’. ")
    whole = text[0] in '"“' and not any(mark in inner for mark in '"“”')
    return not whole


def beginning(sentences: Sequence[str]) -> list[str]:
    """The sentences that are looked at."""
    words = 0
    for number, sentence in enumerate(sentences[:_MOST_SENTENCES]):
        words += len(sentence.split())
        if words > _MOST_WORDS:
            return list(sentences[: number + 1])
    return list(sentences[:_MOST_SENTENCES])
