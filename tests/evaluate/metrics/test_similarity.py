"""Similarity in the encoder's space: by hand with plain vectors, and with the embedded encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.config.compose import CONFIGS
from pipeline.core.errors import ConfigError
from pipeline.evaluate.metrics.similarity import open_encoder, sentence_similarity

R, S = 0.6, 0.8
VECTORS = {
    "Rain fell.": (1, 0, 0), "It rained.": (R, S, 0), "Sun shone.": (0, 1, 0),
    "Not at all.": (-1, 0, 0),
}  # fmt: skip


class Plain:
    """An encoder that knows four sentences, and how often it was asked."""

    calls = 0

    def identity(self) -> Mapping[str, str]:
        return {}

    def open(self) -> None:
        pass

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.calls += 1
        assert len(set(texts)) == len(texts)
        return np.array([VECTORS[text] for text in texts], dtype=np.float32)


def similar(summary: str, *references: str) -> list[float]:
    found = sentence_similarity({"": [summary]}, [references], Plain())[""]
    return [float(values[0]) for values in found.values()]


def test_sentences_are_matched_greedily() -> None:
    # Rain fell - It rained 0.6, Sun shone - It rained 0.8: the reference has both, the summary one.
    assert similar("It rained.", "Rain fell. Sun shone.") == pytest.approx(
        [S, (R + S) / 2, 2 * S * 0.7 / (S + 0.7)]
    )
    assert similar("Rain fell. Sun shone.", "Rain fell.") == pytest.approx([0.5, 1, 2 / 3])
    assert similar("Rain fell.", "Not at all.") == [0, 0, 0], "the opposite is not less than 0"
    assert similar("", "Rain fell.") == [0, 0, 0]


def test_the_nearest_of_several_references_counts() -> None:
    assert similar("Rain fell.", "Sun shone.", "It rained.") == pytest.approx([R, R, R])


def test_all_systems_are_encoded_at_once() -> None:
    encoder = Plain()
    found = sentence_similarity(
        {"": ["Rain fell.", ""], "lead1": ["Sun shone.", "Rain fell."]},
        [["Rain fell."], ["It rained."]],
        encoder,
    )
    assert encoder.calls == 1
    assert found[""]["sentence_similarity_f1"].tolist() == [1, 0]
    assert found["lead1"]["sentence_similarity_f1"] == pytest.approx([0, R])


def test_without_an_encoder_there_is_none() -> None:
    with pytest.raises(ConfigError, match="encoder=NAME"):
        open_encoder(None)


@pytest.mark.models
def test_the_embedded_encoder_knows_a_paraphrase() -> None:
    import yaml

    encoder = open_encoder(yaml.safe_load((CONFIGS / "encoder" / "minilm.yaml").read_text()))
    reference = ["Parliament voted to raise the tax on fuel."]
    texts = ["Lawmakers approved a higher levy on petrol.", "The striker scored twice in Turin."]
    found = sentence_similarity({"": texts}, [reference, reference], encoder)[""]
    near, far = found["sentence_similarity_f1"]
    assert near > 0.4 > far
