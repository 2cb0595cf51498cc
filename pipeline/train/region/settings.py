"""What `dateline train-region` is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.train.files import Files


@dataclass(config=PLUGIN)
class RegionTraining:
    """The section `training`: how words are learnt, and from which articles without labels."""

    most_words: PositiveInt = 10_000
    least_articles: PositiveInt = 6
    least_of_country: PositiveInt = 40
    epochs: PositiveInt = 3
    rate: PositiveFloat = 0.05
    penalty: NonNegativeFloat = 1e-6
    silver_weight: PositiveFloat = 0.3
    silver_share: Annotated[float, Field(ge=0, le=1)] = 0.3


@dataclass(config=PLUGIN)
class SetSettings:
    """What a set of rows counts: an article of it for the words, the whole of it for the trees, and
    what of it the thresholds are chosen by."""

    words: PositiveFloat = 1.0
    trees: PositiveFloat = 1.0
    measure: Literal["micro_f1", "accuracy", "none"] = "micro_f1"


Sets = Mapping[str, SetSettings]


@dataclass(config=PLUGIN)
class TrainRegionSettings:
    """`configs/train-region.yaml`, but for what belongs to Hydra."""

    gold: Files
    to: str
    articles: Files | None = None
    silver: Files | None = None
    data: str = ""
    training: RegionTraining = field(default_factory=RegionTraining)
    sets: dict[str, SetSettings] = field(default_factory=dict)
