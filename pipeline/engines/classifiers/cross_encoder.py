"""Cross-encoder: a BERT-like model that reads two texts together and gives one logit, by OpenVINO.

A trained one is kept as its differences to the weights that it was trained from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipeline.core.errors import ModelError
from pipeline.engines.batching import batches
from pipeline.engines.hardware import cpu_precision
from pipeline.engines.weights.models import Weights, find_weights
from pipeline.engines.weights.openvino_files import compiled, save_ir
from pipeline.engines.weights.pretrained import load_config, load_model, load_tokenizer

if TYPE_CHECKING:
    import torch

_VERSION = 1
"""Of the way models are converted; a change of it makes all of them again."""

_FILE = "cross_encoder.xml"
_BATCH_TOKENS = 1024
_PAD_TO = 8
_LEVELS = 127
_STEP = ".step"
"""Ending of the name of a matrix's steps, beside its bytes."""


class CrossEncoder:
    """Logits of pairs of texts, by the model `base` with the differences of a file.

    `digest` is the sha256 of that file, which the caller has checked; `max_tokens` how much of a
    pair is read: of the longer text the end is left out.
    """

    def __init__(self, base: str, differences: Path, digest: str, max_tokens: int) -> None:
        self._base, self._differences, self._digest = base, differences, digest
        self._max_tokens = max_tokens
        self._model: Any = None
        self._tokenizer: Any = None

    def identity(self) -> Mapping[str, str]:
        """What decides the logits: the weights of both, and the precision."""
        return {
            "cross_encoder": self._digest,
            "cross_encoder_base": self._weights.digest,
            "cross_encoder_precision": f"int8 {cpu_precision('auto')}",
        }

    def open(self) -> None:
        """Load the model; a second call does nothing.

        Raises:
            ModelError: the base is missing, has another digest, or the file is not of it.
        """
        if self._model is not None:
            return
        import openvino

        weights = self._weights
        tokenizer = load_tokenizer(weights)
        self._model = compiled(
            "converted cross-encoder",
            f"cross-encoder {_VERSION} {weights.digest} {self._digest} {openvino.__version__}",
            _FILE,
            cpu_precision("auto"),
            True,
            lambda out: _convert(weights, tokenizer, self._differences, out),
        )
        self._tokenizer = tokenizer

    def logits(self, firsts: Sequence[str], seconds: Sequence[str]) -> NDArray[np.float32]:
        """A logit for each pair, in order."""
        if self._model is None:
            raise ModelError("the cross-encoder was called before it was opened")
        logits = np.zeros(len(firsts), np.float32)
        if not len(firsts):
            return logits
        encoded = encoded_pairs(self._tokenizer, firsts, seconds, self._max_tokens)
        ids = encoded["input_ids"]
        for batch in batches([len(one) for one in ids], _BATCH_TOKENS):
            longest = len(ids[batch[0]])
            inputs = self._tokenizer.pad(
                {name: [values[n] for n in batch] for name, values in encoded.items()},
                return_tensors="np",
                padding="max_length",
                max_length=min(-(-longest // _PAD_TO) * _PAD_TO, self._max_tokens),
            )
            names = ("input_ids", "attention_mask", "token_type_ids")
            logits[batch] = self._model([inputs[name] for name in names])[0]
        return logits

    @cached_property
    def _weights(self) -> Weights:
        return find_weights(self._base)


def encoded_pairs(
    tokenizer: Any, firsts: Sequence[str], seconds: Sequence[str], max_tokens: int
) -> Mapping[str, list[list[int]]]:
    """Token ids, masks and which text a token is of, a list a pair, without padding."""
    encoded: Mapping[str, list[list[int]]] = tokenizer(
        list(firsts),
        list(seconds),
        truncation="longest_first",
        max_length=max_tokens,
        return_token_type_ids=True,
    )
    return encoded


def with_head(bert: Any) -> torch.nn.Module:
    """The model with one logit over its first vector and the mean and maximum of the second text's.

    What is wrong with a sentence is mostly one word of it: the maximum sees that.
    """
    import torch

    class WithHead(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bert = bert
            self.head = torch.nn.Linear(3 * bert.config.hidden_size, 1)
            torch.nn.init.normal_(self.head.weight, std=0.02)
            torch.nn.init.zeros_(self.head.bias)

        def forward(
            self,
            input_ids: torch.Tensor,
            attention_mask: torch.Tensor,
            token_type_ids: torch.Tensor,
        ) -> torch.Tensor:
            states = self.bert(
                input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
            ).last_hidden_state
            second = (token_type_ids * attention_mask).unsqueeze(-1).to(states.dtype)
            mean = (states * second).sum(1) / second.sum(1).clamp(min=1)
            most = (states - (1 - second) * 1e4).amax(1)
            pooled = torch.cat([states[:, 0], mean, most], 1)
            logits: torch.Tensor = self.head(pooled).squeeze(-1)
            return logits

    return WithHead()


def differences(
    base: Mapping[str, torch.Tensor], trained: Mapping[str, torch.Tensor]
) -> dict[str, NDArray[np.generic]]:
    """What was trained, as arrays: a matrix of the base as bytes of its difference with a step a
    row, everything else as it is."""
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, tensor in trained.items():
        values = tensor.float().numpy()
        if name not in base or values.ndim < 2:
            arrays[name] = values.astype(np.float32)
            continue
        change = values - base[name].float().numpy()
        steps = np.maximum(np.abs(change).max(axis=1, keepdims=True), 1e-12) / _LEVELS
        arrays[name] = np.rint(change / steps).astype(np.int8)
        arrays[name + _STEP] = steps.astype(np.float32)
    return arrays


def with_differences(
    base: Mapping[str, torch.Tensor], arrays: Mapping[str, NDArray[np.generic]]
) -> dict[str, torch.Tensor]:
    """The tensors that `differences` was made of, but for rounding.

    Raises:
        KeyError: a matrix is not of the base.
    """
    import torch

    trained = {}
    for name, values in arrays.items():
        if name.endswith(_STEP):
            continue
        steps = arrays.get(name + _STEP)
        if steps is None:
            trained[name] = torch.from_numpy(np.array(values, np.float32))
        else:
            change = np.asarray(values, np.float32) * np.asarray(steps, np.float32)
            trained[name] = base[name] + torch.from_numpy(change)
    return trained


def _convert(weights: Weights, tokenizer: Any, file: Path, folder: Path) -> None:
    """Write base and differences to a new folder as OpenVINO IR."""
    import torch
    from safetensors.numpy import load_file
    from transformers import AutoModel

    model = with_head(load_model(AutoModel, weights, load_config(weights), torch.float32))
    try:
        trained = with_differences(model.state_dict(), load_file(file))
        unknown = model.load_state_dict(trained, strict=False).unexpected_keys
    except (KeyError, RuntimeError) as error:
        raise ModelError(f"{file}: not of the model {weights.name}: {error}") from error
    if unknown:
        raise ModelError(f"{file}: not of the model {weights.name}: it has no {unknown[0]}")
    encoded = encoded_pairs(tokenizer, ["a b c", "a"], ["a", "a b"], 16)
    example = dict(tokenizer.pad(dict(encoded), return_tensors="pt"))
    names = ("input_ids", "attention_mask", "token_type_ids")
    what = f"cross-encoder of {weights.name}"
    save_ir(model.eval(), {name: example[name] for name in names}, True, folder / _FILE, what)
