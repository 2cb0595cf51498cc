"""What an engine offers: prompts in and texts out, or texts in and vectors out. Nothing of news."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from pipeline.core.errors import ConfigError


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

    `samples` is the number of texts a prompt. A `temperature` above 0 draws each token by chance
    from the likeliest with `top_p` of the probability together (Holtzman et al. 2020); the same
    `seed` draws the same texts. Without one, several samples are the best of as many beams.

    Raises:
        ConfigError: the settings exclude each other.
    """

    max_new_tokens: int
    min_new_tokens: int = 0
    beams: int = 1
    length_penalty: float = 1.0
    no_repeat_ngram: int = 0
    samples: int = 1
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.samples < 1:
            raise ConfigError(f"samples={self.samples}: at least 1")
        if self.temperature < 0 or not 0 < self.top_p <= 1:
            raise ConfigError(
                f"temperature={self.temperature} top_p={self.top_p}: the one is at least 0, the "
                "other above 0 and at most 1"
            )
        if self.sampled and self.beams > 1:
            raise ConfigError(
                f"beams={self.beams} temperature={self.temperature}: beams are searched, not "
                "drawn; set beams=1 or temperature=0"
            )
        if not self.sampled and self.samples > self.beams:
            raise ConfigError(
                f"samples={self.samples} temperature=0: greedy search has one text a prompt; set a "
                f"temperature, or beams={self.samples}"
            )

    @property
    def sampled(self) -> bool:
        """Whether tokens are drawn by chance."""
        return self.temperature > 0


@dataclass(frozen=True, slots=True)
class Generation:
    """A generated text; `finished` is false when it ran into `max_new_tokens`.

    `prompt_tokens` and `new_tokens` are what the model read and wrote for it. Samples of a prompt
    share its reading: the first counts it, the others have 0. `log_probability` is the natural
    logarithm of its chance among what could be drawn, None where the engine does not tell.
    """

    text: str
    finished: bool
    new_tokens: int
    prompt_tokens: int = 0
    log_probability: float | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a prompt got no text while others may have: `reason` says it in words, `error` is the
    exception's type and message."""

    reason: str
    error: str


Written: TypeAlias = list[Generation] | Failure
"""What comes of one prompt: its `samples` texts, in an order that means nothing, or why not."""

Setting: TypeAlias = str | int | float | bool | list[int] | None


@runtime_checkable
class GenerationEngine(Protocol):
    """Runs a text generation model, which it finds by name. Results come back in the order of the
    prompts."""

    def identity(self, model: str) -> Mapping[str, str]:
        """What decides the output besides the prompts and settings: the model with the digest of
        its weights or the server that keeps it, the engine, its precision. Callable before `open`.

        Raises:
            ModelError: there is no such model.
        """
        ...

    def label(self, model: str) -> str:
        """The model's name and revision in short, for the row it wrote: `name@revision`."""
        ...

    def open(self, model: str) -> None:
        """Load the model, or begin to: then its first use waits.

        Raises:
            ModelError: there is no such model, or not one for this engine; at the first use at the
                latest.
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

    def generate(self, prompts: Sequence[Prompt], settings: GenerationSettings) -> list[Written]:
        """The samples of every prompt. The same call gives the same texts, in another process too.

        Raises:
            ConfigError: the engine cannot do what `settings` ask for.
            ModelError: no prompt can get a text: a model that cannot be loaded, a refused key.
        """
        ...

    def effective(self, settings: GenerationSettings) -> Mapping[str, Setting]:
        """Everything that `generate` hands to the model for these settings, by the engine's own
        names, for the record: token ids that end a text, precision and device among it. After
        `open`."""
        ...


@runtime_checkable
class OneModelEngine(Protocol):
    """Runs the model that it was constructed with."""

    def identity(self) -> Mapping[str, str]:
        """What decides the results besides the config: weights, precision. Before `open` too.

        Raises:
            ModelError: there is no such model.
        """
        ...

    def open(self) -> None:
        """Load the model; a second call does nothing.

        Raises:
            ModelError: it is missing, has another digest than its card, or is of no use here.
        """
        ...


@runtime_checkable
class EmbeddingEngine(OneModelEngine, Protocol):
    """Runs a sentence encoder."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of length 1, shape (texts, dimensions); text past the limit is left out."""
        ...


@runtime_checkable
class PairEngine(OneModelEngine, Protocol):
    """Runs a model that reads two texts together."""

    def logits(self, firsts: Sequence[str], seconds: Sequence[str]) -> NDArray[np.float32]:
        """One for each pair of texts; text past the limit is left out."""
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


def derived_seed(seed: int, text: str) -> int:
    """A seed for drawing what follows `text`, so that its draws are its own. It has 31 bits, which
    every generator of random numbers takes."""
    return int.from_bytes(hashlib.sha256(f"{seed}\n{text}".encode()).digest()[:4], "big") >> 1
