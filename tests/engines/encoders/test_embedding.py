"""The encoder on a tiny random BERT and on the embedded one."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.core.errors import ModelError
from pipeline.engines.base import EmbeddingEngine
from pipeline.engines.encoders.embedding import SentenceEncoder

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *["the", "mayor", "of", "cork", "said", "so"]]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> SentenceEncoder:
    import torch
    from transformers import BertConfig, BertModel, BertTokenizer

    folder = tmp_path_factory.mktemp("bert")
    torch.manual_seed(3)
    BertModel(
        BertConfig(
            vocab_size=len(WORDS),
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=16,
        )
    ).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(WORDS))
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    encoder = SentenceEncoder(str(folder), max_tokens=8, batch_tokens=16, precision="f32")
    encoder.open()
    return encoder


def test_vectors_have_length_1_and_the_order_of_the_texts(tiny: SentenceEncoder) -> None:
    assert isinstance(tiny, EmbeddingEngine)
    texts = ["the mayor", "the mayor of cork said so", "so"]
    vectors = tiny.encode(texts)
    assert vectors.shape == (3, 16) and vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    for text, vector in zip(texts, vectors, strict=True):
        np.testing.assert_allclose(tiny.encode([text])[0], vector, atol=1e-5)


def test_text_past_the_limit_is_left_out(tiny: SentenceEncoder) -> None:
    short = "the mayor of cork said so"
    np.testing.assert_allclose(tiny.encode([short + " the cork"]), tiny.encode([short]), atol=1e-6)


def test_nothing_in_nothing_out(tiny: SentenceEncoder) -> None:
    assert tiny.encode([]).shape == (0, 16)


def test_a_missing_model_is_named() -> None:
    with pytest.raises(ModelError, match="no-such-encoder"):
        SentenceEncoder("no-such-encoder").identity()


@pytest.mark.models
def test_the_embedded_encoder_knows_what_is_alike() -> None:
    encoder = SentenceEncoder("all-minilm-l6-v2")
    encoder.open()
    a, b, c = encoder.encode(
        ["The striker scored twice.", "A forward got two goals.", "The bank raised its rates."]
    )
    assert a @ b > 0.5 > a @ c
