"""The portable engine: any causal or seq2seq model that transformers loads, on any device."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from pydantic import PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.engines.base import Generation, GenerationSettings, Prompt, chat_messages
from pipeline.engines.hardware import cpu_precision
from pipeline.engines.models import Weights
from pipeline.engines.pretrained import load_config, load_model, load_tokenizer
from pipeline.errors import ModelError
from pipeline.schema import PLUGIN

if TYPE_CHECKING:
    import torch

_LOG = logging.getLogger(__name__)

_DEFAULT_CONTEXT = 1024
_TOKEN_IDS = ("bos_token_id", "eos_token_id", "decoder_start_token_id", "forced_bos_token_id")
_INSANE_LENGTH = 10**9
"""transformers writes 10**30 as `model_max_length` where the tokenizer states none."""


@dataclass(config=PLUGIN)
class TransformersEngine:
    """Length-sorted static batches with at most `batch_tokens` padded tokens each.

    `device` is a torch device or `auto` (CUDA, else MPS, else CPU). `precision` `auto` is bf16 on
    CUDA and on CPUs that have it, else f32.
    """

    device: str = "auto"
    precision: Literal["auto", "bf16", "f32"] = "auto"
    batch_tokens: PositiveInt = 8192

    def __post_init__(self) -> None:
        self._model: Any = None
        self._tokenizer: Any = None
        self._token_ids: dict[str, Any] = {}
        self._context = _DEFAULT_CONTEXT

    def identity(self) -> Mapping[str, str]:
        return {"engine": "transformers", "precision": self._precision(self._device())}

    @property
    def context_tokens(self) -> int:
        return self._context

    def open(self, weights: Weights) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, GenerationConfig

        device = self._device()
        dtype = torch.bfloat16 if self._precision(device) == "bf16" else torch.float32
        tokenizer, config = load_tokenizer(weights), load_config(weights)
        auto = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM
        model = load_model(auto, weights, config, dtype)
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token
        tokenizer.padding_side = "right" if config.is_encoder_decoder else "left"
        # `generate` would fill whatever is not set from here, such as the checkpoint's own
        # repetition penalty. Only its token ids are facts about the model.
        ids = {name: getattr(model.generation_config, name, None) for name in _TOKEN_IDS}
        ids["eos_token_id"] = ids["eos_token_id"] or tokenizer.eos_token_id
        self._token_ids = {**ids, "pad_token_id": tokenizer.pad_token_id}
        model.generation_config = GenerationConfig()
        self._tokenizer = tokenizer
        self._model = model.to(device)
        self._context = self._limit(weights.context_tokens, config, tokenizer)

    def count_tokens(self, text: str) -> int:
        return len(self._tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])

    def count_prompt_tokens(self, prompt: Prompt) -> int:
        return len(self._encode(prompt))

    def generate(self, prompts: Sequence[Prompt], settings: GenerationSettings) -> list[Generation]:
        encoded = [self._encode(prompt) for prompt in prompts]
        results: dict[int, Generation] = {}
        for batch in self._batches([len(ids) for ids in encoded], settings):
            written = self._run_in_memory([encoded[n] for n in batch], settings)
            results |= zip(batch, written, strict=True)
        return [results[number] for number in range(len(prompts))]

    def _run_in_memory(
        self, ids: Sequence[Sequence[int]], settings: GenerationSettings
    ) -> list[Generation]:
        """The batch, in halves where the device's memory is too small for it.

        Raises:
            torch.OutOfMemoryError: it is too small for a single text.
        """
        import torch

        try:
            return self._run(ids, settings)
        except torch.OutOfMemoryError:
            if len(ids) == 1:
                raise
        # Outside of the handler: what failed is held by its traceback until then.
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        half = len(ids) // 2
        _LOG.warning("out of memory on a batch of %d: working on halves", len(ids))
        return [
            generation
            for part in (ids[:half], ids[half:])
            for generation in self._run_in_memory(part, settings)
        ]

    def _run(self, ids: Sequence[Sequence[int]], settings: GenerationSettings) -> list[Generation]:
        import torch
        from transformers import GenerationConfig

        tokenizer, model = self._tokenizer, self._model
        inputs = tokenizer.pad({"input_ids": list(ids)}, return_tensors="pt").to(model.device)
        config = GenerationConfig(
            max_new_tokens=settings.max_new_tokens,
            min_new_tokens=settings.min_new_tokens,
            do_sample=False,
            num_beams=settings.beams,
            length_penalty=settings.length_penalty,
            no_repeat_ngram_size=settings.no_repeat_ngram,
            early_stopping=settings.beams > 1,
            **self._token_ids,
        )
        more = {}
        if model.config.model_type == "led":
            # Longformer attention: the first token sees and is seen by all (Beltagy et al. 2020).
            more["global_attention_mask"] = torch.zeros_like(inputs["input_ids"])
            more["global_attention_mask"][:, 0] = 1
        with torch.inference_mode():
            out = model.generate(
                input_ids=inputs["input_ids"],
                attention_mask=inputs["attention_mask"],
                generation_config=config,
                **more,
            )
        # A decoder's output begins with its start token, a causal model's with the prompt.
        begin = 1 if model.config.is_encoder_decoder else inputs["input_ids"].shape[1]
        out = out[:, begin:]
        return [self._generation(row, len(given)) for row, given in zip(out, ids, strict=True)]

    def _generation(self, row: torch.Tensor, prompt_tokens: int) -> Generation:
        ends = self._token_ids["eos_token_id"]
        ends = set(ends) if isinstance(ends, list) else {ends}
        tokens = row.tolist()
        end = next((n for n, token in enumerate(tokens) if token in ends), None)
        kept = tokens if end is None else tokens[:end]
        text = self._tokenizer.decode(kept, skip_special_tokens=True)
        return Generation(text, end is not None, len(kept), prompt_tokens)

    def _encode(self, prompt: Prompt) -> list[int]:
        tokenizer = self._tokenizer
        if not (prompt.chat and tokenizer.chat_template):
            text = "\n\n".join(part for part in (prompt.system, prompt.user) if part)
            return list(tokenizer(text)["input_ids"])
        messages = chat_messages(prompt, tokenizer.all_special_tokens)
        try:
            rendered = tokenizer.apply_chat_template(
                messages, add_generation_prompt=True, tokenize=False
            )
        except Exception as error:  # the template is a program of the model's, in a sandbox
            reason = (str(error).splitlines() or [repr(error)])[0]
            raise ModelError(
                f"the model's chat template failed ({reason}); leave out the system prompt, "
                "summarizer.system=null, or the template, summarizer.chat_template=false"
            ) from error
        return list(tokenizer(rendered, add_special_tokens=False)["input_ids"])

    def _batches(self, lengths: Sequence[int], settings: GenerationSettings) -> Iterator[list[int]]:
        """Indices by falling length, so that padding is least and the largest batch comes first."""
        batch: list[int] = []
        new_tokens = settings.max_new_tokens
        longest = 0
        for number in sorted(range(len(lengths)), key=lambda n: (-lengths[n], n)):
            longest = max(longest, lengths[number] + new_tokens)
            if batch and longest * (len(batch) + 1) * settings.beams > self.batch_tokens:
                yield batch
                batch, longest = [], lengths[number] + new_tokens
            batch.append(number)
        if batch:
            yield batch

    def _device(self) -> str:
        if self.device != "auto":
            return self.device
        import torch

        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"

    def _precision(self, device: str) -> str:
        if self.precision == "auto" and device.startswith("cuda"):
            return "bf16"
        return cpu_precision(self.precision)

    @staticmethod
    def _limit(stated: int | None, config: Any, tokenizer: Any) -> int:
        limits = [
            stated,
            getattr(config, "max_encoder_position_embeddings", None)
            or getattr(config, "max_position_embeddings", None),
            tokenizer.model_max_length if tokenizer.model_max_length < _INSANE_LENGTH else None,
        ]
        return min((limit for limit in limits if limit), default=_DEFAULT_CONTEXT)
