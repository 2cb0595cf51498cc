"""Static encoder: a vector for each token, distilled from a sentence encoder on this machine.

Tulkens and van Dongen 2024, "Model2Vec": every token of the vocabulary goes through the encoder by
itself, the vectors are reduced by their principal components and weighed by how rare the token is;
a text's vector is the mean of those of its tokens. What words do to each other is lost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.core.errors import ModelError
from pipeline.engines.weights.cards import model_cache
from pipeline.engines.weights.keeping import kept
from pipeline.engines.weights.models import Weights, find_weights
from pipeline.engines.weights.pretrained import load_config, load_model, load_tokenizer

Floats = NDArray[np.float32]

_VERSION = 2
"""Of the way vectors are distilled; a change of it makes all of them again."""

_TENSOR = "vectors"

_RARITY = 1e-4
"""The `a` of smooth inverse frequency, a / (a + p) (Arora et al. 2017)."""

_BATCH = 512
"""Tokens of the vocabulary that go through the encoder together."""

_CHARACTERS = 6
"""Characters a token that are tokenized at first; only a text with longer ones is read whole."""


@dataclass(config=PLUGIN)
class StaticEncoder:
    """Mean of token vectors, of length 1; a text without tokens has the unknown token's.

    `max_tokens` is how much of a text is read, `dimensions` how many principal components are kept
    (fewer where the encoder has fewer). The first `open` distils, for about a minute, into
    the model cache; later ones read that file.
    """

    model: str
    max_tokens: PositiveInt = 256
    dimensions: PositiveInt = 256

    def __post_init__(self) -> None:
        self._vectors: Any = None
        self._tokenizer: Any = None

    def identity(self) -> Mapping[str, str]:
        # Other weights than the encoder's: what was trained on its vectors must refuse these.
        return {"encoder": f"static of {self._weights.name}", "weights": self._digest()}

    def open(self) -> None:
        if self._vectors is not None:
            return
        import torch
        from safetensors.numpy import load_file

        tokenizer = load_tokenizer(self._weights)
        if not tokenizer.is_fast or tokenizer.unk_token_id is None:
            raise ModelError(
                f"encoder {self.model}: its tokenizer has no fast form or no unknown token, which "
                "a static encoder needs; choose encoder=minilm"
            )
        self._unknown = int(tokenizer.unk_token_id)
        vectors = torch.from_numpy(load_file(self._kept(tokenizer))[_TENSOR])
        self._tokenizer = tokenizer.backend_tokenizer
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(self.max_tokens)
        self._vectors = vectors

    def encode(self, texts: Sequence[str]) -> Floats:
        import torch

        if self._vectors is None:
            raise ModelError("the encoder was called before it was opened")
        if not texts:
            return np.zeros((0, self._vectors.shape[1]), dtype=np.float32)
        ids = [found or [self._unknown] for found in self._ids(texts)]
        starts = np.cumsum([0, *(len(found) for found in ids[:-1])])
        flat = torch.from_numpy(np.concatenate([np.array(found) for found in ids]))
        with torch.inference_mode():
            means = torch.nn.functional.embedding_bag(
                flat, self._vectors, torch.from_numpy(starts), mode="mean"
            )
            found = torch.nn.functional.normalize(means, dim=1).numpy()
        return np.asarray(found, dtype=np.float32)

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids without special ones, at most `max_tokens` a text."""
        heads = [_head(text, self.max_tokens * _CHARACTERS) for text in texts]
        ids = self._tokenized(heads)
        short = [
            n
            for n, (text, head) in enumerate(zip(texts, heads, strict=True))
            if len(head) < len(text) and len(ids[n]) < self.max_tokens
        ]
        for n, found in zip(short, self._tokenized([texts[n] for n in short]), strict=True):
            ids[n] = found
        return ids

    def _tokenized(self, texts: Sequence[str]) -> list[list[int]]:
        encoded = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [one.ids for one in encoded]

    def _kept(self, tokenizer: Any) -> Path:
        """The file of token vectors, made if there is none."""
        from safetensors.numpy import save_file

        def make(path: Path) -> None:
            vectors = distilled(self._weights, tokenizer, self.dimensions)
            save_file({_TENSOR: vectors}, path)

        return kept(
            model_cache() / "static", self._digest(), ".safetensors", "static encoder", make
        )

    def _digest(self) -> str:
        text = f"static {_VERSION} {self._weights.digest} {self.dimensions}"
        return hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def _weights(self) -> Weights:
        return find_weights(self.model)


def distilled(weights: Weights, tokenizer: Any, dimensions: int) -> Floats:
    """A vector for each token id, shape (vocabulary, dimensions); special tokens but the unknown
    one have zeros.

    Ids are taken as ranks of frequency, which they roughly are in WordPiece and unigram
    vocabularies, and frequency as Zipf has it: p = 1 / rank, over the sum of all.
    """
    import torch
    from transformers import AutoModel

    model = load_model(AutoModel, weights, load_config(weights), torch.float32)
    size = min(len(tokenizer), int(model.config.vocab_size))
    before, after = _around(tokenizer)
    rows = []
    with torch.inference_mode():
        for start in range(0, size, _BATCH):
            stop = min(start + _BATCH, size)
            inputs = torch.tensor([[*before, n, *after] for n in range(start, stop)])
            hidden = model(input_ids=inputs, attention_mask=torch.ones_like(inputs))
            rows.append(hidden.last_hidden_state.mean(dim=1).numpy())
    vectors = np.concatenate(rows).astype(np.float64)
    centred = vectors - vectors.mean(axis=0)
    values, axes = np.linalg.eigh(centred.T @ centred)
    axes = axes[:, np.argsort(-values)[:dimensions]]
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    chance = 1 / np.arange(2, size + 2)
    weight = _RARITY / (_RARITY + chance / chance.sum())
    reduced = centred @ axes * weight[:, None]
    special = [n for n in tokenizer.all_special_ids if n < size and n != tokenizer.unk_token_id]
    reduced[special] = 0
    return np.ascontiguousarray(reduced, dtype=np.float32)


def _around(tokenizer: Any) -> tuple[list[int], list[int]]:
    """The special tokens that the tokenizer puts before and after a text."""
    # Its own call pads nothing; its backend may pad all to the length that tokenizer.json says.
    one = tokenizer("a", return_special_tokens_mask=True)
    text = [n for n, special in enumerate(one["special_tokens_mask"]) if not special]
    return one["input_ids"][: text[0]], one["input_ids"][text[-1] + 1 :]


def _head(text: str, characters: int) -> str:
    """The text up to the last space among its first `characters`, where that is not all of it."""
    if len(text) <= characters:
        return text
    return text[: characters + 1].rpartition(" ")[0]
