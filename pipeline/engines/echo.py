"""An engine without a model: it gives back the first words of what it was asked.

For trying a configuration out, and for measuring and torturing all that is around a model.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from pydantic import NonNegativeFloat, PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.engines.base import Generation, GenerationSettings, Prompt
from pipeline.engines.models import Weights
from pipeline.schema import PLUGIN


@dataclass(config=PLUGIN)
class EchoEngine:
    """`delay_seconds` are spent on each prompt, as a model would; a word is a token."""

    delay_seconds: NonNegativeFloat = 0.0
    context_tokens: PositiveInt = 8192

    def identity(self) -> Mapping[str, str]:
        return {"engine": "echo-1"}

    def open(self, weights: Weights) -> None:
        pass

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def count_prompt_tokens(self, prompt: Prompt) -> int:
        return self.count_tokens(f"{prompt.system or ''} {prompt.user}")

    def generate(self, prompts: Sequence[Prompt], settings: GenerationSettings) -> list[Generation]:
        return [self._generation(prompt, settings) for prompt in prompts]

    def _generation(self, prompt: Prompt, settings: GenerationSettings) -> Generation:
        if self.delay_seconds:
            time.sleep(self.delay_seconds)
        words = prompt.user.split()
        kept = words[: settings.max_new_tokens]
        return Generation(
            text=" ".join(kept),
            finished=len(kept) == len(words),
            new_tokens=len(kept),
            prompt_tokens=self.count_prompt_tokens(prompt),
        )
