"""What is done about summary sentences that are not surely right, and which of several candidates
is published. Texts in, texts out; no model is involved."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass as pydantic_dataclass

from pipeline.article import SummarySentence
from pipeline.config.schema import PLUGIN
from pipeline.core.errors import ConfigError
from pipeline.summarize.forms import Bounds
from pipeline.text.content_words import content_words

Step = Literal["flag", "best_of", "drop", "fallback"]
Checked = tuple[SummarySentence, ...]

_SAME = 0.6
"""Share of common words from which on two sentences say the same; set by judgement."""


@pydantic_dataclass(config=PLUGIN)
class SelectionPolicy:
    """What is done about sentences that the article does not support; parameters as explained in
    `configs/selection/balanced.yaml`.

    `temperature` and `top_p` (nucleus sampling, Holtzman et al. 2020) are those of the candidates;
    the check of rewritten sentences is fitted at these defaults.
    """

    policy: tuple[Step, ...] = ("best_of", "drop", "fallback")
    candidates: PositiveInt = 4
    temperature: PositiveFloat = 0.4
    top_p: float = Field(default=0.9, gt=0, le=1)
    min_support: float = Field(default=0.85, ge=0, le=1)
    longest_source: PositiveInt | None = 25
    seed: int = 1

    def __post_init__(self) -> None:
        if not self.policy or len(set(self.policy)) < len(self.policy):
            raise ConfigError("selection.policy: name each step once, such as [drop, fallback]")
        if "flag" in self.policy and len(self.policy) > 1:
            raise ConfigError(
                "selection.policy: flag means that nothing is changed; leave it alone"
            )

    @property
    def samples(self) -> int:
        """How many texts a model is to write of each article."""
        return self.candidates if "best_of" in self.policy else 1

    def asks(self, source: str) -> bool:
        """Whether a source sentence is put before the model."""
        return self.longest_source is None or len(source.split()) <= self.longest_source

    def passes(self, sentence: SummarySentence) -> bool:
        """Whether the article supports the sentence."""
        return not sentence.unsupported and sentence.support >= self.min_support


@dataclass(frozen=True, slots=True)
class Chosen:
    """The sentences to publish, none where nothing passed, and what was done to them."""

    sentences: Checked
    notes: tuple[str, ...] = ()


def choose(
    candidates: Sequence[Checked], source: Sequence[str], bounds: Bounds, policy: SelectionPolicy
) -> Chosen:
    """What to publish of one article's candidates, the first of which is the model's own choice.

    A candidate is the better the fewer of its sentences fail, then by how near it keeps to the
    bounds, then by agreement with the other candidates, coverage of `source` (the
    article's sentences), and support. What fails is replaced by
    sentences of other candidates that say something else and pass.
    """
    filled = [n for n, candidate in enumerate(candidates) if candidate]
    if not filled:
        return Chosen(())
    words = [set(content_words(" ".join(s.text for s in candidates[n]))) for n in filled]
    merits = [a + c for a, c in zip(_agreement(words), _coverage(words, source), strict=True)]
    merit = dict(zip(filled, merits, strict=True))
    best = max(filled, key=lambda n: _rank(candidates[n], merit[n], bounds, policy))
    chosen = candidates[best]
    notes = ["best_of"] if best != filled[0] else []
    if "drop" not in policy.policy:
        return Chosen(chosen, tuple(notes))
    kept = [sentence for sentence in chosen if policy.passes(sentence)]
    if len(kept) < len(chosen):
        notes.append("sentence_dropped")
    for sentence in (s for n in filled if n != best for s in candidates[n]):
        if len(kept) >= bounds.least:
            break
        longer = [part.text for part in (*kept, sentence)]
        if policy.passes(sentence) and bounds.has_room(longer) and not says_again(sentence, kept):
            kept.append(sentence)
            notes.append("sentence_added")
    return Chosen(tuple(kept), tuple(dict.fromkeys(notes)))


def _rank(
    candidate: Checked, merit: float, bounds: Bounds, policy: SelectionPolicy
) -> tuple[int, int, float]:
    kept = [sentence for sentence in candidate if policy.passes(sentence)]
    short = max(0, bounds.least - len(kept))
    support = sum(sentence.support for sentence in candidate) / len(candidate)
    return len(kept) - len(candidate), -short, merit + support


def _agreement(words: Sequence[set[str]]) -> list[float]:
    """Mean F1 of each candidate's content words with the others': what most of them say is what
    the article is about (minimum Bayes risk, Kumar and Byrne 2004)."""
    return [
        sum(_f1(own, other) for m, other in enumerate(words) if m != n) / max(len(words) - 1, 1)
        for n, own in enumerate(words)
    ]


def _coverage(words: Sequence[set[str]], source: Sequence[str]) -> list[float]:
    """Share of the article's repeated content words that each candidate has, by the logarithm of
    the number of sentences that they stand in."""
    counts = Counter(word for sentence in source for word in set(content_words(sentence)))
    weights = {word: math.log1p(count) for word, count in counts.items() if count > 1}
    total = sum(weights.values())
    return [sum(weights.get(word, 0.0) for word in own) / total if total else 0.0 for own in words]


def _f1(own: set[str], other: set[str]) -> float:
    return 2 * len(own & other) / max(len(own) + len(other), 1)


def says_again(sentence: SummarySentence, kept: Sequence[SummarySentence]) -> bool:
    """Whether one of the kept sentences has most of its content words."""
    own = set(content_words(sentence.text))
    return any(
        len(own & set(content_words(other.text))) >= _SAME * max(len(own), 1) for other in kept
    )
