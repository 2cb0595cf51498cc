"""Trackers: what is told of each job, where it goes, and what to do where one is missing."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from pipeline.core.errors import ConfigError
from pipeline.tune.jobs import Score
from pipeline.tune.records import Trial
from pipeline.tune.tracking import tracker_of

GOOD = Trial(0, {"a": 0.123456, "b": "x"}, Score(0.5, 0.4, 0.6, 9, "runs/r", 1.0, False))
BAD = Trial(1, {"a": 0.2, "b": "y"}, None, "failures/1.txt", "no")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """Calls of stand-ins for both packages."""
    calls: list[tuple[object, ...]] = []

    class Client:
        def __init__(self, uri: str) -> None:
            calls.append(("open", uri))

        def get_experiment_by_name(self, name: str) -> None:
            return None

        def create_run(self, experiment: object, run_name: str) -> Any:
            calls.append(("run", experiment, run_name))
            return SimpleNamespace(info=SimpleNamespace(run_id=run_name))

        def __getattr__(self, name: str) -> Any:
            return lambda *given: calls.append((name, *given)) or "made"

    class Writer:
        def __init__(self, place: str) -> None:
            calls.append(("open", place))

        def __enter__(self) -> Writer:
            return self

        def __exit__(self, *error: object) -> None:
            calls.append(("close",))

        def add_hparams(self, *given: object, run_name: str) -> None:
            calls.append(given)

    for name, values in (
        ("mlflow", {"MlflowClient": Client}),
        ("torch.utils.tensorboard", {"SummaryWriter": Writer}),
    ):
        module = ModuleType(name)
        vars(module).update(values)
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.delenv("MLFLOW_DISABLE_TELEMETRY", raising=False)
    return calls


def test_mlflow_is_told_of_all_jobs_on_this_machine(
    told: list[tuple[object, ...]], tmp_path: Path
) -> None:
    with tracker_of("mlflow", tmp_path) as track:
        track(GOOD)
        track(BAD)
    assert told[0] == ("open", f"sqlite:///{tmp_path}/mlflow.db")
    assert told[1] == ("create_experiment", tmp_path.name, (tmp_path / "mlflow").as_uri())
    assert ("run", "made", "00000") in told
    assert ("log_param", "00000", "a", "0.1235") in told
    assert ("log_metric", "00000", "objective", 0.5) in told
    assert ("set_terminated", "00001", "FAILED") in told
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"


def test_tensorboard_is_told_of_those_with_a_score(
    told: list[tuple[object, ...]], tmp_path: Path
) -> None:
    with tracker_of("tensorboard", tmp_path) as track:
        track(GOOD)
        track(BAD)
    assert told == [
        ("open", str(tmp_path / "tensorboard" / "00000")),
        ({"a": 0.123456, "b": "x"}, {"objective": 0.5}),
        ("close",),
    ]


def test_none_writes_nothing(tmp_path: Path) -> None:
    with tracker_of("none", tmp_path) as track:
        track(GOOD)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("kind", "module"), [("mlflow", "mlflow"), ("tensorboard", "torch.utils.tensorboard")]
)
def test_one_that_is_missing(
    kind: Any, module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConfigError, match=rf"dateline\[{kind}\]"), tracker_of(kind, tmp_path):
        pass
