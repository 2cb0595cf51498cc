"""The sequence classifier on a tiny random BERT, against transformers one text at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import ConfigError, ModelError
from pipeline.engines.batching import batches
from pipeline.engines.classifiers.classifier import SequenceClassifier
from tiny_classifier import reference, write_classifier

LABELS = ["contradiction", "neutral", "entailment"]
PAIRS = [
    ("the mayor of cork said so", "this is about the mayor"),
    ("so", "this is about cork and the article of the mayor"),
    ("", "is the mayor of cork"),
    ("the mayor said so and the mayor said so and so of the article", "so"),
    ("Градоначальник сказал так 市長", "this is about the mayor"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_classifier(tmp_path_factory.mktemp("classifier"), LABELS)


@pytest.fixture(scope="module")
def tiny(folder: Path) -> SequenceClassifier:
    engine = SequenceClassifier(str(folder), max_tokens=24, batch_tokens=40, precision="f32")
    engine.open()
    return engine


def expected(folder: Path, first: str, second: str | None, limit: int = 24) -> np.ndarray:
    import torch

    model, tokenizer = reference(folder)
    how = "only_first" if second is not None else True
    inputs = tokenizer(first, second, truncation=how, max_length=limit, return_tensors="pt")
    with torch.no_grad():
        return np.asarray(model(**inputs).logits[0].numpy())


def test_pairs_get_what_each_gets_alone_in_their_order(
    folder: Path, tiny: SequenceClassifier
) -> None:
    logits = tiny.pair_logits(PAIRS)
    assert logits.shape == (5, 3) and logits.dtype == np.float32
    for row, (first, second) in zip(logits, PAIRS, strict=True):
        np.testing.assert_allclose(row, expected(folder, first, second), atol=1e-4)
    assert len({tuple(row.round(3)) for row in logits}) == 5, "the model tells them apart"
    assert tiny.labels == tuple(LABELS)
    assert tiny.pair_logits([]).shape == (0, 3)


def test_the_second_text_is_never_cut(folder: Path, tiny: SequenceClassifier) -> None:
    second = "this is about cork"
    long, other = "the mayor " * 30, "the mayor " * 12 + "so so so"
    [a, b] = tiny.pair_logits([(long, second), (other, second)])
    np.testing.assert_allclose(a, b, atol=1e-5, err_msg="what is past the limit counts")
    np.testing.assert_allclose(a, expected(folder, long, second), atol=1e-4)
    with pytest.raises(ConfigError, match="max_tokens=24 leaves no room"):
        tiny.pair_logits([("so", "the mayor said so " * 8)])


def test_windows_are_read_one_after_the_other(folder: Path, tiny: SequenceClassifier) -> None:
    text = "the mayor of cork said so and " * 10
    [(whole, tokens)] = tiny.text_logits([text], windows=9)
    assert whole.shape == (4, 3) and tokens == [24, 24, 24, 70 - 3 * 22 + 2]
    [(first, _), (short, [count])] = tiny.text_logits([text, "so"], windows=1)
    np.testing.assert_allclose(first, whole[:1], atol=1e-5)
    np.testing.assert_allclose(first[0], expected(folder, text, None), atol=1e-4)
    np.testing.assert_allclose(short[0], expected(folder, "so", None), atol=1e-4)
    assert count == 3
    [(two, _)] = tiny.text_logits([text], windows=2)
    np.testing.assert_allclose(two, whole[:2], atol=1e-5)


def test_a_megabyte_is_not_read_to_its_end(tiny: SequenceClassifier) -> None:
    text = "the mayor said so " * 60_000
    [(logits, tokens)] = tiny.text_logits([text], windows=3)
    assert logits.shape == (3, 3) and tokens == [24] * 3
    assert np.isfinite(tiny.pair_logits([(text, "so")])).all()


def test_batches_hold_every_index_once_by_falling_length_within_the_budget() -> None:
    lengths = [3, 50, 4, 4, 9, 1, 12, 3, 30]
    found = list(batches(lengths, 30))
    assert sorted(n for batch in found for n in batch) == list(range(9))
    flat = [lengths[n] for batch in found for n in batch]
    assert flat == sorted(lengths, reverse=True)
    assert found[0] == [1], "one that is too long alone stands alone"
    for batch in found[1:]:
        assert max(lengths[n] for n in batch) * len(batch) <= 30
    assert len(found) < 7 and list(batches([], 30)) == []


def test_the_models_own_limit_counts_where_it_is_lower(tmp_path: Path) -> None:
    write_classifier(tmp_path, LABELS, limit=16)
    engine = SequenceClassifier(str(tmp_path), max_tokens=512, precision="f32")
    engine.open()
    [(_, tokens)] = engine.text_logits(["the mayor said so " * 20])
    assert tokens == [16]


def test_what_is_no_classifier_is_refused(tmp_path: Path) -> None:
    write_classifier(tmp_path, LABELS, headless=True)
    with pytest.raises(ModelError, match=r"no sequence classifier.*BertModel"):
        SequenceClassifier(str(tmp_path)).open()
    with pytest.raises(ModelError, match="hf download no/such"):
        SequenceClassifier("no/such").identity()
    with pytest.raises(ModelError, match="before it was opened"):
        SequenceClassifier(str(tmp_path)).pair_logits([("a", "b")])


def test_its_identity_is_that_of_the_weights(folder: Path, tmp_path: Path) -> None:
    one = SequenceClassifier(str(folder), precision="f32").identity()
    other = write_classifier(tmp_path, LABELS, seed=4)
    assert one["precision"] == "f32" and one["model"] == str(folder)
    assert one["weights"] != SequenceClassifier(str(other)).identity()["weights"]
