"""The static encoder, distilled from a tiny random BERT."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from pipeline.core.errors import ModelError
from pipeline.engines.base import EmbeddingEngine
from pipeline.engines.encoders.embedding import SentenceEncoder
from pipeline.engines.encoders.static import StaticEncoder
from pipeline.engines.weights.cards import model_cache

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *["the", "mayor", "of", "cork", "said", "so"]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    import torch
    from transformers import BertConfig, BertModel, BertTokenizer

    folder = tmp_path_factory.mktemp("bert")
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
    )
    BertModel(config).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(WORDS))
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    return str(folder)


@pytest.fixture(autouse=True)
def own_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_MODELS", str(tmp_path / "models"))


def opened(folder: str, max_tokens: int = 8, dimensions: int = 6) -> StaticEncoder:
    encoder = StaticEncoder(folder, max_tokens, dimensions)
    encoder.open()
    return encoder


def files() -> list[Path]:
    return sorted((model_cache() / "static").iterdir())


def test_a_text_is_the_mean_of_its_tokens(folder: str) -> None:
    encoder = opened(folder)
    assert isinstance(encoder, EmbeddingEngine)
    vectors = encoder.encode(["the mayor", "so", "the mayor of cork said so"])
    assert vectors.shape == (3, 6) and vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    table = encoder._vectors.numpy()
    mean = table[WORDS.index("the")] + table[WORDS.index("mayor")]
    np.testing.assert_allclose(vectors[0], mean / np.linalg.norm(mean), atol=1e-6)
    np.testing.assert_allclose(encoder.encode(["so"])[0], vectors[1], atol=1e-6)


def test_principal_components_keep_the_distances_and_rare_tokens_weigh_more(folder: str) -> None:
    encoder = opened(folder, dimensions=16)
    given = SentenceEncoder(folder, precision="f32")
    given.open()
    words = WORDS[4:]
    before, after = given.encode(words), encoder._vectors.numpy()[4:]
    chance = 1 / np.arange(2, len(WORDS) + 2)
    weight = 1e-4 / (1e-4 + chance / chance.sum())
    assert np.all(np.diff(weight) > 0)
    # Vectors of a normalised last layer have one length, so angles before tell distances after.
    plain = after / weight[4:, None]
    distances = np.linalg.norm(plain[:, None] - plain, axis=2)
    angles = np.linalg.norm(before[:, None] - before, axis=2)
    upper = np.triu_indices(len(words), 1)
    assert np.corrcoef(distances[upper], angles[upper])[0, 1] > 0.9


def test_text_past_the_limit_is_left_out_however_long_its_words(folder: str) -> None:
    encoder = opened(folder, max_tokens=2)
    np.testing.assert_array_equal(encoder.encode(["the mayor so"]), encoder.encode(["the mayor"]))
    apart = "the" + " " * 500 + "mayor"  # the second token lies past what is tokenized at first
    np.testing.assert_array_equal(encoder.encode([apart + " so"]), encoder.encode(["the mayor"]))


def test_texts_without_a_known_word_have_a_vector_and_nothing_has_none(folder: str) -> None:
    encoder = opened(folder)
    vectors = encoder.encode(["", "\n", "\N{SNOWMAN}"])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    assert encoder.encode([]).shape == (0, 6)


def test_it_is_distilled_once_and_again_when_the_file_is_damaged(folder: str) -> None:
    before = opened(folder).encode(["cork said"])
    (file,) = files()
    written = file.stat().st_mtime_ns
    opened(folder)
    assert [path.stat().st_mtime_ns for path in files()] == [written]
    file.write_bytes(file.read_bytes()[:-4] + b"\0\0\0\0")
    np.testing.assert_array_equal(opened(folder).encode(["cork said"]), before)


def test_the_identity_is_not_that_of_the_encoder_it_comes_from(folder: str) -> None:
    own = StaticEncoder(folder).identity()
    assert own == StaticEncoder(folder).identity()
    assert own["weights"] != SentenceEncoder(folder).identity()["weights"]
    assert own["weights"] != StaticEncoder(folder, dimensions=128).identity()["weights"]


def test_it_must_be_opened_and_be_there(folder: str) -> None:
    with pytest.raises(ModelError, match="before it was opened"):
        StaticEncoder(folder).encode(["so"])
    with pytest.raises(ModelError, match="no-such-encoder"):
        StaticEncoder("no-such-encoder").identity()


def test_a_tokenizer_that_pads_to_a_fixed_length_gives_the_same(
    folder: str, tmp_path: Path
) -> None:
    padding = tmp_path / "padding"
    shutil.copytree(folder, padding)
    backend = Tokenizer.from_file(str(padding / "tokenizer.json"))
    backend.enable_padding(length=32)
    backend.enable_truncation(32)
    backend.save(str(padding / "tokenizer.json"))
    expected = opened(folder)._vectors.numpy()
    np.testing.assert_allclose(opened(str(padding))._vectors.numpy(), expected, atol=1e-6)
