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


class Writer:
    """A model behind an engine, with the prompt, the instructions and the settings for it."""

    def __init__(
        self,
        engine: GenerationEngine,
        model: str,
        prompt: str,
        asked: Asked | None,
        chat: bool,
        settings: GenerationSettings,
        policy: SelectionPolicy,
    ) -> None:
        self._engine, self._model = engine, model
        self._prompt_text, self._asked, self._chat = prompt, asked or {}, chat
        self._greedy, self._policy = settings, policy
        self._tokens = Tokens(0, 0)

    @property
    def tokens(self) -> Tokens:
        """What was spent so far."""
        return self._tokens

    def is_told(self, form: str) -> bool:
        """Whether there is an instruction for the form."""
        return form in self._asked

    def count(self, text: str) -> int:
        """Tokens of a text."""
        return self._engine.count_tokens(text)

    def effective(self) -> Mapping[str, Setting]:
        """What the engine really hands to the model for what is published."""
        return self._engine.effective(self._settings(candidates=True))

    def write(self, asked: Sequence[tuple[str, str]], candidates: bool) -> list[Written]:
        """What the model writes for each text and form: several candidates, or the likeliest."""
        if not asked:
            return []
        prompts = [self._prompt(text, form) for text, form in asked]
        written = self._engine.generate(prompts, self._settings(candidates))
        texts = [
            text for samples in written if not isinstance(samples, Failure) for text in samples
        ]
        self._tokens = Tokens(
            self._tokens.read + sum(text.prompt_tokens for text in texts),
            self._tokens.written + sum(text.new_tokens for text in texts),
        )
        return written

    def budget(self, form: Form, most: int | None) -> int:
        """Tokens of a source text that fit the context beside the prompt and the summary.

        Raises:
            ConfigError: none do.
        """
        new = self._greedy.max_new_tokens
        context = self._engine.context_tokens
        budget = context - self._engine.count_prompt_tokens(self._prompt("", form)) - new
        if budget <= 0:
            raise ConfigError(
                "summarizer: the prompt and max_new_tokens leave no room in a context of "
                f"{context} tokens"
            )
        return min(budget, most or budget)

    def _prompt(self, text: str, form: str) -> Prompt:
        return Prompt(self._prompt_text.replace("{text}", text), self._asked.get(form), self._chat)

    def _settings(self, candidates: bool) -> GenerationSettings:
        policy = self._policy
        if not candidates or policy.samples == 1:
            return self._greedy
        if self._greedy.beams > 1:
            return replace(self._greedy, samples=min(policy.samples, self._greedy.beams))
        return replace(
            self._greedy,
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
