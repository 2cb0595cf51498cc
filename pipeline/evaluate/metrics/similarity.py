"""How near a summary is to its references in the sentence encoder's space, whatever its words.

This is no BERTScore: that matches tokens by their contextual vectors (Zhang et al. 2020), this
matches whole sentences, greedily in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.config.schema import build
from pipeline.core.errors import ConfigError
from pipeline.engines.base import EmbeddingEngine
from pipeline.text.sentences import split_sentences

Floats = NDArray[np.float64]
FIGURES = tuple(f"sentence_similarity_{kind}" for kind in ("precision", "recall", "f1"))


def open_encoder(node: Mapping[str, object] | None) -> EmbeddingEngine:
    """The encoder that a configuration describes, ready.

    Raises:
        ConfigError: there is none, or it is wrong.
        ModelError: its model is not on this machine.
    """
    if node is None:
        raise ConfigError("similarity=true needs an encoder: choose encoder=NAME")
    encoder = build(node, "encoder", EmbeddingEngine)
    encoder.open()
    return encoder


def sentence_similarity(
    systems: Mapping[str, Sequence[str]],
    references: Sequence[Sequence[str]],
    encoder: EmbeddingEngine,
) -> dict[str, dict[str, Floats]]:
    """`FIGURES` in 0..1 of every system's summaries, each of shape (summaries,).

    Precision is the mean, over the sentences of the summary, of the cosine with the nearest
    sentence of the reference (below 0: 0), recall that over the sentences of the reference; of
    several references the one with the greatest F1 counts. An empty summary has 0. `encoder` is
    open, gives vectors of length 1, and is called once, with each sentence once.
    """
    said = {name: [split_sentences(text) for text in texts] for name, texts in systems.items()}
    wanted = [[split_sentences(one) for one in several] for several in references]
    known = dict.fromkeys(s for texts in said.values() for text in texts for s in text)
    known |= dict.fromkeys(s for several in wanted for text in several for s in text)
    places = {sentence: place for place, sentence in enumerate(known)}
    vectors = encoder.encode(list(known)).astype(np.float64)

    def vectors_of(sentences: Sequence[str]) -> Floats:
        return vectors[[places[sentence] for sentence in sentences]]

    found = {}
    for name, texts in said.items():
        rows = [
            max(
                (_matched(vectors_of(text), vectors_of(one)) for one in several), key=lambda r: r[2]
            )
            if text
            else (0.0, 0.0, 0.0)
            for text, several in zip(texts, wanted, strict=True)
        ]
        columns = np.array(rows, dtype=float).reshape(-1, 3).T
        found[name] = dict(zip(FIGURES, columns, strict=True))
    return found


def _matched(summary: Floats, reference: Floats) -> tuple[float, float, float]:
    cosines = np.clip(summary @ reference.T, 0.0, 1.0)
    precision, recall = float(cosines.max(axis=1).mean()), float(cosines.max(axis=0).mean())
    total = precision + recall
    return precision, recall, 2 * precision * recall / total if total else 0.0
