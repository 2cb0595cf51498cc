"""Decision models on this machine, by the `decision` pipeline of transformers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.core.errors import ConfigError, ModelError
from pipeline.engines.base import Failure
from pipeline.engines.classifiers.classifier import CHARACTERS_A_TOKEN
from pipeline.engines.classifiers.decisions import Answers, Question, read_answers
from pipeline.engines.hardware import torch_device, torch_precision
from pipeline.engines.weights.models import find_weights
from pipeline.engines.weights.pretrained import load_decisions, token_limit


@dataclass(config=PLUGIN)
class LocalDecisions:
    """A model with a decision head, or any causal one: then the next token's probabilities of the
    options' letters count. One prompt for each question, unless the model's template joins them.

    `max_tokens` is how much of a text is read, less where the model's context is smaller.
    """

    model: str
    max_tokens: PositiveInt = 1024
    device: str = "auto"
    precision: Literal["auto", "bf16", "f32"] = "auto"

    def __post_init__(self) -> None:
        self._pipeline: Any = None

    def identity(self) -> Mapping[str, str]:
        weights = find_weights(self.model)
        precision = torch_precision(self.precision, torch_device(self.device))
        return {**weights.identity(), "engine": "decision-1", "precision": precision}

    def open(self) -> None:
        if self._pipeline is not None:
            return
        import torch

        device = torch_device(self.device)
        precision = torch_precision(self.precision, device)
        dtype = torch.bfloat16 if precision == "bf16" else torch.float32
        self._pipeline = load_decisions(find_weights(self.model), dtype, device)

    def decide(
        self, texts: Sequence[str], questions: Mapping[str, Question]
    ) -> list[Answers | Failure]:
        import torch

        if self._pipeline is None:
            raise ModelError("the decision model was called before it was opened")
        asked = {name: question.as_json() for name, question in questions.items()}
        room = self._room(asked)
        found: list[Answers | Failure] = []
        for text in texts:
            with torch.inference_mode():
                answers = self._pipeline({"state": self._beginning(text, room), "questions": asked})
            try:
                found.append(read_answers(answers, questions))
            except ValueError as error:  # weights that overflow give no numbers
                found.append(Failure(f"the model's answer {error}", f"ValueError: {error}"))
        return found

    def _room(self, asked: Mapping[str, object]) -> int:
        """Tokens of a text that fit beside the questions."""
        pipeline = self._pipeline
        try:
            prompts = pipeline.preprocess({"state": "", "questions": asked})["prompts"]
            for _, parsed in prompts:
                if not hasattr(pipeline.model, "decide"):
                    for question in parsed:
                        pipeline.label_token_ids(tuple(question.labels))
        except ValueError as error:  # labels that are not tokens, more options than it can
            raise ModelError(f"model {self.model}: cannot be asked this: {error}") from error
        used = max(inputs["input_ids"].shape[-1] for inputs, _ in prompts)
        limit = token_limit(pipeline.model.config, pipeline.tokenizer)
        if limit is not None and used >= limit:
            raise ConfigError(
                f"model {self.model}: the questions take {used} tokens of a context of {limit}"
            )
        return self.max_tokens if limit is None else min(self.max_tokens, limit - used)

    def _beginning(self, text: str, tokens: int) -> str:
        """As much of the text as has so many tokens."""
        text = text[: tokens * CHARACTERS_A_TOKEN]
        encoding = self._pipeline.tokenizer(
            text, add_special_tokens=False, return_offsets_mapping=True, verbose=False
        )
        offsets = encoding["offset_mapping"]
        return text if len(offsets) <= tokens else text[: offsets[tokens - 1][1]]
