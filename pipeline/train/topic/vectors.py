"""Vectors of training texts, kept on disk as they are made, for a training that was stopped."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.engines.base import EmbeddingEngine
from pipeline.train.summarizer.pairs import Split
from pipeline.train.topic.rows import TopicRow

CHUNK = 128
"""Texts between two files: a few seconds of work."""


def encoded_text(row: TopicRow) -> str:
    """What the encoder reads of an article: as the stage `Encode` has it."""
    return f"{row.title}\n{row.text}".strip()


def key_of(text: str) -> str:
    """A digest that a vector is found by, and that rows are put in an order by."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def chosen(
    rows: Sequence[TopicRow], splits: Sequence[Split], most: dict[Split, int]
) -> NDArray[np.int64]:
    """At most so many rows of each split of each set, those of the least digests, sets and splits
    mixed evenly so that the first half is half of each."""
    parts: dict[tuple[str, Split], list[tuple[str, int]]] = {}
    for number, (row, split) in enumerate(zip(rows, splits, strict=True)):
        parts.setdefault((row.set, split), []).append((key_of(encoded_text(row)), number))
    ranked = []
    for (name, split), part in parts.items():
        taken = sorted(part)[: most.get(split, 0)]
        ranked += [(place / len(taken), name, split, n) for place, (_, n) in enumerate(taken)]
    return np.array([number for *_, number in sorted(ranked)], dtype=np.int64)


class VectorStore:
    """Vectors by the digest of their text, in the files of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, NDArray[np.float32]] = {}
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(folder.glob("*.npz")):
            with np.load(path, allow_pickle=False) as kept:
                vectors = kept["vectors"]
                self._known |= dict(zip(kept["keys"].tolist(), vectors, strict=True))

    def missing(self, texts: Sequence[str]) -> list[str]:
        """Those without a vector yet, in their order."""
        return [text for text in dict.fromkeys(texts) if key_of(text) not in self._known]

    def encode(
        self,
        texts: Sequence[str],
        encoder: EmbeddingEngine,
        done: Callable[[int], None],
        stop: Callable[[], bool],
    ) -> None:
        """Encode what is missing, until it is done or an end is asked for; `done` is called with
        numbers of texts."""
        todo = self.missing(texts)
        for start in range(0, len(todo), CHUNK):
            if stop():
                return
            chunk = todo[start : start + CHUNK]
            encoder.open()
            vectors, keys = encoder.encode(chunk), [key_of(text) for text in chunk]
            path = self._folder / f"{keys[0]}.npz"
            half = path.with_suffix(".part")
            with half.open("wb") as file:
                np.savez(file, keys=np.array(keys), vectors=vectors)
            half.rename(path)
            self._known |= dict(zip(keys, vectors, strict=True))
            done(len(chunk))

    def of(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Vectors, shape (texts, dimensions), zeros where there is none, and where there is one."""
        found = [self._known.get(key_of(text)) for text in texts]
        size = next((len(vector) for vector in found if vector is not None), 1)
        vectors = np.zeros((len(texts), size), dtype=np.float32)
        for row, vector in enumerate(found):
            if vector is not None:
                vectors[row] = vector
        return vectors, np.array([vector is not None for vector in found], dtype=bool)
