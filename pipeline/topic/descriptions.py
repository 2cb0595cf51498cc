"""Topic by description: an article's vector against those of a paragraph about each label.

No training set decides what a topic is: whoever disagrees edits a sentence in `media_topics.csv`,
and says that it was meant: `python scripts/models/build_taxonomy.py --sums`. Data were only used to
choose the three numbers below (temperature, threshold, bias).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.article import SCORE_DIGITS, Article, Topic, TopicScore
from pipeline.config.schema import PLUGIN
from pipeline.core.errors import ConfigError
from pipeline.core.probabilities import softmax
from pipeline.engines.base import EmbeddingEngine
from pipeline.taxonomy.labels import Label, LabelTree, read_labels
from pipeline.taxonomy.topics import media_topics, taxonomy_identity
from pipeline.topic.row import OneThreshold, check_threshold, topic_scores

STAGE_VERSION = "2"
"""Goes up with every change of what comes out, `TOPIC_BIAS` included."""

_SENTENCE_END = re.compile(r"(?<=\.)\s+")

TOPIC_BIAS: Mapping[str, float] = MappingProxyType(
    {
        f"medtop:{number:02}000000": bias
        for number, bias in enumerate(
            (
                0.023, -0.007, -0.003, 0.013, -0.015, -0.035, 0.001, -0.012, 0.0,
                -0.006, 0.037, -0.014, 0.026, 0.002, -0.003, -0.008, 0.0,
            ),
            start=1,
        )
    }
)  # fmt: skip
"""Added to a topic's cosine: broad topics such as politics lie farther from their description.

