"""What in the article carries a summary sentence, and how sure that is.

Names and numbers that the article lacks are listed (`facts`); the score is that of a small trained
model over signals of words, facts and sentence vectors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass as pydantic_dataclass

from pipeline.article import SummarySentence
from pipeline.engines.base import EmbeddingEngine
from pipeline.schema import PLUGIN
from pipeline.summarize.support_features import Read, features, read
from pipeline.summarize.support_model import load_support_model
from pipeline.summarize.support_source import Source
from pipeline.summarize.support_words import Vocabulary

CHECK_VERSION = "2"

_LEAST_CARRIED = 0.3
"""Mean of cosine and word overlap below which a source sentence carries nothing; by judgement."""

_LEAST_GAIN = 0.15
"""Share of a sentence, by rarity of its words, for which a second source is named; the same."""


@dataclass(frozen=True, slots=True)
class Case:
    """One or more summaries of the same article, each as sentences, to be checked together."""

    source: Sequence[str]
    title: str | None
    summaries: Sequence[Sequence[str]]


@pydantic_dataclass(config=PLUGIN)
class SupportChecker:
    """Scores summary sentences by a small trained model over signals of words, facts and vectors.

    The score is a calibrated probability; 0.5 parts supported from not. The work on an article is
    done once however many summaries it has, and a sentence that several share is checked once.
    """

    encoder: EmbeddingEngine

    def identity(self) -> Mapping[str, str]:
        """What decides the scores: this check's version, its model, the encoder."""
        model = load_support_model()
        encoder = {f"support_{key}": value for key, value in self.encoder.identity().items()}
        version = f"support-{CHECK_VERSION}"
        return {"support": version, "support_model": model.digest, **encoder}

    def open(self) -> None:
        """Load model and encoder.

        Raises:
            ModelError: one is missing or has another digest than its card.
        """
        load_support_model()
        self.encoder.open()

    def check(self, cases: Sequence[Case]) -> list[list[tuple[SummarySentence, ...]]]:
        """For each case, for each of its summaries, its sentences with what carries them."""
        found = self._checked(cases)
        return [
            [tuple(found[number, text] for text in summary) for summary in case.summaries]
            for number, case in enumerate(cases)
        ]

    def _checked(self, cases: Sequence[Case]) -> dict[tuple[int, str], SummarySentence]:
        model = load_support_model()
        found = signals(cases, model.vocabulary, self.encoder)
        scores = model.scores([one.features for one in found.values()])
        return {
            key: SummarySentence(
                text=key[1],
                support=round(float(score), 4),
                source_sentences=_sources(one),
                unsupported=tuple(fact.text for fact in one.read.missing),
            )
            for (key, one), score in zip(found.items(), scores, strict=True)
        }


@dataclass(frozen=True, slots=True)
class Signals:
    """A sentence as read, the cosines of its candidates in their order, and its features."""

    read: Read
    source: Source
    cosines: NDArray[np.float32]
    features: Mapping[str, float]


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
) -> dict[tuple[int, str], Signals]:
    """What a model is asked about: every different sentence, by case number and text."""
    sources = [Source(case.source, case.title) for case in cases]
    readings = {
        (number, text): read(text, sources[number], vocabulary)
        for number, case in enumerate(cases)
        for summary in case.summaries
        for text in summary
    }
    texts = dict.fromkeys(text for _, text in readings)
    for (number, _), one in readings.items():
        texts.update(dict.fromkeys(cases[number].source[n] for n in one.candidates))
    if not texts:
        return {}
    vectors = dict(zip(texts, encoder.encode(list(texts)), strict=True))
    found = {}
    for (number, text), one in readings.items():
        own = vectors[text]
        carriers = [vectors[cases[number].source[n]] for n in one.candidates]
        stacked = np.stack(carriers) if carriers else np.zeros((0, len(own)), np.float32)
        found[number, text] = Signals(
            read=one,
            source=sources[number],
            cosines=stacked @ own,
            features=features(one, sources[number], vocabulary, own, stacked),
        )
    return found
