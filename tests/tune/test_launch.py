"""Launchers: which jobs run together, and that other processes find what this one would."""

from __future__ import annotations

import json
import multiprocessing
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from command import Outcome
from pipeline.core.errors import ConfigError, StoppedError
from pipeline.core.files import read_record
from pipeline.core.stopping import Stop
from pipeline.tune import launch
from pipeline.tune.launch import Launch, batches
from pipeline.tune.objective import Objective
from pipeline.tune.records import Trial
from pipeline.tune.work import Task, jobs_of

OBJECTIVE = Objective("summary.rouge1", "maximize")


def task(number: int, *words: str, folder: Path = Path("tune/t")) -> Task:
    return Task(number, {"a": number}, words, (), folder, {}, OBJECTIVE)


def test_the_first_job_is_alone() -> None:
    assert [list(one) for one in batches(6, 3)] == [[0], [1, 2, 3], [4, 5]]
    assert [list(one) for one in batches(3, 1)] == [[0], [1], [2]]
    assert [list(one) for one in batches(1, 4)] == [[0]]


@pytest.fixture
def where(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Where each task was done; in no process but this, whatever the launcher."""
    done: list[tuple[str, int]] = []

    def here(task: Task, jobs: object) -> Trial:
        done.append(("here", task.number))
        return Trial(task.number, task.point)

    def there(task: Task) -> Trial:
        done.append(("there", task.number))
        return Trial(task.number, task.point)

    class Executor:
        def __init__(self, folder: Path, cluster: str | None) -> None:
            done.append((f"{folder} {cluster}", 0))

        def update_parameters(self, **given: int) -> None:
            done.extend(given.items())

        def submit(self, function: Callable[[Task], Trial], task: Task) -> Any:
            return SimpleNamespace(result=lambda: function(task))

    module = ModuleType("submitit")
    vars(module)["AutoExecutor"] = Executor
    monkeypatch.setitem(sys.modules, "submitit", module)
    monkeypatch.setattr(launch, "work", here)
    monkeypatch.setattr(launch, "work_alone", there)
    return done


def launched(launcher: Any, tasks: list[Task], stop: Stop | None = None) -> list[int]:
    stop = stop or Stop()
    jobs = jobs_of(Path("tune/t"), {}, OBJECTIVE, stop)
    told = {"cluster": "local", "timeout_min": 7}
    return [t.number for t in Launch(launcher, 2, told, jobs, stop)(tasks)]


def test_the_same_configuration_is_not_in_two_processes(where: list[tuple[str, int]]) -> None:
    tasks = [task(4, "a=1"), task(5, "a=2"), task(6, "a=1")]
    assert launched("submitit", tasks) == [4, 5, 6]
    assert where == [
        ("tune/t/submitit local", 0), ("timeout_min", 7), ("there", 4), ("there", 5), ("here", 6)
    ]  # fmt: skip


def test_one_task_and_the_local_launcher_need_no_process(where: list[tuple[str, int]]) -> None:
    assert launched("submitit", [task(0, "a=1")]) == [0]
    assert launched("local", [task(1, "a=1"), task(2, "a=2")]) == [1, 2]
    assert where == [("here", 0), ("here", 1), ("here", 2)]


def test_an_end_is_heeded_between_two_tasks(where: list[tuple[str, int]]) -> None:
    stop = Stop()
    stop.ask()
    with pytest.raises(StoppedError):
        launched("local", [task(1, "a=1")], stop)
    assert not where


def test_one_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "submitit", None)
    with pytest.raises(ConfigError, match=r"dateline\[submitit\]"):
        launched("submitit", [])


def test_processes_of_joblib_find_the_same(dateline: Callable[..., Outcome]) -> None:
    text = "Rain fell in Cork on Monday. The river rose by a metre. Nobody was hurt, police said."
    Path("in.jsonl").write_text(json.dumps({"id": "a", "text": text}))
    Path("labels.jsonl").write_text(json.dumps({"id": "a", "summary": "The river rose in Cork."}))
    words = ("name=t", "gold=labels.jsonl", "source=jsonl", "source.path=in.jsonl")
    words += ("objective=summary.rouge1", "topic=none", "region=none", "summarizer=lead")
    words += ("summarizer.min_words=1", "summarizer.sentences=1,many,2")
    assert dateline("tune", *words).code == 0
    done = dateline("tune", *words, "folder=other", "launcher=joblib")
    assert done.code == 0, done.err
    for number in range(3):
        one, other = (
            read_record(Path(folder, "t", "trials", f"{number:05d}.json"))
            for folder in ("tune", "other")
        )
        assert one is not None and other is not None
        assert one["point"] == other["point"] and one["reason"] == other["reason"]
        scores = [record["score"] and record["score"]["value"] for record in (one, other)]  # type: ignore[index]
        assert scores[0] == scores[1] and (scores[0] is None) == (number == 1)
    assert not multiprocessing.active_children()
    assert Path("other/t/failures/00001.txt").read_text().startswith("Traceback")
