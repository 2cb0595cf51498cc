"""Topic by the trained classifier: an article's words and its vector, calibrated by label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.article import SCORE_DIGITS, Article
from pipeline.config.schema import PLUGIN
from pipeline.core.errors import ConfigError, ModelError
from pipeline.core.resources import resource
from pipeline.engines.base import EmbeddingEngine
from pipeline.stage import TopicThresholds
from pipeline.topic.descriptions import Nearest, label_tree
from pipeline.topic.features import features
from pipeline.topic.model import TopicModel, load_topic_model
from pipeline.topic.row import check_threshold, topic_scores

STAGE_VERSION = "1"

_NARROWING = 0.055
"""Temperature among the narrower topics, that of the stage that goes by descriptions alone."""


@dataclass(config=PLUGIN)
class TrainedTopic:
    """The topic stage; parameters as explained in `configs/topic/trained.yaml`.

    `model` is the folder of a model, None for the shipped one. Scores every topic of an article
    that has a vector.

    Raises:
        ConfigError: `threshold` is not in 0..1, the labels have no such `level`, or `labels` are
            given: the model knows those it was trained on.
    """

    encoder: EmbeddingEngine
    model: str | None = None
    threshold: float | None = None
    level: PositiveInt = 1
    labels: str | None = None
    needs_vector: ClassVar[bool] = True
    decision_fields: ClassVar[frozenset[str]] = frozenset({"threshold"})

    def __post_init__(self) -> None:
        if self.threshold is not None:
            check_threshold(self.threshold)
        if self.labels is not None:
            raise ConfigError(
                f"topic_labels.path={self.labels}: the trained topic model has its own labels; for "
                "others choose topic=descriptions"
            )
        self._tree = label_tree(None, self.level)
        self._model: TopicModel | None = None
        self._nearest = Nearest(self._tree, self.encoder, _NARROWING)

    def identity(self) -> Mapping[str, str]:
        """Stage version, the model's digest, the labels, and what decides the vectors.

        Raises:
            ModelError: the model cannot be loaded, has labels that Media Topics lack, or was
                trained on vectors of another encoder.
        """
        return {
            **self.encoder.identity(),
            "stage": f"trained-{STAGE_VERSION}",
            "model": self._loaded().digest,
            "taxonomy": self._tree.version,
        }

    def open(self) -> None:
        """Reads the model, and opens the encoder where narrower topics are wanted. Raises as
        `identity`."""
        self._loaded()
        if self.level > 1:
            self._nearest.open(self.level, first=2)

    def thresholds(self) -> TopicThresholds:
        """The one that is given, else each topic's own. Raises as `identity`."""
        if self.threshold is not None:
            return TopicThresholds(self.threshold)
        model = self._loaded()
        own = [round(float(least), SCORE_DIGITS) for least in model.threshold]
        return TopicThresholds(1.0, dict(zip(model.labels, own, strict=True)))

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        """The articles with the scores of all topics, in the same order."""
        self.open()
        labels = [self._tree.labels[code] for code in self._loaded().labels]
        rows = self._probabilities([a for a in articles if a.vector is not None])
        return self._nearest.scored(
            articles, (topic_scores(labels, row) for row in rows), self.level
        )

    def _loaded(self) -> TopicModel:
        if self._model is None:
            folder = Path(self.model).expanduser() if self.model else resource("models") / "topic"
            model = load_topic_model(folder)
            unknown = [code for code in model.labels if code not in self._tree.labels]
            if unknown:
                raise ModelError(f"topic.model={folder}: {unknown[0]} is no Media Topic")
            _check_encoder(model, self.encoder, str(folder))
            self._model = model
        return self._model

    def _probabilities(self, articles: Sequence[Article]) -> NDArray[np.float32]:
        model = self._loaded()
        if not articles:
            return np.zeros((0, len(model.labels)), dtype=np.float32)
        words = [features(article.title or "", article.text) for article in articles]
        vectors = np.stack([article.vector for article in articles if article.vector is not None])
        return model.probabilities(words, vectors)


def _check_encoder(model: TopicModel, encoder: EmbeddingEngine, name: str) -> None:
    weights = encoder.identity().get("weights")
    if weights != model.encoder.get("weights"):
        raise ModelError(
            f"topic.model={name} was trained on vectors of {model.encoder.get('encoder')}, not of "
            "this encoder: train another with dateline train-topic, or choose topic=descriptions"
        )
