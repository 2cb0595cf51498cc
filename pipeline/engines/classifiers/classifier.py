"""Any sequence classifier in transformers: texts or pairs of texts in, a logit for each label out.

What the labels mean is for whoever asks; nothing of news is known here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.core.errors import ConfigError, ModelError
from pipeline.engines.batching import batches
from pipeline.engines.hardware import torch_device, torch_precision
from pipeline.engines.weights.models import Weights, find_weights
from pipeline.engines.weights.pretrained import load_config, load_model, load_tokenizer, token_limit

Logits = NDArray[np.float32]

CHARACTERS_A_TOKEN = 32
"""More than any text in use has on average: a 1 MB text is not cut into tokens whole to be left
out."""


@dataclass(config=PLUGIN)
class SequenceClassifier:
    """Batches sorted by length, with at most `batch_tokens` padded tokens each.

    `max_tokens` is how much is read at a time, special tokens among it; the model's own limit
    counts where it is lower. `device` is a torch device or `auto` (CUDA, else MPS, else CPU).
    `precision` `auto` is bf16 on CUDA and on CPUs that have it, else f32.
    """

    model: str
    max_tokens: PositiveInt = 512
    batch_tokens: PositiveInt = 1024
    device: str = "auto"
    precision: Literal["auto", "bf16", "f32"] = "auto"
    performance_fields: ClassVar[frozenset[str]] = frozenset({"batch_tokens"})

    def __post_init__(self) -> None:
        self._model: Any = None
        self._tokenizer: Any = None
        self._limit = self.max_tokens

    def identity(self) -> Mapping[str, str]:
        """What decides the logits besides the config: weights, precision. Before `open` too.

        Raises:
            ModelError: there is no such model.
        """
        precision = torch_precision(self.precision, torch_device(self.device))
        return {**self._weights.identity(), "precision": precision}

    def open(self) -> None:
        """Load the model; a second call does nothing.

        Raises:
            ModelError: it is missing, has another digest than its card, or is no classifier.
        """
        if self._model is not None:
            return
        import torch
        from transformers import AutoModelForSequenceClassification

        weights, device = self._weights, torch_device(self.device)
        precision = torch_precision(self.precision, device)
        dtype = torch.bfloat16 if precision == "bf16" else torch.float32
        tokenizer, config = load_tokenizer(weights), load_config(weights)
        _check_is_classifier(weights, config)
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token
        if config.pad_token_id is None:
            config.pad_token_id = tokenizer.pad_token_id
        model = load_model(AutoModelForSequenceClassification, weights, config, dtype)
        self._limit = min(self.max_tokens, token_limit(config, tokenizer) or self.max_tokens)
        self._tokenizer, self._model = tokenizer, model.to(device)

    @property
    def labels(self) -> tuple[str, ...]:
        """The model's own names of its labels, in the order of the logits. After `open`."""
        names: Mapping[int, str] = self._opened().config.id2label
        return tuple(str(names[number]) for number in sorted(names))

    def pair_logits(self, pairs: Sequence[tuple[str, str]]) -> Logits:
        """The logits of each pair, shape (pairs, labels). Where both do not fit, the end of the
        first text is left out.

        Raises:
            ConfigError: a second text alone is too long.
        """
        self._opened()
        firsts = [first[: self._limit * CHARACTERS_A_TOKEN] for first, _ in pairs]
        seconds = [second for _, second in pairs]
        if not pairs:
            return np.zeros((0, len(self.labels)), np.float32)
        room = self._limit - self._tokenizer.num_special_tokens_to_add(pair=True)
        for second in dict.fromkeys(seconds):
            used = len(self._tokenizer(second, add_special_tokens=False)["input_ids"])
            if used >= room:
                raise ConfigError(
                    f"max_tokens={self._limit} leaves no room beside the {used} tokens of "
                    f"{second!r}; set a larger one, or shorten it"
                )
        inputs = self._tokenizer(
            firsts, seconds, truncation="only_first", max_length=self._limit
        )  # fmt: skip
        return self._logits(_rows(inputs))

    def text_logits(self, texts: Sequence[str], windows: int = 1) -> list[tuple[Logits, list[int]]]:
        """For each text the logits of its windows, shape (windows, labels), and their tokens.

        A text is read in up to `windows` consecutive parts; what is left after them is left out.
        """
        self._opened()
        inputs: list[dict[str, list[int]]] = []
        counts = []
        for text in texts:
            encoding = self._tokenizer(
                text[: self._limit * windows * CHARACTERS_A_TOKEN],
                truncation=True,
                max_length=self._limit,
                return_overflowing_tokens=windows > 1,
            )
            found = _rows(encoding) if windows > 1 else [dict(encoding)]
            counts.append(len(found[:windows]))
            inputs += found[:windows]
        logits, lengths = self._logits(inputs), [len(row["input_ids"]) for row in inputs]
        ends = np.cumsum(counts, dtype=int).tolist()
        return [
            (logits[end - count : end], lengths[end - count : end])
            for end, count in zip(ends, counts, strict=True)
        ]

    def _logits(self, rows: Sequence[Mapping[str, list[int]]]) -> Logits:
        import torch

        model = self._opened()
        names = [name for name in self._tokenizer.model_input_names if name in (rows or [{}])[0]]
        logits = np.zeros((len(rows), len(self.labels)), np.float32)
        for batch in batches([len(row["input_ids"]) for row in rows], self.batch_tokens):
            inputs = self._tokenizer.pad(
                {name: [rows[n][name] for n in batch] for name in names}, return_tensors="pt"
            ).to(model.device)
            with torch.inference_mode():
                logits[batch] = model(**inputs).logits.float().cpu().numpy()
        return logits

    def _opened(self) -> Any:
        if self._model is None:
            raise ModelError("the classifier was called before it was opened")
        return self._model

    @cached_property
    def _weights(self) -> Weights:
        return find_weights(self.model)


def _rows(encoding: Mapping[str, Any]) -> list[dict[str, list[int]]]:
    """One mapping for each sequence of an encoding of several."""
    names = [name for name in encoding if name != "overflow_to_sample_mapping"]
    count = len(encoding["input_ids"])
    return [{name: encoding[name][number] for name in names} for number in range(count)]


def _check_is_classifier(weights: Weights, config: Any) -> None:
    """transformers would put a head of random numbers on any model without one."""
    named = config.architectures or []
    if not any(name.endswith("ForSequenceClassification") for name in named):
        raise ModelError(
            f"model {weights.name}: is no sequence classifier: its config.json names "
            f"{', '.join(named) or 'no architecture'}"
        )
