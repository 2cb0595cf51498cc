"""`dateline train-topic`: articles of which some topics are known to a topic model with a card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, field
from pathlib import Path
from typing import Literal

import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic.dataclasses import dataclass
from rich.console import Console

from pipeline.config.schema import PLUGIN, construct
from pipeline.config.schema import build as build_from
from pipeline.config.targets import check_targets
from pipeline.core.digest import digest_of
from pipeline.core.errors import ConfigError, InputError
from pipeline.core.extras import needs
from pipeline.core.progress import progress_bar
from pipeline.core.stopping import Stop, stopped
from pipeline.engines.base import EmbeddingEngine
from pipeline.engines.weights.artefact import CARD, lines_as_bytes
from pipeline.taxonomy.topics import load_topics, media_topics
from pipeline.topic.descriptions import DescriptionTopic, Nearest, texts_about
from pipeline.topic.model import ARRAYS, WEIGHTS, TopicModel
from pipeline.topic.tfidf_estimators import TfidfSettings
from pipeline.train.summarizer.pairs import Split
from pipeline.train.topic.build import Material, TopicSettings, build, words_of
from pipeline.train.topic.fit import Floats, targets_of
from pipeline.train.topic.rows import TopicRow, read_topic_rows, splits
from pipeline.train.topic.tfidf_svm import train_tfidf_svm
from pipeline.train.topic.vectors import VectorStore, chosen, encoded_text, key_of

CONCEPTS = "media topics"
"""The set of the rows that describe topics."""


@dataclass(config=PLUGIN)
class TrainTopicSettings:
    """`configs/train-topic.yaml`, but for what belongs to Hydra. `classifier` is the option of the
    group `topic` that the model is for."""

    rows: str
    to: str
    data: str
    encoder: EmbeddingEngine
    training: TopicSettings
    classifier: Literal["trained", "tfidf_svm"] = "trained"
    tfidf_svm: TfidfSettings = field(default_factory=TfidfSettings)


def train_topic(config: Mapping[str, object], console: Console, stop: Stop) -> Path:
    """Train a topic model; returns its folder, which has the artefact and its card.

    Raises:
        ConfigError: a key is wrong.
        InputError: the rows cannot be read, or one has a topic that is no top Media Topic.
        StoppedError: an end was asked for; vectors are kept, and the same command goes on.
    """
    check_targets(config, allow_external=False)
    return train(construct(TrainTopicSettings, _with_parts(config), ""), console, stop)


def train(settings: TrainTopicSettings, console: Console, stop: Callable[[], bool]) -> Path:
    """As `train_topic`, from settings."""
    if settings.training.sparse_share > 1:
        raise ConfigError(f"training.sparse_share is {settings.training.sparse_share}: give 0 to 1")
    labels = list(load_topics())
    rows = _usable_rows(Path(settings.rows).expanduser(), labels)
    folder = Path(settings.to).expanduser()
    if settings.classifier == "tfidf_svm":
        return train_tfidf_svm(rows, folder, settings.tfidf_svm)
    with needs("scipy", "train"):
        import sklearn  # noqa: F401
    parts = splits(rows)
    given = settings.training
    seen = chosen(rows, parts, {"train": given.most_rows})
    encoded = chosen(rows, parts, {"train": given.most_vectors})
    validation = chosen(rows, parts, {"validation": given.validation_rows})
    for name, numbers in (("train", seen), ("validation", validation)):
        if not len(numbers):
            raise InputError(f"{settings.rows}: no row falls to the {name} part; give more rows")
    concepts = concept_rows()
    taken = np.concatenate([seen, validation])
    wanted = np.concatenate(
        [np.isin(taken, np.concatenate([encoded, validation])), np.ones(len(concepts), bool)]
    )
    material = material_of(
        [*(rows[number] for number in taken), *concepts],
        labels,
        # Vectors of another encoder are none of this one's.
        VectorStore(folder / "vectors" / key_of(str(sorted(settings.encoder.identity().items())))),
        settings.encoder,
        wanted,
        console,
        stop,
    )
    if stop():
        raise stopped()
    ends = np.cumsum([len(seen), len(validation), len(concepts)])
    model = build(
        material,
        labels,
        described(labels, settings.encoder),
        np.arange(ends[0]),
        np.arange(ends[1], ends[2]),
        np.arange(ends[0], ends[1]),
        given,
    )
    write_model(model, folder, settings, _counted(rows, parts))
    return folder


def _with_parts(config: Mapping[str, object]) -> dict[str, object]:
    encoder, training, plain = (config.get(key) for key in ("encoder", "training", "tfidf_svm"))
    if not (
        isinstance(encoder, Mapping)
        and isinstance(training, Mapping)
        and isinstance(plain, Mapping)
    ):
        raise ConfigError(
            "encoder, training and tfidf_svm are sections: see configs/train-topic.yaml"
        )
    return {
        **config,
        "encoder": build_from(encoder, "encoder", EmbeddingEngine),
        "training": construct(TopicSettings, training, "training"),
        "tfidf_svm": construct(TfidfSettings, plain, "tfidf_svm"),
    }


def _usable_rows(path: Path, labels: Sequence[str]) -> list[TopicRow]:
    rows = read_topic_rows(path)
    for row in rows:
        for code in row.known:
            if code not in labels:
                raise InputError(f"{path}: row {row.id} knows {code}, which is no top Media Topic")
    # A row with none of the topics that it decides has nothing to be drawn to.
    usable = [row for row in rows if row.topics or row.any_of]
    if not usable:
        raise InputError(f"{path}: no row has a topic")
    return usable


def concept_rows() -> list[TopicRow]:
    """The sentences about each top topic, and each narrower topic with its definition: rows that
    know all topics. For topics that no set has, they are all there is to learn from."""
    tree = media_topics(2)
    known = tuple(load_topics())
    rows = []
    for label in tree.labels.values():
        texts = [(label.name, label.description)]
        if label.parent is None:
            texts = [("", text) for text in texts_about(label)]
        topics = (label.parent or label.code,)
        for number, (title, text) in enumerate(texts):
            name = f"{label.code}-{number}"
            rows.append(TopicRow(name, CONCEPTS, title, text, topics, known))
    return rows


def material_of(
    rows: Sequence[TopicRow],
    labels: Sequence[str],
    store: VectorStore,
    encoder: EmbeddingEngine,
    wanted: NDArray[np.bool_],
    console: Console | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Material:
    """The features of rows, with vectors for those that are `wanted`, shape (rows,)."""
    texts = [encoded_text(row) for row in rows]
    asked = [text for text, yes in zip(texts, wanted.tolist(), strict=True) if yes]
    shown = console or Console(quiet=True)
    with progress_bar(shown, "vectors", len(store.missing(asked))) as bar:
        store.encode(asked, encoder, bar, stop)
    vectors, there = store.of(texts)
    return Material(rows, targets_of(rows, labels), words_of(rows), vectors, there & wanted)


def described(labels: Sequence[str], encoder: EmbeddingEngine) -> tuple[Floats, Floats]:
    """`topic=descriptions` as a linear model: coefficients (dimensions, labels), offsets."""
    tree = media_topics(1)
    temperature = np.float32(DescriptionTopic.temperature)
    nearest = Nearest(tree, encoder, DescriptionTopic.temperature)
    nearest.open(1)
    weights, bias = nearest.linear("")
    order = [tree.below[""].index(label) for label in labels]
    return weights[:, order] / temperature, bias[order].astype(np.float32) / temperature


def _counted(rows: Sequence[TopicRow], parts: Sequence[Split]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for (name, split), count in sorted(
        Counter((row.set, part) for row, part in zip(rows, parts, strict=True)).items()
    ):
        counts.setdefault(name or "rows", {})[split] = count
    return counts


def write_model(
    model: TopicModel,
    folder: Path,
    settings: TrainTopicSettings,
    counts: Mapping[str, Mapping[str, int]],
) -> None:
    """The artefact and `card.yaml`: its digest, its labels, its encoder, data and settings."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    arrays = {name: np.ascontiguousarray(getattr(model, name)) for name in ARRAYS}
    arrays["dense"] = model.dense.astype(np.float16)
    arrays["labels"] = lines_as_bytes(model.labels)
    save_file(arrays, folder / WEIGHTS)
    identity = settings.encoder.identity()
    card = {
        "name": "topic",
        "task": "IPTC Media Topics of a news article",
        "licence": "Apache-2.0",
        "files": {WEIGHTS: digest_of(folder / WEIGHTS)},
        "labels": list(model.labels),
        "encoder": {key: identity[key] for key in ("encoder", "weights") if key in identity},
        "data": settings.data or Path(settings.rows).name,
        "rows": {name: dict(parts) for name, parts in counts.items()},
        "training": asdict(settings.training),
    }
    text = yaml.safe_dump(card, sort_keys=False, allow_unicode=True)
    (folder / CARD).write_text(f"# A topic model of dateline train-topic.\n{text}", "utf-8")
