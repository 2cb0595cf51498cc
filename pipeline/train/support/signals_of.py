"""The signals of the examples, as rows of numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.engines.base import EmbeddingEngine
from pipeline.summarize.support.check import Case, Claim, signals
from pipeline.summarize.support.words import Vocabulary
from pipeline.train.support.examples import Example
from pipeline.train.support.statements import Summary

_DOCUMENTS = 64


@dataclass(frozen=True, slots=True)
class Signals:
    """A row for each example asked for: its number, and its signals by `names`."""

    numbers: NDArray[np.int64]
    rows: NDArray[np.float32]
    names: Sequence[str]


def signals_of(
    examples: Sequence[Example],
    wanted: Collection[int],
    summaries: Sequence[Summary],
    vocabulary: Vocabulary,
    encoder: EmbeddingEngine,
) -> Signals:
    """Those of the examples with the numbers `wanted`; work on an article is done once."""
    by_article: dict[int, list[int]] = defaultdict(list)
    for number in sorted(wanted):
        by_article[id(summaries[examples[number].row].source)].append(number)
    articles = list(by_article.values())
    found: dict[int, list[float]] = {}
    names: Sequence[str] = ()
    for start in range(0, len(articles), _DOCUMENTS):
        some = articles[start : start + _DOCUMENTS]
        rows = [summaries[examples[numbers[0]].row] for numbers in some]
        cases = [
            Case(row.source, row.title, [[examples[n].text] for n in numbers])
            for row, numbers in zip(rows, some, strict=True)
        ]
        by_claim = signals(cases, vocabulary, encoder)
        for at, numbers in enumerate(some):
            for number in numbers:
                features = by_claim[Claim(at, examples[number].text)].features
                names = names or list(features)
                found[number] = [features[name] for name in names]
    numbers = sorted(found)
    return Signals(
        np.array(numbers), np.array([found[n] for n in numbers], np.float32), list(names)
    )
