"""What `dateline tune` is told: its own keys, and which words of the command line are a run's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Literal

from pydantic import Field, NonNegativeInt, PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN, RENAMED

Direction = Literal["maximize", "minimize"]
Sampler = Literal["auto", "grid", "random", "tpe"]
Launcher = Literal["local", "joblib", "submitit"]
Tracker = Literal["none", "mlflow", "tensorboard"]

DEFAULT_TRIALS = 30

_GROUP = "sweep"


@dataclass(config=PLUGIN)
class SweepSettings:
    """A ready search: see `configs/sweep/`.

    `params` are keys or groups of the run's configuration with their values as Hydra's sweeps
    write them; `overrides` belong to every job and to the best configuration, `job_overrides` only
    to the jobs: what the objective does not need is switched off there.
    """

    params: dict[str, str | int | float | bool]
    objective: str | None = None
    direction: Direction | None = None
    overrides: list[str] = Field(default_factory=list)
    job_overrides: list[str] = Field(default_factory=list)
    sampler: Sampler | None = None
    trials: PositiveInt | None = None


@dataclass(config=PLUGIN)
class TuneSettings:
    """See `configs/tune.yaml`; null is the sweep's own, where it has such a key."""

    gold: str
    name: str | None = None
    folder: str = "tune"
    split: str | None = None
    objective: str | None = None
    direction: Direction | None = None
    sampler: Sampler | None = None
    trials: PositiveInt | None = None
    seed: NonNegativeInt = 1
    evaluate: dict[str, object] = Field(default_factory=lambda: dict[str, object](baselines=False))
    launcher: Launcher = "local"
    workers: PositiveInt = 2
    submitit: dict[str, object] = Field(default_factory=dict)
    tracker: Tracker = "none"
    sweep: SweepSettings | None = None

    def own(self) -> SweepSettings:
        """The sweep with what was given beside it in its place."""
        base = self.sweep or SweepSettings(params={})
        return SweepSettings(
            params=base.params,
            objective=self.objective or base.objective,
            # The direction of another objective says nothing of this one.
            direction=self.direction or (None if self.objective else base.direction),
            overrides=base.overrides,
            job_overrides=base.job_overrides,
            sampler=self.sampler or base.sampler,
            trials=self.trials or base.trials,
        )


def parted(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """The overrides that are tune's own, and those of the run."""
    own: list[str] = []
    run: list[str] = []
    keys = {field.name for field in fields(TuneSettings)} | RENAMED.keys()
    for word in words:
        key = word.partition("=")[0].lstrip("+~")
        mine = key in keys or key.partition(".")[0] in (_GROUP, "evaluate", "submitit", "hydra")
        (own if mine else run).append(word)
    return own, run
