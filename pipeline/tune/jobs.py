"""One job of a search: a run of its own and its evaluation, done once for each configuration."""

from __future__ import annotations

import io
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from rich.console import Console

from pipeline.core.errors import ConfigError, InputError, RunError
from pipeline.core.files import read_record
from pipeline.core.fingerprint import fingerprint
from pipeline.core.stopping import Stop
from pipeline.evaluate.command import evaluate
from pipeline.evaluate.predictions import read_predictions
from pipeline.tune.objective import Objective, check_metric, missing_stage
from pipeline.workflow.config import PathSettings, RunConfig
from pipeline.workflow.job import Job
from pipeline.workflow.plan import Plan
from pipeline.workflow.reading import input_keys
from pipeline.workflow.steps import run_verb

JOBS = "jobs"
_LETTERS = 16


@dataclass(frozen=True, slots=True)
class Score:
    """The objective of a job with its 95% interval and the documents it stands on; `run` is where
    it lies, `reused` whether that was finished before, `seconds` what the job took now."""

    value: float
    low: float | None
    high: float | None
    n: int
    run: str
    seconds: float
    reused: bool


class Jobs:
    """Runs in `folder/jobs`, named by the fingerprint of all that decides their output: the same
    configuration is the same run, whichever search asks for it."""

    def __init__(
        self, folder: Path, labels: Mapping[str, object], objective: Objective, stop: Stop
    ) -> None:
        self._runs = folder / JOBS
        self._labels = labels
        self._objective = objective
        self._stop = stop
        self._job: Job | None = None

    def score(self, config: RunConfig) -> Score:
        """The objective of a configuration, whose run is begun, gone on with, or there.

        Raises:
            StoppedError: an end was asked for; what is finished of the run is kept.
            ConfigError: the objective is no metric of what was scored, or of a stage that is
                switched off.
            Exception: whatever the run or its evaluation fails with.
        """
        begun = time.monotonic()
        if stage := missing_stage(self._objective, config.nodes):
            raise ConfigError(f"{stage}: switched off in this job, not scored")
        plan = Plan(config)
        ingest = fingerprint(plan.ingest_keys(input_keys(plan.files)))
        name = fingerprint(plan.annotate_keys(ingest))[:_LETTERS]
        job = self._at_run(plan, name)
        reused = _is_finished(job)
        if not reused:
            self._job = job
            with job.at_work():
                run_verb(job)
            self._job = None
        silent = Console(file=io.StringIO())
        settings = {
            "topic_labels": config.topic_labels, "encoder": config.nodes.get("encoder"),
            **self._labels, "predictions": str(job.directory.path),
            "paths": {"runs": str(self._runs)},
        }  # fmt: skip
        metrics = _metrics(evaluate(settings, silent, silent))
        check_metric(self._objective.metric, list(metrics))
        figure = metrics[self._objective.metric]
        if figure["mean"] is None:
            raise InputError(f"{self._objective.metric} has no value: it stands on no article")
        return Score(
            value=float(figure["mean"]),
            low=figure["low"],
            high=figure["high"],
            n=int(figure["n"] or 0),
            run=str(job.directory.path),
            seconds=round(time.monotonic() - begun, 2),
            reused=reused,
        )

    def status(self) -> str:
        """How far the job at work is, in a line."""
        return self._job.status() if self._job is not None else "between two jobs"

    def _at_run(self, plan: Plan, name: str) -> Job:
        run = replace(plan.config.run, name=name, overwrite=False, join=False)
        config = replace(plan.config, run=run, paths=PathSettings(str(self._runs)))
        job = Job(config, Console(stderr=True, quiet=True), plan)
        job.stop = self._stop
        return job


def _is_finished(job: Job) -> bool:
    try:
        read_predictions(job.directory)
    except (RunError, InputError, ConfigError):
        return False
    return True


def _metrics(path: Path) -> Mapping[str, Mapping[str, float | None]]:
    record = read_record(path)
    if record is None:
        raise RunError(f"{path}: was not written as a whole; the same command goes on")
    return cast("Mapping[str, Mapping[str, float | None]]", record["metrics"])
