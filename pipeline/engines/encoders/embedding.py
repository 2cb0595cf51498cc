"""Sentence encoder: mean-pooled, normalised vectors from any BERT-like model, run by OpenVINO.

The model is converted from transformers once and kept in the model cache. With `int8` its matrices
are rounded to bytes, a step for each row, and what is multiplied with them to bytes as it comes,
in groups (Dettmers et al. 2022 without the outliers); cosines to the exact vectors are over 0.99.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.core.errors import ModelError
from pipeline.engines.batching import batches
from pipeline.engines.hardware import cpu_precision
from pipeline.engines.weights.models import Weights, find_weights
from pipeline.engines.weights.openvino_files import compiled, save_ir
from pipeline.engines.weights.pretrained import load_config, load_model, load_tokenizer

_VERSION = 1
"""Of the way models are converted; a change of it makes all of them again."""

_FILE = "encoder.xml"

_PAD_TO = 4
"""OpenVINO plans the work anew for every shape: less time goes to padding than to planning."""


@dataclass(config=PLUGIN)
class SentenceEncoder:
    """Mean pooling over the last layer (Reimers and Gurevych 2019), vectors of length 1.

    `max_tokens` is how much of a text is read; texts of like length run together, as many as are
    padded to `batch_tokens`, at least one.
    `precision` is of the matrices; what is between them is bf16 where the CPU has it, but for
    `f32`.
    """

    model: str
    max_tokens: PositiveInt = 256
    batch_tokens: PositiveInt = 512
    precision: Literal["int8", "bf16", "f32"] = "int8"
    performance_fields: ClassVar[frozenset[str]] = frozenset({"batch_tokens"})

    def __post_init__(self) -> None:
        self._model: Any = None
        self._tokenizer: Any = None

    def identity(self) -> Mapping[str, str]:
        return {
            "encoder": self._weights.name,
            "weights": self._weights.digest,
            "encoder_engine": "openvino",
            "precision": f"int8 {self._between()}" if self.precision == "int8" else self.precision,
        }

    def open(self) -> None:
        if self._model is not None:
            return
        weights = self._weights
        tokenizer = load_tokenizer(weights)
        small = self.precision == "int8"
        self._model = compiled(
            "converted encoder",
            f"openvino {_VERSION} {weights.digest} {'int8' if small else 'f32'}",
            _FILE,
            self._between(),
            small,
            lambda out: _convert(weights, tokenizer, small, out),
        )
        self._tokenizer = tokenizer

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self._model is None:
            raise ModelError("the encoder was called before it was opened")
        dimensions = int(self._model.output(0).partial_shape[1].get_length())
        vectors = np.zeros((len(texts), dimensions), dtype=np.float32)
        if not texts:
            return vectors
        ids = self._tokenizer(list(texts), truncation=True, max_length=self.max_tokens)["input_ids"]
        for batch in batches([len(one) for one in ids], self.batch_tokens):
            longest = max(1, len(ids[batch[0]]))
            inputs = self._tokenizer.pad(
                {"input_ids": [ids[n] for n in batch]},
                return_tensors="np",
                padding="max_length",
                max_length=min(-(-longest // _PAD_TO) * _PAD_TO, self.max_tokens),
            )
            vectors[batch] = self._model([inputs["input_ids"], inputs["attention_mask"]])[0]
        return vectors

    def _between(self) -> str:
        """The precision of what is between the matrices."""
        return cpu_precision("auto") if self.precision == "int8" else self.precision

    @cached_property
    def _weights(self) -> Weights:
        return find_weights(self.model)


def _convert(weights: Weights, tokenizer: Any, small: bool, folder: Path) -> None:
    """Write model and pooling to a new folder as OpenVINO IR, with the matrices as bytes if
    `small`."""
    import torch
    from transformers import AutoModel

    model = load_model(AutoModel, weights, load_config(weights), torch.float32)

    class Pooled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            found = self.model(input_ids=input_ids, attention_mask=attention_mask)
            hidden, mask = found.last_hidden_state, attention_mask.unsqueeze(-1).float()
            return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=1)

    example = dict(tokenizer.pad(tokenizer(["a", "a a a"]), return_tensors="pt"))
    inputs = {name: example[name] for name in ("input_ids", "attention_mask")}
    save_ir(Pooled(), inputs, small, folder / _FILE, f"model {weights.name}")
