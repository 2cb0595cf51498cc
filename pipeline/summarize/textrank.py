"""TextRank: the most central sentences of an article as its summary, a plain baseline."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import ClassVar

from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.core.extras import needs
from pipeline.summarize.lead import LeadSummarizer
from pipeline.text.content_words import content_words
from pipeline.text.whole_sentences import is_whole

_MOST_SENTENCES = 300
"""Of an article, from its beginning: all pairs are compared."""


@dataclass(config=PLUGIN)
class TextRankSummarizer(LeadSummarizer):
    """The `sentences` with the highest PageRank in the graph of shared words (Mihalcea and Tarau
    2004), in the order of the article; articles under `min_words` words get no summary."""

    name: ClassVar[str] = "textrank"

    def identity(self) -> Mapping[str, str]:
        return {"stage": "textrank-3"}

    def open(self) -> None:
        with needs("networkx or scipy", "evaluate"):  # found missing before the first article
            import networkx  # noqa: F401
            import scipy  # noqa: F401 networkx has its PageRank done by it

    def choose(self, source: Sequence[str]) -> list[str]:
        chosen: list[int] = []
        words = 0
        for number in rank(source[:_MOST_SENTENCES]):
            longer = words + len(source[number].split())
            if (
                len(chosen) < self.sentences
                and longer <= self.max_words
                and is_whole(source[number])
            ):
                chosen.append(number)
                words = longer
        return [source[number] for number in sorted(chosen)]


def rank(sentences: Sequence[str]) -> list[int]:
    """Indices of the sentences, the most central first."""
    import networkx

    words = [set(content_words(sentence)) for sentence in sentences]
    graph: networkx.Graph[int] = networkx.Graph()
    graph.add_nodes_from(range(len(sentences)))
    for first, second in combinations(range(len(sentences)), 2):
        shared = len(words[first] & words[second])
        if shared and len(words[first]) > 1 and len(words[second]) > 1:
            size = math.log(len(words[first])) + math.log(len(words[second]))
            graph.add_edge(first, second, weight=shared / size)
    scores: dict[int, float] = networkx.pagerank(graph)
    return sorted(scores, key=lambda number: (-scores[number], number))
