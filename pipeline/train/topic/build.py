"""From rows, features and vectors to a topic model: both halves, their sum, its calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass as checked_dataclass

from pipeline.config.schema import PLUGIN
from pipeline.topic.features import BUCKETS, features
from pipeline.topic.model import TopicModel, calibrated
from pipeline.train.topic.calibration import platt, thresholds
from pipeline.train.topic.fit import Bools, Floats, Targets, balanced, fit, fit_margins
from pipeline.train.topic.rows import TopicRow

_FEWEST_ROWS = 2
"""Rows that must have a feature: a word of one row alone says nothing of others."""

_LEVELS = 127


@checked_dataclass(config=PLUGIN)
class TopicSettings:
    """`training` of `configs/train-topic.yaml`."""

    sparse_penalty: PositiveFloat = 2.0e-6
    dense_penalty: PositiveFloat = 2.0e-5
    sparse_share: NonNegativeFloat = 0.6
    margins: NonNegativeFloat = 1.0
    concepts: NonNegativeFloat = 0.3
    descriptions: NonNegativeFloat = 0.8
    balance: NonNegativeFloat = 0.3
    steps: PositiveInt = 100
    most_rows: PositiveInt = 50000
    most_vectors: PositiveInt = 4000
    validation_rows: NonNegativeInt = 600


@dataclass(frozen=True)
class Material:
    """Rows with their hashed words (scipy CSR, shape (rows, BUCKETS)), vectors (rows, dimensions)
    and whether there is one (rows,)."""

    rows: Sequence[TopicRow]
    targets: Targets
    words: Any
    vectors: Floats
    has_vector: Bools


def words_of(rows: Sequence[TopicRow]) -> Any:
    """Hashed words of rows as a CSR matrix of float32."""
    from scipy.sparse import csr_matrix

    found = [features(row.title, row.text) for row in rows]
    ends = np.cumsum([0, *(len(f.columns) for f in found)])
    amounts = np.concatenate([f.amounts for f in found])
    columns = np.concatenate([f.columns for f in found])
    return csr_matrix((amounts, columns, ends), shape=(len(rows), BUCKETS), dtype=np.float32)


def build(
    material: Material,
    labels: Sequence[str],
    descriptions: tuple[Floats, Floats],
    train: NDArray[np.int64],
    concepts: NDArray[np.int64],
    validation: NDArray[np.int64],
    settings: TopicSettings,
) -> TopicModel:
    """Trained on the rows `train` (the dense half on those with a vector) and `concepts`, which
    are descriptions of labels, and calibrated on the rows `validation` that have one.
    `descriptions` is `topic=descriptions` as a linear model: (dimensions, labels) and (labels,)."""
    both = np.concatenate([train, concepts])
    targets = material.targets
    weights = _weights(targets, train, concepts, settings)
    counts = np.bincount(material.words[both].indices, minlength=BUCKETS)
    idf = (np.log((1 + len(both)) / (1 + counts)) + 1).astype(np.float16)
    kept = np.flatnonzero(counts >= _FEWEST_ROWS)
    weighted = unit(material.words[both], idf)[:, kept].tocsr()
    coefficients, offset = fit(
        weighted, targets.of(both), weights, settings.sparse_penalty, settings.steps
    )
    share = settings.sparse_share
    coefficients, offset = coefficients * share, offset * share
    if settings.margins:
        # Surer of the sets that it learnt from, less of others; the softmax is the other way round.
        machines, machine_offset = fit_margins(weighted, targets.of(both))
        coefficients += machines * settings.margins
        offset += machine_offset * settings.margins
    whole = np.zeros((BUCKETS, len(labels)), dtype=np.float32)
    whole[kept] = coefficients
    steps = np.maximum(np.abs(whole).max(axis=0) / _LEVELS, 1e-9).astype(np.float32)
    with_vector = material.has_vector
    seen, told = train[with_vector[train]], concepts[with_vector[concepts]]
    dense = np.zeros((material.vectors.shape[1], len(labels)), dtype=np.float32)
    dense_offset = np.zeros(len(labels), dtype=np.float32)
    if len(seen) and share < 1:
        dense, dense_offset = fit(
            material.vectors[np.concatenate([seen, told])],
            targets.of(np.concatenate([seen, told])),
            _weights(targets, seen, told, settings),
            settings.dense_penalty,
            settings.steps,
        )
    # What is learnt is added to what the descriptions say: that alone holds for every paper alike,
    # and for topics that no set has.
    told_by, told_offset = descriptions
    dense = dense * (1 - share) + told_by * settings.descriptions
    dense = dense.astype(np.float16).astype(np.float32)
    offset = offset + dense_offset * (1 - share) + told_offset * settings.descriptions
    uncalibrated = TopicModel(
        labels=tuple(labels),
        idf=idf,
        sparse=np.rint(whole / steps).astype(np.int8),
        steps=steps,
        dense=dense,
        offset=offset.astype(np.float32),
        slope=np.ones(len(labels), dtype=np.float32),
        shift=np.zeros(len(labels), dtype=np.float32),
        threshold=np.full(len(labels), 0.5, dtype=np.float32),
        encoder={},
    )
    return _calibrated(uncalibrated, material, validation[with_vector[validation]])


def logits_of(model: TopicModel, material: Material, rows: NDArray[np.int64]) -> Floats:
    """The model's logits for many rows at once, as `TopicModel.logits` has them for articles."""
    words = unit(material.words[rows], model.idf) @ (model.sparse * model.steps)
    found: Floats = words + material.vectors[rows] @ model.dense + model.offset
    return found


def unit(words: Any, idf: NDArray[np.float16]) -> Any:
    """Rows weighted by `idf`, of length 1."""
    found = words.copy()
    found.data *= idf.astype(np.float32)[found.indices]
    owner = np.repeat(np.arange(found.shape[0]), np.diff(found.indptr))
    squares = np.bincount(owner, found.data.astype(np.float64) ** 2, found.shape[0])
    found.data /= np.sqrt(np.maximum(squares, 1e-12)).astype(np.float32)[owner]
    return found


def _weights(
    targets: Targets, train: NDArray[np.int64], concepts: NDArray[np.int64], settings: TopicSettings
) -> Floats:
    """Sets alike; the concepts weigh `settings.concepts` of a set."""
    weights = balanced(targets.of(train), settings.balance)
    if not len(concepts):
        return weights
    sets = len(np.unique(targets.sets[train]))
    told = balanced(targets.of(concepts), settings.balance)
    told = told * (settings.concepts * len(train) / sets / len(concepts))
    return np.concatenate([weights, told]).astype(np.float32)


def _calibrated(model: TopicModel, material: Material, validation: NDArray[np.int64]) -> TopicModel:
    if not len(validation):
        return model
    targets = material.targets.of(validation)
    weights = balanced(targets, 0.0)
    logits = logits_of(model, material, validation)
    slope, shift = platt(logits, targets, weights)
    chances = calibrated(logits, slope, shift)
    return replace(model, slope=slope, shift=shift, threshold=thresholds(chances, targets, weights))
