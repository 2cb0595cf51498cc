"""The default engine on CPUs: OpenVINO GenAI with continuous batching, from a GGUF or an IR."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.core.errors import ConfigError, ModelError
from pipeline.engines.base import (
    Generation,
    GenerationSettings,
    Prompt,
    Setting,
    Written,
    chat_messages,
    derived_seed,
)
from pipeline.engines.hardware import cpu_precision
from pipeline.engines.weights.models import Weights, find_weights

if TYPE_CHECKING:
    import openvino_genai

_DEFAULT_CONTEXT = 2048
"""Tokens, for a model that comes without a card; the least context of the models in use."""

_MOST_TOKENS_A_CHARACTER = 4
"""A character has at most four bytes, and a byte at most one token. The tokenizer cuts what it is
given at the model's context, without a word, so long texts are counted in pieces below it."""

_BLOCK_TOKENS = 32
"""Of a block of the key-value cache on CPUs."""

_CONTROL_TOKEN = re.compile(rb"<[^<>\s]+>")
"""What control tokens look like in the vocabularies of llama.cpp: `<|im_end|>`, `</s>`."""


@dataclass(config=PLUGIN)
class OpenVinoEngine:
    """Continuous batching on the CPU.

    `max_batch_tokens` bounds the tokens of one step (prompts and new ones together),
    `max_sequences` how many texts are written at once, `cache_tokens` the key-value cache, whose
    blocks are never given back: it is what bounds memory. `threads` is the number of CPU threads,
    null for all.
    """

    precision: Literal["auto", "bf16", "f32"] = "auto"
    max_batch_tokens: PositiveInt = 4096
    max_sequences: PositiveInt = 32
    cache_tokens: PositiveInt = 24_576
    threads: PositiveInt | None = None
    performance_fields: ClassVar[frozenset[str]] = frozenset(
        {"cache_tokens", "max_batch_tokens", "max_sequences", "threads"}
    )

    def __post_init__(self) -> None:
        self._loading: Future[openvino_genai.ContinuousBatchingPipeline] | None = None
        self._context = _DEFAULT_CONTEXT
        self._ids = count()

    def identity(self, model: str) -> Mapping[str, str]:
        precision = cpu_precision(self.precision)
        return {**find_weights(model).identity(), "engine": "openvino", "precision": precision}

    def label(self, model: str) -> str:
        return find_weights(model).label

    @property
    def context_tokens(self) -> int:
        return self._context

    def open(self, model: str) -> None:
        """Begins to load; whatever uses the model first waits for it, and has its errors.

        Loading is native code that leaves Python free for the imports of other stages, which take
        as long.
        """
        weights = find_weights(model)
        self._context = weights.context_tokens or _DEFAULT_CONTEXT
        pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="openvino")
        self._loading = pool.submit(self._load, weights)
        pool.shutdown(wait=False)

    def _load(self, weights: Weights) -> openvino_genai.ContinuousBatchingPipeline:
        import openvino_genai as genai

        scheduler = genai.SchedulerConfig()
        scheduler.max_num_batched_tokens = self.max_batch_tokens
        scheduler.max_num_seqs = self.max_sequences
        scheduler.num_kv_blocks = -(-self.cache_tokens // _BLOCK_TOKENS)
        properties: dict[str, object] = {
            "INFERENCE_PRECISION_HINT": cpu_precision(self.precision),
        }
        if self.threads is not None:
            properties["INFERENCE_NUM_THREADS"] = self.threads
        try:
            return genai.ContinuousBatchingPipeline(str(weights.path), scheduler, "CPU", properties)
        except (RuntimeError, LookupError, ValueError) as error:  # as its C++ exceptions arrive
            reason = (str(error).strip().splitlines() or [repr(error)])[-1]
            raise ModelError(
                f"model {weights.name}: OpenVINO cannot load {weights.path} ({reason}); "
                "it reads GGUF files and OpenVINO IR folders, others need engine=transformers"
            ) from error

    def count_tokens(self, text: str) -> int:
        tokenizer = self._opened.get_tokenizer()
        return sum(
            tokenizer.encode(piece, add_special_tokens=False).input_ids.shape[1]
            for piece in _pieces(text, self._context // _MOST_TOKENS_A_CHARACTER)
        )

    def count_prompt_tokens(self, prompt: Prompt) -> int:
        return self.count_tokens(self._render(prompt))

    def generate(self, prompts: Sequence[Prompt], settings: GenerationSettings) -> list[Written]:
        if settings.beams > 1 or settings.no_repeat_ngram:
            raise ConfigError(
                "engine=openvino searches without beams and no_repeat_ngram; use "
                "engine=transformers, or summarizer.beams=1 summarizer.no_repeat_ngram=0"
            )
        pipeline = self._opened
        rendered = [self._render(prompt) for prompt in prompts]
        # Requests are driven step by step instead of by one `generate` call: only a handle tells
        # why a text ended, and Python sees signals between steps. Each has a generator of random
        # numbers of its own, so its draws are the same whatever was generated before or beside it.
        handles = [
            pipeline.add_request(
                next(self._ids), text, self._config(settings, derived_seed(settings.seed, text))
            )
            for text in rendered
        ]
        try:
            while pipeline.has_non_finished_requests():
                pipeline.step()
        except BaseException:
            # What is left in the queue would be worked on by the next call.
            for handle in handles:
                handle.cancel()
            raise
        return [
            self._samples(handle, text, settings)
            for handle, text in zip(handles, rendered, strict=True)
        ]

    def effective(self, settings: GenerationSettings) -> Mapping[str, Setting]:
        config = self._config(settings, settings.seed)
        names = ["max_new_tokens", "min_new_tokens", "do_sample", "num_return_sequences"]
        if settings.sampled:
            names += ["temperature", "top_p", "top_k", "rng_seed"]
        names += ["repetition_penalty", "presence_penalty", "frequency_penalty", "ignore_eos"]
        return {
            "precision": cpu_precision(self.precision),
            **{name: getattr(config, name) for name in names},
            "stop_token_ids": sorted(config.stop_token_ids),
        }

    def _samples(
        self, handle: openvino_genai.GenerationHandle, text: str, settings: GenerationSettings
    ) -> list[Generation]:
        outputs = handle.read_all()
        if len(outputs) != settings.samples:
            raise ModelError(
                f"OpenVINO gave {len(outputs)} of {settings.samples} texts: raise "
                "engine.cache_tokens"
            )
        # They come in the order of a hash table.
        outputs.sort(key=lambda output: (-output.score, output.generated_ids))
        tokenizer, read = self._opened.get_tokenizer(), self.count_tokens(text)
        return [
            Generation(
                text=tokenizer.decode(output.generated_ids),
                finished=output.finish_reason.name == "STOP",
                new_tokens=len(output.generated_ids),
                prompt_tokens=0 if number else read,
                # Greedy search keeps no score.
                log_probability=round(output.score, 4) if settings.sampled else None,
            )
            for number, output in enumerate(outputs)
        ]

    @cached_property
    def _control_tokens(self) -> list[str]:
        vocabulary = self._opened.get_tokenizer().get_vocab()
        return [token.decode() for token in vocabulary if _CONTROL_TOKEN.fullmatch(token)]

    @property
    def _opened(self) -> openvino_genai.ContinuousBatchingPipeline:
        if self._loading is None:
            raise ModelError("the engine was called before it was opened")
        return self._loading.result()

    def _render(self, prompt: Prompt) -> str:
        tokenizer = self._opened.get_tokenizer()
        if not (prompt.chat and tokenizer.chat_template):
            return "\n\n".join(part for part in (prompt.system, prompt.user) if part)
        messages = chat_messages(prompt, self._control_tokens)
        return str(tokenizer.apply_chat_template(messages, add_generation_prompt=True))

    def _config(self, settings: GenerationSettings, seed: int) -> openvino_genai.GenerationConfig:
        import openvino_genai as genai

        config = genai.GenerationConfig()
        config.max_new_tokens = settings.max_new_tokens
        config.min_new_tokens = settings.min_new_tokens
        config.num_return_sequences = settings.samples  # they share the prompt's key-value cache
        config.do_sample = settings.sampled
        if settings.sampled:
            config.temperature, config.top_p = settings.temperature, settings.top_p
            config.rng_seed = seed
        # Left on, the pipeline would wrap the finished prompt in the template a second time.
        config.apply_chat_template = False
        config.set_eos_token_id(self._opened.get_tokenizer().get_eos_token_id())
        return config


def _pieces(text: str, size: int) -> Iterator[str]:
    """The text in parts of at most `size` characters, cut before a space where there is one:
    tokens do not reach over it."""
    start = 0
    while len(text) - start > size:
        cut = text.rfind(" ", start + 1, start + size)
        end = cut if cut > 0 else start + size
        yield text[start:end]
        start = end
    yield text[start:]
