"""The engine that asks a server: anything that speaks OpenAI's completion protocols, such as vLLM,
SGLang, the server of llama.cpp or a hosted one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Annotated, ClassVar

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.core.errors import ConfigError, ModelError
from pipeline.engines.base import (
    Failure,
    Generation,
    GenerationSettings,
    Prompt,
    Setting,
    Written,
    chat_messages,
    derived_seed,
)
from pipeline.engines.http import PATIENCE, Client, Endpoint, PassingError, RequestError

BYTES_A_TOKEN = 3
"""Of UTF-8, rounded down: vocabularies in use have four to five in English, three in Chinese."""

_TEMPLATE_TOKENS = 32
"""Room for the words and marks of a chat template."""

CONTROL_TOKEN = re.compile(r"<[^<>\s]+>|\[/?[A-Z_]+\]")
"""What control tokens look like, since the server's are unknown: `<|im_end|>`, `</s>`, `[INST]`."""


@dataclass(config=PLUGIN)
class ServerEngine:
    """Prompts go to `url`, `concurrency` at a time: to `/chat/completions`, or to `/completions`
    those without a chat template.

    A request has `timeout_seconds`; what fails for the moment is tried `retries` more times, at
    first after about `backoff_seconds`, then after twice as long each time or as long as the server
    asks for. The key is read from the environment variable named `api_key_env`, where it is set.
    `context_tokens` is the context that the server gives the model; tokens of a text are estimated,
    rather too many than too few.

    Whether the same seed gives the same texts is for the server to keep, and so is what it takes
    from the model's own generation settings (vLLM: `--generation-config vllm` for nothing).
    """

    url: str = field(default="http://localhost:8000/v1", repr=False)
    api_key_env: Annotated[str, Field(pattern="^([A-Z0-9_]+_)?API_KEY$")] = "OPENAI_API_KEY"
    context_tokens: PositiveInt = 8192
    concurrency: PositiveInt = 8
    timeout_seconds: PositiveFloat = 120.0
    retries: NonNegativeInt = 4
    backoff_seconds: NonNegativeFloat = 1.0
    performance_fields: ClassVar[frozenset[str]] = PATIENCE

    def __post_init__(self) -> None:
        self._endpoint = Endpoint(
            self.url, self.api_key_env, self.timeout_seconds, self.retries, self.backoff_seconds
        )
        self._model: str | None = None
        self._one_by_one = False

    def identity(self, model: str) -> Mapping[str, str]:
        return {"model": model, "engine": "server-1", "url": self._endpoint.shown}

    def label(self, model: str) -> str:
        return f"{model}@{self._endpoint.host}"

    def open(self, model: str) -> None:
        self._model = model

    def count_tokens(self, text: str) -> int:
        """An estimate that is rarely too low; the server counts for itself."""
        return -(-len(text.encode("utf-8", "replace")) // BYTES_A_TOKEN)

    def count_prompt_tokens(self, prompt: Prompt) -> int:
        return (
            self.count_tokens(prompt.user)
            + self.count_tokens(prompt.system or "")
            + (_TEMPLATE_TOKENS if prompt.chat else 1)
        )

    def generate(self, prompts: Sequence[Prompt], settings: GenerationSettings) -> list[Written]:
        if settings.beams > 1 or settings.no_repeat_ngram or settings.min_new_tokens:
            raise ConfigError(
                "engine=server has no beams, no_repeat_ngram and min_new_tokens; set "
                "summarizer.beams=1 summarizer.no_repeat_ngram=0 summarizer.min_new_tokens=0"
            )
        body = self._body(settings)

        def ask(client: Client, prompt: Prompt) -> Written:
            return self._written(client, body, prompt, settings)

        return self._endpoint.each(prompts, ask, self.concurrency)

    def effective(self, settings: GenerationSettings) -> Mapping[str, Setting]:
        return {"url": self._endpoint.shown, **self._body(settings)}

    def _body(self, settings: GenerationSettings) -> dict[str, Setting]:
        """What all requests have in common."""
        if self._model is None:
            raise ModelError("the engine was called before it was opened")
        body: dict[str, Setting] = {
            "model": self._model,
            "max_tokens": settings.max_new_tokens,
            "temperature": settings.temperature,
            "n": settings.samples,
        }
        if settings.sampled:
            body |= {"top_p": settings.top_p, "seed": settings.seed}
        return body

    def _written(
        self,
        client: Client,
        common: Mapping[str, Setting],
        prompt: Prompt,
        settings: GenerationSettings,
    ) -> Written:
        body: dict[str, object] = dict(common)
        if prompt.chat:
            text = f"{prompt.system or ''}\n{prompt.user}"
            body["messages"] = chat_messages(prompt, dict.fromkeys(CONTROL_TOKEN.findall(text)))
        else:
            body["prompt"] = "\n\n".join(part for part in (prompt.system, prompt.user) if part)
        path = "/chat/completions" if prompt.chat else "/completions"
        written: list[Generation] = []
        seed = derived_seed(settings.seed, f"{prompt.system or ''}\n{prompt.user}")
        try:
            while len(written) < settings.samples:
                if settings.sampled:
                    # One for each request, should the server not give all samples in one answer.
                    body["seed"] = derived_seed(seed, str(len(written))) if written else seed
                left = settings.samples - len(written)
                written += self._asked(client, path, body, prompt, left)[:left]
        except RequestError as error:
            reason = f"the server gave no text: {error}"
            return Failure(reason, f"{type(error).__name__}: {error}")
        return written

    def _asked(
        self, client: Client, path: str, body: Mapping[str, object], prompt: Prompt, samples: int
    ) -> list[Generation]:
        """Up to `samples` texts; one from a server that has no more in one answer."""

        def read(answer: Mapping[str, object]) -> list[Generation]:
            return self._generations(answer, prompt)

        if samples > 1 and not self._one_by_one:
            try:
                return client.post(path, {**body, "n": samples}, read)
            except PassingError:
                raise
            except RequestError:
                # It may be `n` that the server does not know; then it has to do without.
                written = client.post(path, {**body, "n": 1}, read)
                self._one_by_one = True
                return written
        return client.post(path, {**body, "n": 1}, read)

    def _generations(self, answer: Mapping[str, object], prompt: Prompt) -> list[Generation]:
        choices = answer.get("choices")
        if not isinstance(choices, list) or not choices:
            raise PassingError(f"{self._endpoint.shown}: the answer has no choices")
        texts = [self._text(choice) for choice in choices]
        usage = answer.get("usage")
        counts = usage if isinstance(usage, dict) else {}
        read = _count(counts.get("prompt_tokens"))
        wrote = _count(counts.get("completion_tokens"))
        if read is None:
            read = self.count_prompt_tokens(prompt)
        new = [self.count_tokens(text) for text, _ in texts]
        if wrote is not None:  # of all choices together
            each, rest = divmod(wrote, len(texts))
            new = [each + (number < rest) for number in range(len(texts))]
        return [
            Generation(text, finished, new[number], 0 if number else read)
            for number, (text, finished) in enumerate(texts)
        ]

    def _text(self, choice: object) -> tuple[str, bool]:
        """A choice's text and whether the model ended it; a refusal has no text."""
        if isinstance(choice, dict):
            message = choice.get("message")
            text = message.get("content") or "" if isinstance(message, dict) else choice.get("text")
            if isinstance(text, str):
                return text, choice.get("finish_reason") == "stop"
        raise PassingError(f"{self._endpoint.shown}: the answer has a choice without a text")


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None