Fitted for all-MiniLM-L6-v2 and edition 1 of the descriptions by penalised maximum likelihood
(L2 0.02 on bias / temperature) on 2,350 items of BBC, NPR, Wikipedia Current events, HuffPost and
Inshorts, all five sets of equal weight, each over the topics it has. Accuracy on as many other
items rose from 0.62 to 0.66. Labour and weather are in none of the sets and stay at 0.
"""


@dataclass(config=PLUGIN)
class DescriptionTopic(OneThreshold):
    """The topic stage; parameters as explained in `configs/topic/descriptions.yaml`.

    Scores every topic of an article that has a vector. With `level` 2 and more, the likeliest
    narrower one of each stands in its place, whose score is its share of the topic's.

    Raises:
        ConfigError: `temperature` is not above 0, `threshold` not in 0..1, or the labels have no
            such `level`.
        LabelError: the file of `labels` is missing or an entry of it is wrong.
    """

    encoder: EmbeddingEngine
    temperature: float = 0.055
    threshold: float = 0.2
    level: PositiveInt = 1
    labels: str | None = None
    needs_vector: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not (self.temperature > 0 and math.isfinite(self.temperature)):
            raise ConfigError(f"topic.temperature is {self.temperature}: give a number above 0")
        check_threshold(self.threshold)
        self._tree = label_tree(self.labels, self.level)
        self._nearest = Nearest(self._tree, self.encoder, self.temperature)

    def identity(self) -> Mapping[str, str]:
        """Stage version, edition and sha256 of the descriptions, and what decides the vectors."""
        stage = {"stage": f"descriptions-{STAGE_VERSION}"}
        table = {} if self.labels else taxonomy_identity()
        return {**self.encoder.identity(), **stage, **table, "taxonomy": self._tree.version}

    def open(self) -> None:
        """Opens the encoder and encodes the descriptions; a second call does nothing."""
        self._nearest.open(self.level)

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        """The articles with the scores of all topics, in the same order."""
        self.open()
        vectors = [article.vector for article in articles if article.vector is not None]
        rows = self._nearest.shares(np.stack(vectors), "").tolist() if vectors else ()
        labels = [self._tree.labels[code] for code in self._tree.below[""]]
        return self._nearest.scored(
            articles, (topic_scores(labels, row) for row in rows), self.level
        )


def label_tree(labels: str | None, level: int) -> LabelTree:
    """The labels of a file, or Media Topics down to `level`.

    Raises:
        ConfigError: they have no such level.
        LabelError: as `pipeline.taxonomy.labels.read_labels`.
    """
    tree = media_topics(level) if labels is None else read_labels(Path(labels).expanduser())
    if level > tree.depth():
        whose = "Media Topics here" if labels is None else f"labels of {labels}"
        raise ConfigError(f"topic.level is {level}: the {whose} have {tree.depth()} level(s)")
    return tree


class Nearest:
    """Which of the labels below another an article is nearest to, by vectors of descriptions."""

    def __init__(self, tree: LabelTree, encoder: EmbeddingEngine, temperature: float) -> None:
        self._tree, self._encoder, self._temperature = tree, encoder, temperature
        self._vectors: dict[str, NDArray[np.float32]] = {}

    def open(self, level: int, first: int = 1) -> None:
        """Opens the encoder and encodes the labels of the levels `first` to `level`, once."""
        if self._vectors:
            return
        self._encoder.open()
        parents = [""]
        for depth in range(1, level + 1):
            if depth >= first:
                for parent in parents:
                    if below := self._tree.below.get(parent):
                        labels = [self._tree.labels[code] for code in below]
                        self._vectors[parent] = description_vectors(labels, self._encoder)
            parents = [code for parent in parents for code in self._tree.below.get(parent, ())]

    def shares(self, vectors: NDArray[np.float32], parent: str) -> NDArray[np.float64]:
        """Softmax over the labels below `parent` ("": the top ones) of (cosine + bias) /
        temperature, shape (articles, labels)."""
        weights, bias = self.linear(parent)
        return softmax(((vectors @ weights).astype(np.float64) + bias) / self._temperature)

    def linear(self, parent: str) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """Cosine + bias as a linear model of vectors of length 1: coefficients, shape (dimensions,
        labels), and offsets."""
        bias = np.array([TOPIC_BIAS.get(code, 0.0) for code in self._tree.below[parent]])
        return self._vectors[parent].T, bias

    def scored(
        self, articles: Sequence[Article], scores: Iterable[tuple[TopicScore, ...]], level: int
    ) -> list[Article]:
        """The articles with their `scores`, one entry for each that has a vector, and of each topic
        the likeliest of those below it, down to `level`."""
        left = iter(scores)
        return [
            article
            if article.vector is None
            else replace(
                article,
                topic_scores=tuple(
                    replace(topic, narrower=self._narrower(topic, article.vector, level))
                    for topic in next(left)
                ),
            )
            for article in articles
        ]

    def _narrower(self, broad: TopicScore, vector: NDArray[np.float32], level: int) -> Topic | None:
        found = None
        for _ in range(1, level):
            above = found or broad.topic
            if above.qcode not in self._vectors:
                break
            shares = self.shares(vector[None], above.qcode)[0]
            best = int(shares.argmax())
            code = self._tree.below[above.qcode][best]
            score = round(above.score * float(shares[best]), SCORE_DIGITS)
            found = Topic(code, self._tree.labels[code].name, score)
        return found


def texts_about(label: Label) -> list[str]:
    """The name of a label, and each sentence that describes it."""
    return [label.name, *_SENTENCE_END.split(label.description)]


def description_vectors(labels: Sequence[Label], encoder: EmbeddingEngine) -> NDArray[np.float32]:
    """A vector of length 1 for each label, shape (labels, dimensions); the encoder is open.

    It is the mean of those of the name and of each sentence about it. An article tells one of these
    stories, not all: sentences encoded one by one and averaged gave 0.62 accuracy (mean of the five
    sets) where the paragraph as one text gave 0.55.
    """
    means = [encoder.encode(texts_about(label)).mean(axis=0) for label in labels]
    return np.stack([mean / np.linalg.norm(mean) for mean in means]).astype(np.float32)
