"""What an engine offers: prompts in and texts out, or texts in and vectors out. Nothing of news."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from pipeline.engines.models import Weights


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is asked. With `chat` it is wrapped in the model's chat template if there is
    one; else the model goes on from where the text ends."""

    user: str
    system: str | None = None
    chat: bool = True


@dataclass(frozen=True, slots=True)
class GenerationSettings:
    """How to generate; nothing is inherited from a checkpoint. Lengths are in tokens.

    One beam is greedy search. `length_penalty` above 0 favours longer texts among beams, and no
    sequence of `no_repeat_ngram` tokens comes twice (0: any may).
    """

    max_new_tokens: int
    min_new_tokens: int = 0
    beams: int = 1
    length_penalty: float = 1.0
    no_repeat_ngram: int = 0


@dataclass(frozen=True, slots=True)
class Generation:
    """A generated text; `finished` is false when it ran into `max_new_tokens`.

    `prompt_tokens` and `new_tokens` are what the model read and wrote for it.
    """

    text: str
    finished: bool
    new_tokens: int
    prompt_tokens: int = 0


@runtime_checkable
class GenerationEngine(Protocol):
    """Runs a text generation model. Texts come back in the order of the prompts."""

    def identity(self) -> Mapping[str, str]:
        """What of the engine decides its output: its name and precision. Callable before `open`."""
        ...

    def open(self, weights: Weights) -> None:
        """Load the model, or begin to: then its first use waits.

        Raises:
            ModelError: the weights cannot be loaded by this engine; at the first use at the latest.
        """
        ...

    @property
    def context_tokens(self) -> int:
        """Most tokens of prompt and output together."""
        ...

    def count_tokens(self, text: str) -> int:
        """Tokens of a text without any template or special token."""
        ...

    def count_prompt_tokens(self, prompt: Prompt) -> int:
        """Tokens of a prompt as `generate` would give it to the model."""
        ...

    def generate(self, prompts: Sequence[Prompt], settings: GenerationSettings) -> list[Generation]:
        """One text a prompt.

        Raises:
            ConfigError: the engine cannot do what `settings` ask for.
        """
        ...


@runtime_checkable
class EmbeddingEngine(Protocol):
    """Runs a sentence encoder."""

    def identity(self) -> Mapping[str, str]:
        """What decides the vectors besides the config: weights, precision. Before `open` too."""
        ...

    def open(self) -> None:
        """Load the model; a second call does nothing.

        Raises:
            ModelError: the model is missing or has another digest than its card.
        """
        ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of length 1, shape (texts, dimensions); text past the limit is left out."""
        ...


def chat_messages(prompt: Prompt, control_tokens: Iterable[str]) -> list[dict[str, str]]:
    """The prompt as chat messages in which no control token stands.

    An article that quotes the template's own marks must not be able to end its turn and begin one
    of the system; a space after the first character makes plain text of them.
    """
    parts = {"system": prompt.system or "", "user": prompt.user}
    for token in control_tokens:
        parts = {
            role: text.replace(token, f"{token[0]} {token[1:]}") for role, text in parts.items()
        }
    if not prompt.system:
        del parts["system"]
    return [{"role": role, "content": text} for role, text in parts.items()]
