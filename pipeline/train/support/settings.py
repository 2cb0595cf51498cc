"""What `dateline train-support` is told."""

from __future__ import annotations

from dataclasses import field

from pydantic import NonNegativeInt, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.summarize.support.model import BASE
from pipeline.train.files import Files

SHIPPED = "shipped"


@dataclass(config=PLUGIN)
class SupportTraining:
    """The section `training`: how the cross-encoder is trained on judged sentences."""

    passes: PositiveInt = 4
    rate: PositiveFloat = 4e-5
    frozen: NonNegativeInt = 2
    seed: int = 1


@dataclass(config=PLUGIN)
class TrainSupportSettings:
    """`configs/train-support.yaml`, but for what belongs to Hydra."""

    pairs: Files
    to: str
    base: str = BASE
    start: str | None = SHIPPED
    data: str = ""
    training: SupportTraining = field(default_factory=SupportTraining)
