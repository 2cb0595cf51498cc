"""What `dateline train-summarizer` is told."""

from __future__ import annotations

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN


@dataclass(config=PLUGIN)
class AdapterSettings:
    """How to train. Lengths are in tokens, `batch` in examples; one step is one batch.

    The learning rate rises over `warmup` (a share of all steps), then falls as a cosine.
    `patience` is how many epochs may bring no better validation loss.
    """

    rank: PositiveInt = 16
    alpha: PositiveInt = 32
    dropout: NonNegativeFloat = Field(default=0.0, lt=1)
    learning_rate: PositiveFloat = 5e-4
    warmup: NonNegativeFloat = Field(default=0.03, lt=1)
    weight_decay: NonNegativeFloat = 0.0
    epochs: PositiveInt = 2
    batch: PositiveInt = 4
    patience: PositiveInt = 1
    checkpoint_steps: PositiveInt = 50
    validation_examples: PositiveInt = 200
    seed: int = 1


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
