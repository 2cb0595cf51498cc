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
from pipeline.engines.generation.echo import EchoEngine
from pipeline.store.stage_cache import StageCache


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


def test_failures_are_asked_again(cache: StageCache, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    generate = EchoEngine.generate

    def failing(
        self: EchoEngine, prompts: Sequence[Prompt], settings: GenerationSettings
    ) -> list[Written]:
        asked.append(len(prompts))
        done = generate(self, prompts, settings)
        return [
            Failure("refused", "500") if "bad" in prompt.user else written
            for prompt, written in zip(prompts, done, strict=True)
        ]

    monkeypatch.setattr(EchoEngine, "generate", failing)
    engine = remembering(EchoEngine(), {}, cache)
    assert isinstance(engine, GenerationEngine)
    engine.open("smollm2-135m-instruct")
    both, good = [Prompt("Good."), Prompt("So bad.")], [Prompt("Good.")]
    for prompts, calls in ((both, 1), (both, 2), (good, 3), (good, 3)):
        written = engine.generate(prompts, GenerationSettings(4))
        assert len(asked) == calls
        assert [isinstance(one, Failure) for one in written] == [False, True][: len(prompts)]


def test_what_is_no_engine_stays(cache: StageCache) -> None:
    assert remembering("text", {}, cache) == "text"
