"""Jobs written for MLflow or TensorBoard as well, into files below the search; no network."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.core.extras import needs
from pipeline.tune.records import Trial
from pipeline.tune.settings import Tracker
from pipeline.tune.space import shown

Track = Callable[[Trial], None]


@contextmanager
def tracker_of(kind: Tracker, folder: Path) -> Iterator[Track]:
    """What is to be told of each job that was done now.

    Raises:
        ConfigError: the tracker is not installed.
    """
    if kind == "mlflow":
        yield _mlflow(folder)
    elif kind == "tensorboard":
        yield from _tensorboard(folder)
    else:
        yield lambda trial: None


def _mlflow(folder: Path) -> Track:
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    with needs("mlflow", "mlflow"):
        import mlflow

    for name in ("mlflow", "alembic"):  # they tell of every table that they make
        logging.getLogger(name).setLevel(logging.WARNING)
    client = mlflow.MlflowClient(f"sqlite:///{(folder / 'mlflow.db').absolute()}")
    found = client.get_experiment_by_name(folder.name)
    place = (folder / "mlflow").absolute().as_uri()
    experiment = found.experiment_id if found else client.create_experiment(folder.name, place)

    def track(trial: Trial) -> None:
        run = client.create_run(experiment, run_name=f"{trial.number:05d}").info.run_id
        for key, value in trial.point.items():
            client.log_param(run, key, shown(value))
        if trial.score is not None:
            client.log_metric(run, "objective", trial.score.value)
            client.set_tag(run, "run", trial.score.run)
        client.set_terminated(run, "FINISHED" if trial.score is not None else "FAILED")

    return track


def _tensorboard(folder: Path) -> Iterator[Track]:
    with needs("tensorboard", "tensorboard"):
        from torch.utils.tensorboard import SummaryWriter

    def track(trial: Trial) -> None:
        if trial.score is None:
            return
        place = folder / "tensorboard" / f"{trial.number:05d}"
        with SummaryWriter(str(place)) as writer:
            point = {key: value if not isinstance(value, str) else shown(value)
                     for key, value in trial.point.items()}  # fmt: skip
            writer.add_hparams(point, {"objective": trial.score.value}, run_name=".")

    yield track
