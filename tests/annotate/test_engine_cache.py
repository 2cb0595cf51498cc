"""Engines that remember: the same answers, one question to the model, failures forgotten."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.annotate.engine_cache import remembering
from pipeline.engines.base import (
    EmbeddingEngine,
    Failure,
    GenerationEngine,
    GenerationSettings,
    Prompt,
    Written,
)
from pipeline.engines.classifiers.classifier import SequenceClassifier
from pipeline.engines.classifiers.decisions import Answers, DecisionEngine, Question
from pipeline.engines.generation.echo import EchoEngine
from pipeline.store.stage_cache import StageCache
from tiny_classifier import write_classifier


class Encoder:
    """Random vectors; counts what it is asked."""

    def __init__(self) -> None:
        self.opened = self.asked = 0

    def identity(self) -> Mapping[str, str]:
        return {"encoder": "random"}

    def open(self) -> None:
        self.opened += 1

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        assert self.opened
        self.asked += 1
        seeds = [hashlib.sha256(text.encode()).digest()[0] for text in texts]
        rows = [np.random.default_rng(seed).normal(size=3) for seed in seeds]
        return np.array(rows, np.float32)


class Decisions(Encoder):
    """Yes to all; fails at a text `bad`."""

    def decide(
        self, texts: Sequence[str], questions: Mapping[str, Question]
    ) -> list[Answers | Failure]:
        self.asked += 1
        sure: Answers = {name: {"true": 0.1 + 0.2} for name in questions}
        return [Failure("no", "Error") if text == "bad" else sure for text in texts]


@pytest.fixture
def cache(tmp_path: Path) -> StageCache:
    return StageCache(tmp_path / "cache", 2**30)


def test_an_encoder_is_opened_and_asked_once(cache: StageCache) -> None:
    real, later = Encoder(), Encoder()
    first, second = (remembering(one, {"max_tokens": 8}, cache) for one in (real, later))
    assert isinstance(first, EmbeddingEngine) and isinstance(second, EmbeddingEngine)
    first.open()
    assert not real.opened
    vectors = first.encode(["a", "b"])
    again = second.encode(["a", "b"])
    assert vectors.tobytes() == again.tobytes() and again.dtype == np.float32
    assert (real.asked, later.asked, later.opened) == (1, 0, 0)
    second.encode(["b", "a"])  # in other company
    assert later.asked == 1
    other = remembering(Encoder(), {"max_tokens": 9}, cache)
    assert isinstance(other, EmbeddingEngine)
    other.encode(["a", "b"])
    assert len(list(cache.folder.glob("*/*.arrow"))) == 3


def test_texts_are_written_once_and_cost_nothing_then(
    cache: StageCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[GenerationSettings] = []
    generate = EchoEngine.generate

    def counted(
        self: EchoEngine, prompts: Sequence[Prompt], settings: GenerationSettings
    ) -> list[Written]:
        calls.append(settings)
        return generate(self, prompts, settings)

    monkeypatch.setattr(EchoEngine, "generate", counted)
    model, prompts = "smollm2-135m-instruct", [Prompt("One two. Three."), Prompt("Four.", "five")]
    settings = GenerationSettings(4, samples=2, temperature=0.5)
    written = []
    for _ in range(2):
        engine = remembering(EchoEngine(), {}, cache)
        assert isinstance(engine, GenerationEngine)
        engine.open(model)
        written.append(engine.generate(prompts, settings))
        assert engine.effective(settings) == EchoEngine().effective(settings)
        assert engine.count_tokens("one two") == 2 and engine.context_tokens == 8192
    first, second = written
    assert isinstance(first[0], list) and isinstance(second[0], list) and len(calls) == 1
    assert [one.text for one in second[0]] == [one.text for one in first[0]]
    assert first[0][0].new_tokens and not second[0][0].new_tokens
    assert [one.finished for one in second[0]] == [one.finished for one in first[0]]
    engine.generate(prompts, GenerationSettings(5, samples=2, temperature=0.5))
    engine.generate(prompts[:1], settings)
    assert len(calls) == 3


def test_a_classifier_with_the_same_logits(tmp_path: Path, cache: StageCache) -> None:
    folder = str(write_classifier(tmp_path / "model", ["x", "y", "z"]))
    plain = SequenceClassifier(folder, precision="f32", device="cpu")
    plain.open()
    pairs, texts = [("the mayor", "of cork")], ["the mayor of cork said so", "cork"]
    loaded = []
    for _ in range(2):
        real = SequenceClassifier(folder, precision="f32", device="cpu")
        one = remembering(real, {}, cache)
        assert isinstance(one, SequenceClassifier)
        one.open()
        assert one.labels == ("x", "y", "z") and one.model == folder
        np.testing.assert_array_equal(one.pair_logits(pairs), plain.pair_logits(pairs))
        for (logits, tokens), (expected, lengths) in zip(
            one.text_logits(texts, 2), plain.text_logits(texts, 2), strict=True
        ):
            np.testing.assert_array_equal(logits, expected)
            assert tokens == lengths and logits.dtype == np.float32
        loaded.append(real._model is not None)
    assert loaded == [True, False]


def test_failures_are_asked_again(cache: StageCache) -> None:
    real = Decisions()
    engine = remembering(real, {}, cache)
    assert isinstance(engine, DecisionEngine)
    questions = {"q": Question("Is it?")}
    for texts, asked in ((["good", "bad"], 1), (["good", "bad"], 2), (["good"], 3), (["good"], 3)):
        answers = engine.decide(texts, questions)
        assert real.asked == asked
        assert answers[0] == {"q": {"true": 0.1 + 0.2}}
        assert all(isinstance(one, Failure) for one in answers[1:])


def test_what_is_no_engine_stays(cache: StageCache) -> None:
    assert remembering("text", {}, cache) == "text"
