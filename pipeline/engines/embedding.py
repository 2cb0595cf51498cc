"""Sentence encoder: mean-pooled, normalised vectors from any BERT-like model in transformers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.engines.hardware import cpu_precision
from pipeline.engines.models import Weights, find_weights
from pipeline.engines.pretrained import load_config, load_model, load_tokenizer
from pipeline.errors import ModelError
from pipeline.schema import PLUGIN


@dataclass(config=PLUGIN)
class SentenceEncoder:
    """Mean pooling over the last layer (Reimers and Gurevych 2019), vectors of length 1.

    `max_tokens` is how much of a text is read; `batch_size` texts of like length run together.
    """

    model: str
    max_tokens: PositiveInt = 256
    batch_size: PositiveInt = 32
    precision: Literal["auto", "bf16", "f32"] = "auto"

    def __post_init__(self) -> None:
        self._weights: Weights | None = None
        self._model: Any = None
        self._tokenizer: Any = None

    def identity(self) -> Mapping[str, str]:
        weights = self._found()
        precision = cpu_precision(self.precision)
        return {"encoder": weights.name, "weights": weights.digest, "precision": precision}

    def open(self) -> None:
        if self._model is not None:
            return
        import torch
        from transformers import AutoModel

        weights = self._found()
        dtype = torch.bfloat16 if cpu_precision(self.precision) == "bf16" else torch.float32
        self._tokenizer = load_tokenizer(weights)
        self._model = load_model(AutoModel, weights, load_config(weights), dtype)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import torch

        if self._model is None:
            raise ModelError("the encoder was called before it was opened")
        dimensions = int(self._model.config.hidden_size)
        vectors = np.zeros((len(texts), dimensions), dtype=np.float32)
        ids = [
            self._tokenizer(text, truncation=True, max_length=self.max_tokens)["input_ids"]
            for text in texts
        ]
        order = sorted(range(len(ids)), key=lambda n: (-len(ids[n]), n))
        for start in range(0, len(order), self.batch_size):
            batch = order[start : start + self.batch_size]
            inputs = self._tokenizer.pad(
                {"input_ids": [ids[n] for n in batch]}, return_tensors="pt"
            )
            with torch.inference_mode():
                hidden = self._model(
                    input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]
                ).last_hidden_state.float()
            mask = inputs["attention_mask"].unsqueeze(-1).float()
            pooled = (hidden * mask).sum(1) / mask.sum(1)
            vectors[batch] = torch.nn.functional.normalize(pooled, dim=1).numpy()
        return vectors

    def _found(self) -> Weights:
        if self._weights is None:
            self._weights = find_weights(self.model)
        return self._weights
