"""Decision models: typed questions about a text in, a probability for each allowed answer out.

The questions and answers of the System One protocol (https://api.typesafe.ai/openapi.json; vLLM,
Ollama, `transformers serve` and others speak it) as far as they are used here: `choice` and `noul`,
which is yes or no.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

from pipeline.engines.base import Failure, OneModelEngine


@dataclass(frozen=True, slots=True)
class Question:
    """With `options` one of them is to be chosen; without, the answer is yes or no."""

    instructions: str
    options: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The question of a request."""
        if not self.options:
            return {"type": "noul", "instructions": self.instructions}
        criteria = dict.fromkeys(self.options)
        return {"type": "choice", "instructions": self.instructions, "criteria": criteria}


YES = "true"

Answers: TypeAlias = Mapping[str, Mapping[str, float]]
"""By the question's name the probability of each option; of `YES` for yes or no."""


@runtime_checkable
class DecisionEngine(OneModelEngine, Protocol):
    """Runs a decision model. Results come back in the order of the texts."""

    def decide(
        self, texts: Sequence[str], questions: Mapping[str, Question]
    ) -> list[Answers | Failure]:
        """The answers to all questions about each text, or why there are none.

        Raises:
            ModelError: there are none about any text: a model that cannot, a refused key.
        """
        ...


def read_answers(answers: object, questions: Mapping[str, Question]) -> Answers:
    """The probabilities in the `answers` of a response.

    Raises:
        ValueError: an answer is missing, of another type, or no probabilities of the options.
    """
    if not isinstance(answers, Mapping):
        raise ValueError("has no answers")
    read: dict[str, dict[str, float]] = {}
    for name, question in questions.items():
        answer = answers.get(name)
        if not isinstance(answer, Mapping):
            raise ValueError(f"has no answer to {name!r}")
        if question.options:
            found, options = answer.get("probabilities"), question.options
        else:
            found, options = {YES: answer.get("noul")}, (YES,)
        if not isinstance(found, Mapping):
            raise ValueError(f"has no probabilities in the answer to {name!r}")
        read[name] = {option: _probability(found.get(option), name, option) for option in options}
    return read


def _probability(value: object, name: str, option: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"has no probability of {option!r} in the answer to {name!r}")
    if not (math.isfinite(value) and 0 <= value <= 1.001):  # sums are rounded by some
        raise ValueError(f"has {value} for {option!r} in the answer to {name!r}")
    return min(float(value), 1.0)
