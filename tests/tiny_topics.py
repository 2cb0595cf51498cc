"""A topic model trained in a second on sentences of a few words, and an encoder to go with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from pipeline.train.topic.build import TopicSettings
from pipeline.train.topic.command import TrainTopicSettings, train

SPORT, HEALTH, WEATHER = "medtop:15000000", "medtop:07000000", "medtop:17000000"
WORDS = {
    SPORT: "striker goal referee stadium league coach cup team".split(),
    HEALTH: "vaccine nurse hospital patient clinic fever doctor virus".split(),
}
OTHER = "on monday the two of them said near north bridge and market again about".split()


class WordEncoder:
    """The mean of vectors drawn from the digests of a text's words, of length 1."""

    def __init__(self, weights: str = "words") -> None:
        self._weights = weights
        self.texts: list[str] = []

    def identity(self) -> Mapping[str, str]:
        return {"encoder": "words", "weights": self._weights}

    def open(self) -> None:
        pass

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.texts += texts
        return np.stack([self._vector(text) for text in texts])

    def _vector(self, text: str) -> NDArray[np.float32]:
        words = text.lower().split() or ["-"]
        seeds = [int(hashlib.sha256(word.encode()).hexdigest()[:8], 16) for word in words]
        total = np.sum([np.random.default_rng(seed).normal(size=48) for seed in seeds], axis=0)
        return np.asarray(total / np.linalg.norm(total), dtype=np.float32)


def sentence(topic: str, seed: int, own: int = 4) -> str:
    """Words of the topic among others."""
    draw = np.random.default_rng(seed)
    words = [*draw.choice(WORDS[topic], own), *draw.choice(OTHER, 6)]
    return " ".join(draw.permutation(words).tolist())


def write_rows(path: Path, count: int = 240) -> Path:
    """Rows about sport and health, which are all that they know."""
    with path.open("w") as out:
        for number in range(count):
            topic = (SPORT, HEALTH)[number % 2]
            text = sentence(topic, number)
            row = {"id": str(number), "set": "toy", "text": text, "topics": [topic]}
            out.write(json.dumps({**row, "known": [SPORT, HEALTH]}) + "\n")
    return path


def settings_for(rows: Path, to: Path, encoder: WordEncoder | None = None) -> TrainTopicSettings:
    return TrainTopicSettings(
        rows=str(rows),
        to=str(to),
        data="Sentences of a few words.",
        encoder=encoder or WordEncoder(),
        # Vectors of single words are near to no description.
        training=TopicSettings(steps=20, dense_penalty=1e-3, sparse_penalty=1e-4, descriptions=0.0),
    )


def trained(folder: Path) -> Path:
    """The folder of a model trained on `write_rows`."""
    rows = write_rows(folder / "rows.jsonl")
    return train(settings_for(rows, folder / "model"), Console(quiet=True), lambda: False)
