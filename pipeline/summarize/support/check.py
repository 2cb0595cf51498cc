"""What in the article carries a summary sentence, and how sure that is.

Names and numbers that the article lacks are listed (`facts`). The score is that of a small trained
model over signals of words, facts and sentence vectors, and of a cross-encoder that reads the
sentence together with the source sentences that it rests on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass as pydantic_dataclass

from pipeline.article import SummarySentence
from pipeline.config.schema import PLUGIN
from pipeline.engines.base import EmbeddingEngine, PairEngine
from pipeline.summarize.support.features import features
from pipeline.summarize.support.model import CROSS, load_cross_encoder, load_support_model
from pipeline.summarize.support.premise import held_against
from pipeline.summarize.support.reading import Read, read
from pipeline.summarize.support.source import Source
from pipeline.summarize.support.words import Vocabulary

CHECK_VERSION = "2"

_LEAST_CARRIED = 0.3
"""Mean of cosine and word overlap below which a source sentence carries nothing; by judgement."""

_LEAST_GAIN = 0.15
"""Share of a sentence, by rarity of its words, for which a second source is named; the same."""

Origin = tuple[int, ...]
"""Numbers of the source sentences that a summary sentence was made from; none where unknown."""


@dataclass(frozen=True, slots=True)
class Case:
    """One or more summaries of the same article, each as sentences, to be checked together.

    `origins`, where given, has for each summary and each of its sentences the numbers of the
    `source` sentences that it was made from: it is held against these first, then against what
    else of the article is nearest to it.
    """

    source: Sequence[str]
    title: str | None
    summaries: Sequence[Sequence[str]]
    origins: Sequence[Sequence[Sequence[int]]] | None = None

    def claims(self, number: int) -> Iterator[list[Claim]]:
        """The sentences of each summary, as those of the case with this number.

        Raises:
            ValueError: there are not as many origins as sentences.
        """
        for at, summary in enumerate(self.summaries):
            origins = self.origins[at] if self.origins is not None else [()] * len(summary)
            yield [
                Claim(number, text, tuple(sorted(set(origin))))
                for text, origin in zip(summary, origins, strict=True)
            ]


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of a case, and what it was made from."""

    case: int
    text: str
    origin: Origin = ()


@pydantic_dataclass(config=PLUGIN)
class SupportChecker:
    """Scores summary sentences by small trained models over words, facts, vectors and readings.

    The score is a calibrated probability that the article supports the sentence. The work on an
    article is done once however many summaries it has, and a sentence that several share is checked
    once. `model` is a folder of `dateline train-support`, None for the shipped models; `reader` is
    their cross-encoder unless another is given.
    """

    encoder: EmbeddingEngine
    reader: PairEngine | None = None
    model: str | None = None

    def __post_init__(self) -> None:
        self._folder = Path(self.model).expanduser() if self.model else None

    def identity(self) -> Mapping[str, str]:
        """What decides the scores: this check's version, its models, the encoder."""
        model = load_support_model(self._folder)
        encoder = {f"support_{key}": value for key, value in self.encoder.identity().items()}
        reader = {f"support_{key}": value for key, value in self._reader().identity().items()}
        version = f"support-{CHECK_VERSION}"
        return {"support": version, "support_model": model.digest, **encoder, **reader}

    def open(self) -> None:
        """Load models and encoder.

        Raises:
            ModelError: one is missing or has another digest than its card.
        """
        load_support_model(self._folder)
        self.encoder.open()
        self._reader().open()

    def check(self, cases: Sequence[Case]) -> list[list[tuple[SummarySentence, ...]]]:
        """For each case, for each of its summaries, its sentences with what carries them."""
        claims = [list(case.claims(number)) for number, case in enumerate(cases)]
        checked = self._checked(cases)
        return [
            [tuple(checked[claim] for claim in summary) for summary in of_case]
            for of_case in claims
        ]

    def _checked(self, cases: Sequence[Case]) -> dict[Claim, SummarySentence]:
        model, reader = load_support_model(self._folder), self._reader()
        reader.open()
        by_claim = signals(cases, model.vocabulary, self.encoder)
        logits = reader.logits(
            [one.premise for one in by_claim.values()], [claim.text for claim in by_claim]
        )
        scores = model.scores(
            [
                {**one.features, CROSS: float(logit)}
                for one, logit in zip(by_claim.values(), logits, strict=True)
            ]
        )
        return {
            claim: SummarySentence(
                text=claim.text,
                support=round(float(score), 4),
                source_sentences=claim.origin or _sources(one),
                unsupported=tuple(fact.text for fact in one.read.missing),
            )
            for (claim, one), score in zip(by_claim.items(), scores, strict=True)
        }

    def _reader(self) -> PairEngine:
        return self.reader or load_cross_encoder(self._folder)


@dataclass(frozen=True, slots=True)
class Signals:
    """A sentence as read, the cosines of its candidates in their order, its features, and the text
    that it is held against."""

    read: Read
    source: Source
    cosines: NDArray[np.float32]
    features: Mapping[str, float]
    premise: str


def _sources(one: Signals) -> tuple[int, ...]:
    """The source sentence that is nearest in words and vector, and one that adds enough to it."""
    reading = one.read
    nearness = {
        n: (reading.overlap[n] + max(0.0, float(cosine))) / 2
        for n, cosine in zip(reading.candidates, one.cosines, strict=True)
    }
    first = max(nearness, key=lambda n: (nearness[n], -n), default=None)
    if first is None or nearness[first] < _LEAST_CARRIED:
        return ()
    total = sum(reading.weights.values()) or 1.0
    left = {s: w / total for s, w in reading.weights.items() if first not in one.source.having(s)}
    gains = {n: sum(w for s, w in left.items() if n in one.source.having(s)) for n in nearness}
    second = max(gains, key=lambda n: (gains[n], nearness[n], -n))
    return (first,) if gains[second] < _LEAST_GAIN else tuple(sorted((first, second)))


def signals(
    cases: Sequence[Case], vocabulary: Vocabulary, encoder: EmbeddingEngine
) -> dict[Claim, Signals]:
    """What a model is asked about: every different sentence of every case."""
    sources = [Source(case.source, case.title) for case in cases]
    claims = dict.fromkeys(
        claim
        for number, case in enumerate(cases)
        for summary in case.claims(number)
        for claim in summary
    )
    readings = {claim: read(claim.text, sources[claim.case], vocabulary) for claim in claims}
    texts = dict.fromkeys(claim.text for claim in claims)
    for claim, reading in readings.items():
        texts.update(dict.fromkeys(cases[claim.case].source[n] for n in reading.candidates))
    if not texts:
        return {}
    vectors = dict(zip(texts, encoder.encode(list(texts)), strict=True))
    by_claim = {}
    for claim, reading in readings.items():
        case, source, own = cases[claim.case], sources[claim.case], vectors[claim.text]
        carriers = [vectors[case.source[n]] for n in reading.candidates]
        stacked = np.stack(carriers) if carriers else np.zeros((0, len(own)), np.float32)
        by_claim[claim] = Signals(
            read=reading,
            source=source,
            cosines=stacked @ own,
            features=features(reading, source, vocabulary, own, stacked),
            premise=held_against(reading, source, case.title, claim.origin),
        )
    return by_claim
