"""Processes that hang, crash and are orphaned cost their one item and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import working
from pipeline.core import worker_process, workers
from pipeline.core.workers import Done, Failure, Workers, WorkersError


def ordered(
    function: Callable[..., Any],
    items: Iterable[Any],
    workers: int,
    deadline: float,
    initializer: Callable[[], object] | None = None,
) -> Iterator[Any]:
    with Workers(function, workers, deadline, initializer) as pool:
        yield from pool.ordered(items)


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """All processes at once."""
    monkeypatch.setattr(workers, "_FEW", 0)


@pytest.mark.usefixtures("eager")
def test_results_come_in_the_order_of_the_items() -> None:
    items = [0.2, 0.0, Done(7.0), 0.1, 0.0]
    assert list(ordered(working.slowly, items, 3, 20)) == [0.2, 0.0, 7.0, 0.1, 0.0]
    assert list(ordered(working.slowly, [], 3, 20)) == []


@pytest.mark.usefixtures("eager")
def test_a_process_that_hangs_or_dies_costs_its_one_item() -> None:
    names = ["a", "spin", "hold", "b", "crash", "c", "exit", "memory", "error", "unpicklable", "d"]
    results = list(ordered(working.fate, names, 2, 1.0))
    ends = [
        (result.item, result.kind) if isinstance(result, Failure) else result for result in results
    ]
    assert ends == [
        "a", ("spin", "timed out"), ("hold", "timed out"), "b", ("crash", "died"), "c",
        ("exit", "died"), ("memory", "exception"), ("error", "exception"),
        ("unpicklable", "exception"), "d",
    ]  # fmt: skip
    errors = {result.item: result.error for result in results if isinstance(result, Failure)}
    assert errors["crash"] == "ended by SIGSEGV"
    assert errors["exit"] == "exit status 3"
    assert errors["error"].startswith("ValueError: invalid literal")


def test_a_few_items_need_one_process_and_none_needs_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started: list[list[str]] = []
    popen = subprocess.Popen

    def counted(args: list[str], **options: object) -> subprocess.Popen[bytes]:
        started.append(args)
        return popen(args, **options)  # type: ignore[call-overload,no-any-return]

    monkeypatch.setattr(subprocess, "Popen", counted)
    assert list(ordered(working.fate, [Done("a")] * 3, 8, 20)) == ["a"] * 3
    assert started == []
    with Workers(working.fate, 8, 20) as pool:
        assert list(pool.ordered(["a"] * 9)) == ["a"] * 9
        assert list(pool.ordered(["b"])) == ["b"]
        assert len(started) == 1


def test_one_that_is_kept_ends_when_it_is_idle_and_is_replaced() -> None:
    code = "import pipeline.core.worker_process as w; w._IDLE_SECONDS = 0.01; w.serve({fd})"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "_CODE", f"import sys; sys.path[:] = {{path!r}}; {code}")
        with Workers(working.fate, 1, 20) as pool:
            for name in "abc":
                assert list(pool.ordered([name])) == [name]
                [kept] = pool._idle
                assert kept._process.wait(20) == worker_process.ENDED_IDLE


def test_one_that_dies_while_it_is_kept_costs_nothing() -> None:
    with Workers(working.fate, 1, 20) as pool:
        assert list(pool.ordered(["a"])) == ["a"]
        [kept] = pool._idle
        kept._process.kill()
        kept._process.wait()
        assert list(pool.ordered(["b"])) == ["b"]


def test_few_items_are_read_ahead() -> None:
    read = 0

    def items() -> Iterator[str]:
        nonlocal read
        for number in range(1000):
            read += 1
            yield str(number)

    with closing(ordered(working.fate, items(), 2, 20)) as results:
        assert next(results) == "0"
        assert read <= 2 * workers._READ_AHEAD


@pytest.mark.parametrize(
    ("initializer", "said"), [(working.ready_or_not, "no module"), (working.dying, "status 1")]
)
def test_processes_that_cannot_begin_are_an_error(initializer: object, said: str) -> None:
    with pytest.raises(WorkersError, match=said):
        list(ordered(working.fate, ["a"], 1, 20, initializer))  # type: ignore[arg-type]


def test_an_exception_of_the_items_comes_through() -> None:
    def items() -> Iterator[str]:
        yield "a"
        raise LookupError("no more")

    with pytest.raises(LookupError, match="no more"):
        list(ordered(working.fate, items(), 1, 20))


def alive(folder: Path) -> list[int]:
    """The processes of `working.note` that run."""
    running = []
    for file in folder.iterdir():
        try:
            state = Path(f"/proc/{file.name}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z":
            running.append(int(file.name))
    return running


def until(condition: object, seconds: float = 20) -> bool:
    assert callable(condition)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("way", ["close", "interrupt"])
def test_no_process_stays_when_the_work_is_broken_off(way: str, tmp_path: Path) -> None:
    def items() -> Iterator[str]:
        yield f"{tmp_path}:a"
        yield f"{tmp_path}:sleep"
        if way == "interrupt":
            raise KeyboardInterrupt

    results = ordered(working.note, items(), 1, 600)
    if way == "close":
        assert next(results) == "a"
        results.close()
    else:
        with pytest.raises(KeyboardInterrupt):
            list(results)
    assert alive(tmp_path) == []


SCRIPT = """
import sys
sys.path.insert(0, {tests!r})
import working
from pipeline.core.workers import Workers
list(Workers(working.note, 1, {deadline}).ordered(["{folder}:{what}"]))
"""


@pytest.mark.parametrize(("what", "deadline"), [("sleep", 600), ("spin", 600), ("hold", 3)])
def test_no_process_outlives_one_that_is_killed(what: str, deadline: float, tmp_path: Path) -> None:
    """One that holds the lock of the interpreter lives to its deadline."""
    tests = str(Path(working.__file__).parent)
    script = SCRIPT.format(tests=tests, folder=tmp_path, what=what, deadline=deadline)
    with subprocess.Popen(
        [sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ) as parent:
        assert until(lambda: any(tmp_path.iterdir()))
        assert alive(tmp_path)
        parent.send_signal(signal.SIGKILL)
    assert until(lambda: not alive(tmp_path))
