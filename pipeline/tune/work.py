"""One task of a search: a job scored, or its failure kept, in this process or in another."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import StoppedError
from pipeline.core.secrets import redacted
from pipeline.core.signals import handled
from pipeline.core.stopping import Stop
from pipeline.tune.compose import compose_run
from pipeline.tune.jobs import Jobs
from pipeline.tune.objective import Objective
from pipeline.tune.records import Records, Trial
from pipeline.tune.space import Point
from pipeline.workflow.config import read_config


@dataclass(frozen=True)
class Task:
    """All that a process needs for a job: its point, the overrides of its run, the user's own
    configurations, the folder of the search, the settings of the evaluation."""

    number: int
    point: Point
    words: tuple[str, ...]
    folders: tuple[Path, ...]
    search: Path
    labels: Mapping[str, object]
    objective: Objective


def jobs_of(search: Path, labels: Mapping[str, object], objective: Objective, stop: Stop) -> Jobs:
    """Those of a search; all searches of a folder share them."""
    return Jobs(search.parent, labels, objective, stop)


def work(task: Task, jobs: Jobs) -> Trial:
    """The task's trial with its score, or with why there is none, and kept.

    Raises:
        StoppedError: an end was asked for; nothing is kept of the trial.
    """
    records = Records(task.search)
    try:
        score = jobs.score(read_config(compose_run(task.words, task.folders)))
        done = Trial(task.number, task.point, score)
    except StoppedError:
        raise
    except Exception as error:  # whatever a model raises: kept, told, and the others go on
        where = records.keep_failure(task.number, traceback.format_exc())
        reason = (str(error).strip().splitlines() or ["without a word"])[0]
        told = redacted(f"{type(error).__name__}: {reason}")
        done = Trial(task.number, task.point, None, str(where), told)
    records.keep(done)
    return done


def work_alone(task: Task) -> Trial:
    """The same in a process of its own, which heeds signals as a run does."""
    stop = Stop()
    jobs = jobs_of(task.search, task.labels, task.objective, stop)
    with handled(stop, jobs.status):
        return work(task, jobs)
