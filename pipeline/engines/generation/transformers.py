"""The portable engine: any causal or seq2seq model that transformers loads, on any device."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.engines.base import (
    Generation,
    GenerationSettings,
    Prompt,
    Setting,
    Written,
    derived_seed,
)
from pipeline.engines.batching import batches
from pipeline.engines.generation.chat import encoded
from pipeline.engines.hardware import torch_device, torch_precision
from pipeline.engines.weights.models import find_weights
from pipeline.engines.weights.pretrained import load_config, load_model, load_tokenizer, token_limit

if TYPE_CHECKING:
    import torch
    from transformers import GenerationConfig

_LOG = logging.getLogger(__name__)

_DEFAULT_CONTEXT = 1024
_TOKEN_IDS = ("bos_token_id", "eos_token_id", "decoder_start_token_id", "forced_bos_token_id")


@dataclass(config=PLUGIN)
class TransformersEngine:
    """Length-sorted static batches with at most `batch_tokens` padded tokens each.

    `device` is a torch device or `auto` (CUDA, else MPS, else CPU). `precision` `auto` is bf16 on
    CUDA and on CPUs that have it, else f32.

    Draws of a batch share one generator of random numbers: a text that is drawn depends on the
    company of its prompt, and so on `batch_tokens` and the batches of whoever calls.
    """

    device: str = "auto"
    precision: Literal["auto", "bf16", "f32"] = "auto"
    batch_tokens: PositiveInt = 8192
    performance_fields: ClassVar[frozenset[str]] = frozenset({"batch_tokens"})

    def __post_init__(self) -> None:
        self._model: Any = None
        self._tokenizer: Any = None
        self._token_ids: dict[str, Any] = {}
        self._context = _DEFAULT_CONTEXT

    def identity(self, model: str) -> Mapping[str, str]:
        precision = torch_precision(self.precision, torch_device(self.device))
        return {**find_weights(model).identity(), "engine": "transformers", "precision": precision}

    def label(self, model: str) -> str:
        return find_weights(model).label

    @property
    def context_tokens(self) -> int:
        return self._context

    def open(self, model: str) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, GenerationConfig

        weights = find_weights(model)
        device = torch_device(self.device)
        precision = torch_precision(self.precision, device)
        dtype = torch.bfloat16 if precision == "bf16" else torch.float32
        tokenizer, config = load_tokenizer(weights), load_config(weights)
        auto = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM
        loaded = load_model(auto, weights, config, dtype)
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token
        tokenizer.padding_side = "right" if config.is_encoder_decoder else "left"
        # `generate` would fill whatever is not set from here, such as the checkpoint's own
        # repetition penalty. Only its token ids are facts about the model.
        ids = {name: getattr(loaded.generation_config, name, None) for name in _TOKEN_IDS}
        ids["eos_token_id"] = ids["eos_token_id"] or tokenizer.eos_token_id
        self._token_ids = {**ids, "pad_token_id": tokenizer.pad_token_id}
        loaded.generation_config = GenerationConfig()
        self._tokenizer = tokenizer
        self._model = loaded.to(device)
        limit = token_limit(config, tokenizer, weights.context_tokens)
        self._context = limit or _DEFAULT_CONTEXT

    def count_tokens(self, text: str) -> int:
        return len(self._tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])

    def count_prompt_tokens(self, prompt: Prompt) -> int:
        return len(encoded(self._tokenizer, prompt))

    def generate(self, prompts: Sequence[Prompt], settings: GenerationSettings) -> list[Written]:
        ids = [encoded(self._tokenizer, prompt) for prompt in prompts]
        results: dict[int, list[Generation]] = {}
        for batch in self._batches([len(each) for each in ids], settings):
            written = self._run_in_memory([ids[n] for n in batch], settings)
            results |= zip(batch, written, strict=True)
        return [results[number] for number in range(len(prompts))]

    def effective(self, settings: GenerationSettings) -> Mapping[str, Setting]:
        return {
            "device": str(self._model.device),
            "dtype": str(self._model.dtype).removeprefix("torch."),
            **self._config(settings).to_diff_dict(),
        }

    def _run_in_memory(
        self, ids: Sequence[Sequence[int]], settings: GenerationSettings
    ) -> list[list[Generation]]:
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
            samples
            for part in (ids[:half], ids[half:])
            for samples in self._run_in_memory(part, settings)
        ]

    def _run(
        self, ids: Sequence[Sequence[int]], settings: GenerationSettings
    ) -> list[list[Generation]]:
        import torch

        tokenizer, model = self._tokenizer, self._model
        inputs = tokenizer.pad({"input_ids": list(ids)}, return_tensors="pt").to(model.device)
        more = {}
        if model.config.model_type == "led":
            # Longformer attention: the first token sees and is seen by all (Beltagy et al. 2020).
            more["global_attention_mask"] = torch.zeros_like(inputs["input_ids"])
            more["global_attention_mask"][:, 0] = 1
        forked = [model.device] if model.device.type == "cuda" else []
        given: dict[str, Any] = {key: inputs[key] for key in ("input_ids", "attention_mask")}
        config = self._config(settings)
        with torch.inference_mode(), torch.random.fork_rng(devices=forked):
            torch.manual_seed(derived_seed(settings.seed, repr(ids)))
            if settings.sampled and settings.samples > 1 and not model.config.is_encoder_decoder:
                given |= self._read_once(given, settings.samples)
                config.num_return_sequences = 1
            out = model.generate(**given, generation_config=config, **more)
        # A decoder's output begins with its start token, a causal model's with the prompt.
        begin = 1 if model.config.is_encoder_decoder else inputs["input_ids"].shape[1]
        rows = out[:, begin:].split(settings.samples)
        return [
            [self._generation(row, 0 if n else len(prompt)) for n, row in enumerate(samples)]
            for samples, prompt in zip(rows, ids, strict=True)
        ]

    def _read_once(self, given: Mapping[str, torch.Tensor], samples: int) -> dict[str, Any]:
        """The prompts as often as they have samples, with what the model keeps of reading them.

        `generate` repeats the prompts of a causal model before it reads them; those of an encoder
        and decoder are encoded once.
        """
        ids, mask = given["input_ids"], given["attention_mask"]
        repeated: dict[str, Any] = {
            name: part.repeat_interleave(samples, dim=0) for name, part in given.items()
        }
        if ids.shape[1] > 1:
            # The last token is left: its logits begin each sample.
            read = self._model(
                input_ids=ids[:, :-1],
                attention_mask=mask[:, :-1],
                position_ids=(mask.cumsum(-1) - 1).clamp(min=0)[:, :-1],
                use_cache=True,
                logits_to_keep=1,
            )
            read.past_key_values.batch_repeat_interleave(samples)
            repeated["past_key_values"] = read.past_key_values
        return repeated

    def _config(self, settings: GenerationSettings) -> GenerationConfig:
        from transformers import GenerationConfig

        drawn: dict[str, Any] = {"do_sample": False}
        if settings.sampled:
            drawn = {
                "do_sample": True,
                "temperature": settings.temperature,
                "top_p": settings.top_p,
                "top_k": 0,  # or the library's own default would count
            }
        return GenerationConfig(
            max_new_tokens=settings.max_new_tokens,
            min_new_tokens=settings.min_new_tokens,
            num_return_sequences=settings.samples,
            num_beams=settings.beams,
            length_penalty=settings.length_penalty,
            no_repeat_ngram_size=settings.no_repeat_ngram,
            early_stopping=settings.beams > 1,
            **drawn,
            **self._token_ids,
        )

    def _generation(self, row: torch.Tensor, prompt_tokens: int) -> Generation:
        ends = self._token_ids["eos_token_id"]
        ends = set(ends) if isinstance(ends, list) else {ends}
        tokens = row.tolist()
        end = next((n for n, token in enumerate(tokens) if token in ends), None)
        kept = tokens if end is None else tokens[:end]
        text = self._tokenizer.decode(kept, skip_special_tokens=True)
        return Generation(text, end is not None, len(kept), prompt_tokens)

    def _batches(self, lengths: Sequence[int], settings: GenerationSettings) -> Iterator[list[int]]:
        rows = max(settings.beams, settings.samples)
        whole = [length + settings.max_new_tokens for length in lengths]
        return batches(whole, self.batch_tokens // rows)
