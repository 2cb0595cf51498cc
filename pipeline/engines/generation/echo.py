"""An engine without a model: it gives back words of what it was asked.

For trying a configuration out, and for measuring and torturing all that is around a model.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import NonNegativeFloat, PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.engines.base import Generation, GenerationSettings, Prompt, Setting, Written
from pipeline.engines.weights.models import find_weights

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_NAME = "echo-1"


@dataclass(config=PLUGIN)
class EchoEngine:
    """The first sample of a prompt is its first words, each other begins a sentence later.

    `delay_seconds` are spent on each prompt, as a model would; a word is a token.
    """

    delay_seconds: NonNegativeFloat = 0.0
    context_tokens: PositiveInt = 8192
    performance_fields: ClassVar[frozenset[str]] = frozenset({"delay_seconds"})

    def identity(self, model: str) -> Mapping[str, str]:
        # All but the words is as with a model, so it looks for one too.
        return {**find_weights(model).identity(), "engine": _NAME}

    def label(self, model: str) -> str:
        return find_weights(model).label

    def open(self, model: str) -> None:
        pass

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def count_prompt_tokens(self, prompt: Prompt) -> int:
        return self.count_tokens(f"{prompt.system or ''} {prompt.user}")

    def generate(self, prompts: Sequence[Prompt], settings: GenerationSettings) -> list[Written]:
        return [self._samples(prompt, settings) for prompt in prompts]

    def effective(self, settings: GenerationSettings) -> Mapping[str, Setting]:
        return {"max_new_tokens": settings.max_new_tokens, "samples": settings.samples}

    def _samples(self, prompt: Prompt, settings: GenerationSettings) -> list[Generation]:
        if self.delay_seconds:
            time.sleep(self.delay_seconds)
        sentences = [sentence.split() for sentence in _SENTENCE_END.split(prompt.user)]
        read = self.count_prompt_tokens(prompt)
        generations = []
        for sample in range(settings.samples):
            first = sample % len(sentences)
            words = [word for sentence in sentences[first:] for word in sentence]
            kept = words[: settings.max_new_tokens]
            generations.append(
                Generation(
                    text=" ".join(kept),
                    finished=len(kept) == len(words),
                    new_tokens=len(kept),
                    prompt_tokens=0 if sample else read,
                )
            )
        return generations
