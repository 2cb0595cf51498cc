"""What `dateline train-summarizer` is told."""

from __future__ import annotations

from pydantic import NonNegativeInt, PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.train.summarizer.adapter import AdapterSettings


@dataclass(config=PLUGIN)
class TrainSettings:
    """`configs/train-summarizer.yaml`, but for what belongs to Hydra. Lengths are in tokens."""

    pairs: str
    to: str
    model: str
    start: str | None
    prompt: str
    chat_template: bool
    instructions: dict[str, str]
    max_source_tokens: PositiveInt
    max_answer_tokens: PositiveInt
    rouge_pairs: NonNegativeInt
    training: AdapterSettings
