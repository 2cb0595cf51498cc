"""What the words of an article say of its country when the names of places are taken out.

"Crore", "mln stg", a parliament's name, a party or a company speak for a country that the article
need not name. A linear model over the words that occur; the weights come from the artefact.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.classify.hits import Mention

MOST_CHARS = 6000
"""How much of a text is read: what an article is about stands in its first thousand words."""

_WORD = re.compile(r"[^\W\d_][\w'’-]*|[$£€¥₹]")


def words_of(title: str, text: str, mentions: Iterable[Mention]) -> set[str]:
    """The different words of an article in lower case, without those of its mentions."""
    parts = []
    for in_title, source in ((True, title), (False, text[:MOST_CHARS])):
        at = 0
        for mention in mentions:
            if mention.in_title == in_title and mention.end <= len(source):
                parts.append(source[at : mention.start])
                at = mention.end
        parts.append(source[at:])
    return set(_WORD.findall(" ".join(parts).lower()))


@dataclass(frozen=True)
class WordModel:
    """Multinomial logistic regression over countries.

    `weights` has shape (words, countries) in steps of `scale`, shape (countries,); an article's
    logits are `bias` and the sum of the rows of its words over the root of their number.
    """

    index: Mapping[str, int]
    countries: Sequence[str]
    weights: NDArray[np.int8]
    scale: NDArray[np.float32]
    bias: NDArray[np.float32]

    def log_probabilities(self, words: Iterable[str]) -> NDArray[np.float32]:
        """Shape (countries,): the logarithm of the share of each country; they add up to 1."""
        rows = sorted(self.index[word] for word in words if word in self.index)
        logits = self.bias.copy()
        if rows:
            total = self.weights[rows].sum(axis=0, dtype=np.int32)
            logits += total * self.scale / np.float32(np.sqrt(len(rows)))
        logits -= logits.max()
        found: NDArray[np.float32] = logits - np.log(np.exp(logits).sum())
        return found
