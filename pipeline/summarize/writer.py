"""Asking a generation model for summaries: prompts, settings, costs. Nothing of articles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.core.errors import ConfigError
from pipeline.engines.base import (
    Failure,
    GenerationEngine,
    GenerationSettings,
    Prompt,
    Setting,
    Written,
)
from pipeline.stage import Tokens
from pipeline.summarize.forms import Form
from pipeline.summarize.policy import SelectionPolicy

PASSAGE = "passage"
"""Asks for one sentence that says what a few source sentences say: part of a summary."""

Asked = Mapping[str, str]
"""What a model is told for each form, as system prompt; also for `passage`."""


_NOTHING = Tokens(0, 0)


@dataclass
class Writer:
    """A model behind an engine, with the prompt, the instructions and the settings of the likeliest
    text; `tokens` were spent so far."""

    engine: GenerationEngine
    prompt: str
    asked: Asked
    chat: bool
    settings: GenerationSettings
    policy: SelectionPolicy
    tokens: Tokens = _NOTHING

    def effective(self) -> Mapping[str, Setting]:
        """What the engine really hands to the model for what is published."""
        return self.engine.effective(self._settings(candidates=True))

    def write(self, asked: Sequence[tuple[str, str]], candidates: bool) -> list[Written]:
        """What the model writes for each text and form: several candidates, or the likeliest."""
        if not asked:
            return []
        prompts = [self._prompt(text, form) for text, form in asked]
        written = self.engine.generate(prompts, self._settings(candidates))
        texts = [
            text for samples in written if not isinstance(samples, Failure) for text in samples
        ]
        self.tokens = Tokens(
            self.tokens.read + sum(text.prompt_tokens for text in texts),
            self.tokens.written + sum(text.new_tokens for text in texts),
        )
        return written

    def budget(self, form: Form, most: int | None) -> int:
        """Tokens of a source text that fit the context beside the prompt and the summary. Raises
        `ConfigError` if none do."""
        new = self.settings.max_new_tokens
        context = self.engine.context_tokens
        budget = context - self.engine.count_prompt_tokens(self._prompt("", form)) - new
        if budget <= 0:
            raise ConfigError(
                "summarizer: the prompt and max_new_tokens leave no room in a context of "
                f"{context} tokens"
            )
        return min(budget, most or budget)

    def _prompt(self, text: str, form: str) -> Prompt:
        return Prompt(self.prompt.replace("{text}", text), self.asked.get(form), self.chat)

    def _settings(self, candidates: bool) -> GenerationSettings:
        policy = self.policy
        if not candidates or policy.samples == 1:
            return self.settings
        if self.settings.beams > 1:
            return replace(self.settings, samples=min(policy.samples, self.settings.beams))
        return replace(
            self.settings,
            samples=policy.samples,
            temperature=policy.temperature,
            top_p=policy.top_p,
            seed=policy.seed,
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """What a model wrote of an article: candidates or a failure, and source tokens unread."""

    written: Written
    dropped: int
