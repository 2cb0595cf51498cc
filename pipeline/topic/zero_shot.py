"""Topic by natural language inference: does the article entail that it is about a topic?

Yin et al. 2019, "Benchmarking Zero-shot Text Classification". The model is any that was trained to
tell entailment; what it is asked is a sentence with a topic's name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace

import numpy as np
from numpy.typing import NDArray
from pydantic import PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.article import Article
from pipeline.config.schema import PLUGIN
from pipeline.core.errors import ConfigError, ModelError
from pipeline.core.probabilities import logistic
from pipeline.engines.base import EmbeddingEngine
from pipeline.engines.classifiers.classifier import SequenceClassifier
from pipeline.taxonomy.topics import load_topics, taxonomy_identity
from pipeline.topic.descriptions import TOPIC_BIAS, description_vectors
from pipeline.topic.row import OneThreshold, article_text, check_threshold, topic_scores

STAGE_VERSION = "1"
"""Goes up with every change of what comes out."""

TOPIC = "{topic}"

_FOR = ("entailment",)
_AGAINST = ("contradiction", "not entailment", "non entailment")
"""Names of labels in lower case, with spaces: of models with three labels or with two."""


@dataclass(config=PLUGIN)
class ZeroShotTopic(OneThreshold):
    """The topic stage; parameters as explained in `configs/topic/zero_shot.yaml`.

    A topic's score is the probability of entailment against that of contradiction, each topic by
    itself. With `candidates`, only so many topics of an article are asked for: those whose
    description lies nearest to it by the `encoder`; the others count as not found.

    Raises:
        ConfigError: `hypothesis` has no place for the topic, `threshold` is not in 0..1, or there
            are `candidates` to choose and no `encoder`.
    """

    classifier: SequenceClassifier
    encoder: EmbeddingEngine | None
    hypothesis: str = "This article is about {topic}."
    threshold: float = 0.5
    candidates: PositiveInt | None = 4
    needs_vector: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        check_threshold(self.threshold)
        if TOPIC not in self.hypothesis:
            raise ConfigError(f"topic.hypothesis={self.hypothesis!r}: has no {TOPIC}")
        self._topics = tuple(load_topics().values())
        self._hypotheses = [self.hypothesis.replace(TOPIC, topic.name) for topic in self._topics]
        self.needs_vector = self.candidates is not None and self.candidates < len(self._topics)
        if self.needs_vector and self.encoder is None:
            raise ConfigError(
                f"topic.candidates={self.candidates} are chosen by an encoder: set topic.encoder, "
                "or topic.candidates=null to ask for every topic"
            )
        self._sides: tuple[int, int] | None = None
        self._vectors: NDArray[np.float32] | None = None

    def identity(self) -> Mapping[str, str]:
        """Stage version, the topic table's digest, and what decides scores and candidates."""
        stage = {"stage": f"zero-shot-{STAGE_VERSION}", **taxonomy_identity()}
        if self.needs_vector and self.encoder is not None:
            stage |= {f"encoder.{key}": value for key, value in self.encoder.identity().items()}
        return {**self.classifier.identity(), **stage}

    def open(self) -> None:
        """Opens the models; a second call does nothing. Raises as `entailment_ids`."""
        if self._sides is not None:
            return
        self.classifier.open()
        if self.needs_vector and self.encoder is not None:
            self.encoder.open()
            self._vectors = description_vectors(self._topics, self.encoder)
        self._sides = entailment_ids(self.classifier.labels, self.classifier.model)

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        """The articles with the scores of the topics asked for, in the same order; without text
        they have none."""
        self.open()
        assert self._sides is not None
        texts = [article_text(article) for article in articles]
        asked = [self._asked(a) if text else [] for a, text in zip(articles, texts, strict=True)]
        pairs = [
            (text, self._hypotheses[topic])
            for text, topics in zip(texts, asked, strict=True)
            for topic in topics
        ]
        against, entailed = self.classifier.pair_logits(pairs)[:, list(self._sides)].T
        scores = iter(logistic(entailed - against.astype(np.float64)).tolist())
        return [
            replace(
                article,
                topic_scores=topic_scores(
                    [self._topics[topic] for topic in topics], [next(scores) for _ in topics]
                ),
            )
            for article, topics in zip(articles, asked, strict=True)
        ]

    def _asked(self, article: Article) -> list[int]:
        """Which topics an article is asked for, by their number, rising."""
        every = range(len(self._topics))
        if self._vectors is None or self.candidates is None or article.vector is None:
            return list(every)
        bias = np.array([TOPIC_BIAS[topic.code] for topic in self._topics])
        nearness = self._vectors @ article.vector + bias
        return sorted(sorted(every, key=lambda n: (-nearness[n], n))[: self.candidates])


def entailment_ids(labels: Sequence[str], model: str) -> tuple[int, int]:
    """The numbers of the labels for contradiction (or not entailment) and for entailment. Raises
    `ModelError` where there is not exactly one of each, naming what was found."""
    plain = [
        " ".join(label.lower().replace("_", " ").replace("-", " ").split()) for label in labels
    ]
    sides = []
    for what, names in (("against", _AGAINST), ("for", _FOR)):
        found = [number for number, label in enumerate(plain) if label in names]
        if len(found) != 1:
            shown = ", ".join(f"{number}: {label!r}" for number, label in enumerate(labels))
            raise ModelError(
                f"model {model}: {len(found)} of its labels speak {what} entailment "
                f"({' or '.join(names)}): its config.json has {shown}; give a model of natural "
                "language inference, or name its labels in config.json"
            )
        sides.append(found[0])
    return sides[0], sides[1]
