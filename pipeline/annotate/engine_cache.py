"""Engines that remember: what an encoder or a generator was given and what it said, in the cache of
stages.

A stage's own result is kept whole, so a summarizer with another policy has its models asked again,
and a model that was asked the same before need not be. This pays where many configurations meet the
same articles, as in a search for the best; elsewhere it only fills the cache. Whole calls are
remembered, not texts, since the company of a text in its batch may move its result. A model is
loaded when it is first asked something new.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TypeVar, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipeline.config.schema import build, plugin_keys
from pipeline.core.fingerprint import fingerprint
from pipeline.engines.base import (
    EmbeddingEngine,
    Failure,
    Generation,
    GenerationEngine,
    GenerationSettings,
    Prompt,
    Setting,
    Written,
)
from pipeline.store.stage_cache import StageCache

ENGINES = ("engine", "classifier")
"""Keys under which a stage's config has its model, beside the encoder."""

_LAYOUT = "1"
"""Goes up with every change of how answers are stored."""

_SHARED = 3
"""Engines kept loaded: an encoder, a classifier and a generator serve one configuration."""

T = TypeVar("T")
_Keys = Mapping[str, object]


@dataclass(frozen=True)
class Memory:
    """What engines said, in the cache under what they were given."""

    cache: StageCache
    keys: _Keys

    def recall(
        self, given: _Keys, load: Callable[[bytes], T], ask: Callable[[], T],
        dump: Callable[[T], bytes | None],
    ) -> T:  # fmt: skip
        """The remembered answer, or that of `ask`, remembered unless `dump` gives None."""
        key = fingerprint({"layout": _LAYOUT, "engine": self.keys, **given})
        found = self.cache.get(key)
        if found is not None:
            return load(found["said"][0].as_py())
        answer = ask()
        payload = dump(answer)
        if payload is not None:
            self.cache.put(key, pa.table({"said": pa.array([payload], pa.large_binary())}))
        return answer


class RememberedEncoder:
    """An encoder that is opened for texts that it has not seen in this company."""

    def __init__(self, encoder: EmbeddingEngine, memory: Memory) -> None:
        self._encoder, self._memory = encoder, memory

    def identity(self) -> Mapping[str, str]:
        return self._encoder.identity()

    def open(self) -> None:
        pass

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        def ask() -> NDArray[np.float32]:
            self._encoder.open()
            return self._encoder.encode(texts)

        return self._memory.recall({"encode": list(texts)}, _array, ask, _array_bytes)


class RememberedGeneration:
    """A generation engine that writes only what it was not asked before in this company.

    It is opened to count tokens too. Tokens of remembered texts count as none spent. Failures
    may be of the moment, and are not remembered.
    """

    def __init__(self, engine: GenerationEngine, memory: Memory) -> None:
        self._engine, self._memory = engine, memory
        self._model = ""
        self._open_model: str | None = None

    def identity(self, model: str) -> Mapping[str, str]:
        return self._engine.identity(model)

    def label(self, model: str) -> str:
        return self._engine.label(model)

    def open(self, model: str) -> None:
        self._model = model

    @property
    def context_tokens(self) -> int:
        return (self._opened() if self._model else self._engine).context_tokens

    def count_tokens(self, text: str) -> int:
        return self._opened().count_tokens(text)

    def count_prompt_tokens(self, prompt: Prompt) -> int:
        return self._opened().count_prompt_tokens(prompt)

    def generate(self, prompts: Sequence[Prompt], settings: GenerationSettings) -> list[Written]:
        given = {"generate": [asdict(prompt) for prompt in prompts]}
        return self._memory.recall(
            {**given, **self._settings(settings)},
            _generations,
            lambda: self._opened().generate(prompts, settings),
            _generation_bytes,
        )

    def effective(self, settings: GenerationSettings) -> Mapping[str, Setting]:
        given = {"effective": True, **self._settings(settings)}
        return self._memory.recall(
            given,
            json.loads,
            lambda: dict(self._opened().effective(settings)),
            lambda effective: json.dumps(effective).encode(),
        )

    def _settings(self, settings: GenerationSettings) -> _Keys:
        return {"model": dict(self._engine.identity(self._model)), "settings": asdict(settings)}

    def _opened(self) -> GenerationEngine:
        if self._open_model != self._model:
            self._engine.open(self._model)
            self._open_model = self._model
        return self._engine


def remembering(engine: object, keys: _Keys, cache: StageCache) -> object:
    """The engine with a memory; as it is where it neither encodes nor generates."""
    if isinstance(engine, GenerationEngine):
        return RememberedGeneration(engine, Memory(cache, keys))
    if isinstance(engine, EmbeddingEngine):
        memory = Memory(cache, {**keys, "identity": dict(engine.identity())})
        return RememberedEncoder(engine, memory)
    return engine


def remembered(
    node: Mapping[str, object], key: str, cache: StageCache, *, of: object = None
) -> object:
    """The engine of a config node with a memory; the same object as long as the node is the same,
    so that many configurations load it once. `of` tells engines of several models apart."""
    return _remembered(json.dumps([node, of], sort_keys=True), key, cache.folder, cache.max_bytes)


@lru_cache(maxsize=_SHARED)
def _remembered(node_json: str, key: str, folder: Path, max_bytes: int) -> object:
    node, _ = json.loads(node_json)
    cache = StageCache(folder, max_bytes)
    return remembering(build(node, key, object), plugin_keys(node, "engine"), cache)


def remembered_engines(
    node: Mapping[str, object], key: str, cache: StageCache
) -> dict[str, object]:
    """Those of a stage's config, by their key in it."""
    return {
        name: remembered(part, f"{key}.{name}", cache, of=node.get("model"))
        for name in ENGINES
        if isinstance(part := node.get(name), Mapping) and "_target_" in part
    }


def _array(data: bytes) -> NDArray[np.float32]:
    return cast("NDArray[np.float32]", np.load(io.BytesIO(data), allow_pickle=False))


def _array_bytes(array: NDArray[np.float32]) -> bytes:
    sink = io.BytesIO()
    np.save(sink, array, allow_pickle=False)
    return sink.getvalue()


def _generation_bytes(written: list[Written]) -> bytes | None:
    texts = [one for one in written if not isinstance(one, Failure)]
    if len(texts) < len(written):
        return None
    return json.dumps([[asdict(one) for one in samples] for samples in texts]).encode()


def _generations(data: bytes) -> list[Written]:
    return [
        [replace(Generation(**one), new_tokens=0, prompt_tokens=0) for one in samples]
        for samples in json.loads(data)
    ]
