"""Decision models behind a server that has `/systemone`: vLLM, Ollama, `transformers serve`, or a
hosted one.

Request: `{"model", "state", "questions": {name: question}}`; response: `{"model", "answers": {name:
answer}, "usage"}` (https://docs.vllm.ai, Structured Decisions; https://api.typesafe.ai/openapi.json).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Annotated, ClassVar

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.engines.base import Failure, Prompt, chat_messages
from pipeline.engines.classifiers.decisions import Answers, Question, read_answers
from pipeline.engines.generation.server import BYTES_A_TOKEN, CONTROL_TOKEN
from pipeline.engines.http import PATIENCE, Client, Endpoint, PassingError, RequestError


@dataclass(config=PLUGIN)
class ServerDecisions:
    """Each text goes with all questions to `url`/systemone, `concurrency` at a time.

    A request has `timeout_seconds`; what fails for the moment is tried `retries` more times, at
    first after about `backoff_seconds`, then after twice as long each time or as long as the server
    asks for. The key is read from the environment variable named `api_key_env`, where it is set.
    `max_tokens` is how much of a text is sent; its tokens are estimated, rather too many.
    """

    model: str
    url: str = field(default="http://localhost:8000/v1", repr=False)
    api_key_env: Annotated[str, Field(pattern="^([A-Z0-9_]+_)?API_KEY$")] = "SYSTEMONE_API_KEY"
    max_tokens: PositiveInt = 4096
    concurrency: PositiveInt = 8
    timeout_seconds: PositiveFloat = 60.0
    retries: NonNegativeInt = 4
    backoff_seconds: NonNegativeFloat = 1.0
    performance_fields: ClassVar[frozenset[str]] = PATIENCE

    def __post_init__(self) -> None:
        self._endpoint = Endpoint(
            self.url, self.api_key_env, self.timeout_seconds, self.retries, self.backoff_seconds
        )

    def identity(self) -> Mapping[str, str]:
        return {"model": self.model, "engine": "systemone-1", "url": self._endpoint.shown}

    def open(self) -> None:
        """There is nothing to load."""

    def decide(
        self, texts: Sequence[str], questions: Mapping[str, Question]
    ) -> list[Answers | Failure]:
        def ask(client: Client, text: str) -> Answers | Failure:
            return self._decided(client, text, questions)

        return self._endpoint.each(texts, ask, self.concurrency)

    def _decided(
        self, client: Client, text: str, questions: Mapping[str, Question]
    ) -> Answers | Failure:
        def read(answer: Mapping[str, object]) -> Answers:
            try:
                return read_answers(answer.get("answers"), questions)
            except ValueError as error:
                raise PassingError(f"{self._endpoint.shown}: the answer {error}") from None

        body: dict[str, object] = {
            "model": self.model,
            "state": self._state(text),
            "questions": {name: question.as_json() for name, question in questions.items()},
        }
        try:
            return client.post("/systemone", body, read)
        except RequestError as error:
            reason = f"the server decided nothing: {error}"
            return Failure(reason, f"{type(error).__name__}: {error}")

    def _state(self, text: str) -> str:
        """The text's beginning, in which no mark of a chat template stands."""
        most = self.max_tokens * BYTES_A_TOKEN
        cut = text[:most].encode("utf-8", "replace")[:most].decode("utf-8", "ignore")
        marks = dict.fromkeys(CONTROL_TOKEN.findall(cut))
        return chat_messages(Prompt(cut), marks)[-1]["content"]
