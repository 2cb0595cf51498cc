"""Signals from outside, after a first shard: a run ends in order, or at once, or tells how far."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ARTICLES = 6_000
DEADLINE = 60.0


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    """A run over many short articles, to be started in `tmp_path`."""
    lines = (
        json.dumps({"id": f"a{n}", "title": "Rain", "text": f"It rained in Cork on day {n}."})
        for n in range(ARTICLES)
    )
    (tmp_path / "many.jsonl").write_text("".join(f"{line}\n" for line in lines))
    words = [str(Path(sys.executable).with_name("dateline")), "run"]
    words += ["source=jsonl", "source.path=many.jsonl", "run.name=many"]
    return [*words, "ingest.shard_rows=200", "topic=none", "summarizer=lead", "publish=[jsonl]"]


def as_from_a_terminal() -> None:
    """Heed the signals that a parent such as nohup may have had ignored, which runs respect."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


@contextmanager
def started(command: list[str], folder: Path, step: str) -> Iterator[subprocess.Popen[str]]:
    """The run at work, from when the first shard of the step is stored."""
    first = folder / "runs" / "many" / step / "00000.receipt.json"
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=as_from_a_terminal,
    )
    try:
        deadline = time.monotonic() + DEADLINE
        while not first.exists():
            assert process.poll() is None, f"ended before its first shard: {process.communicate()}"
            assert time.monotonic() < deadline, "no shard was finished"
            time.sleep(0.005)
        yield process
    finally:
        process.kill()
        process.wait()


def finish(command: list[str], folder: Path) -> None:
    """The same command goes on to the end, and keeps what was there."""
    run = folder / "runs" / "many"
    finished = {path: path.stat().st_mtime_ns for path in run.glob("*/*.receipt.json")}
    again = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=DEADLINE, check=False
    )
    assert again.returncode == 0 and again.stderr == ""
    assert f"{ARTICLES} read, {ARTICLES} annotated" in again.stdout
    with (run / "published" / "articles.jsonl").open() as file:
        assert [json.loads(line)["id"] for line in file] == [f"a{n}" for n in range(ARTICLES)]
    assert finished
    assert finished == {path: path.stat().st_mtime_ns for path in finished}


@pytest.mark.parametrize(
    ("step", "number", "workers"),
    [
        ("articles", signal.SIGTERM, 1),
        ("annotations", signal.SIGINT, 1),
        ("annotations", signal.SIGHUP, 1),
        ("annotations", signal.SIGTERM, 2),
    ],
)
def test_the_first_signal_ends_a_run_in_order(
    command: list[str], tmp_path: Path, step: str, number: signal.Signals, workers: int
) -> None:
    command.append(f"runner.workers={workers}")
    with started(command, tmp_path, step) as process:
        process.send_signal(number)
        _, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == 130, err
    blank, first, last = err.splitlines()
    assert blank == "" and f"{number.name}: ending after the current batch" in first
    assert last == "dateline: stopped as asked; what is finished is kept, the same command goes on"
    folder = tmp_path / "runs" / "many"
    assert not (folder / "published").exists()
    assert not (folder / "claims").exists()
    finish(command, tmp_path)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("workers", [1, 2])
def test_the_second_signal_ends_it_at_once(tmp_path: Path, workers: int) -> None:
    """In one batch that takes minutes, which the first signal waits for."""
    slow = tmp_path / "slow.py"
    slow.write_text(
        "import time\n"
        "class Slow:\n"
        "    needs_vector = False\n"
        "    def identity(self): return {'stage': 'slow'}\n"
        "    def open(self): pass\n"
        "    def __call__(self, articles):\n"
        "        open('begun', 'w').close()\n"
        "        while True: time.sleep(0.05)\n"
    )
    words = [
        "run",
        "topic=none",
        "region=none",
        "summarizer=none",
        "+summarizer._target_=slow.Slow",
    ]
    words += ["run.allow_external_code=true", "run.name=many", "ingest.shard_rows=60"]
    words.append(f"runner.workers={workers}")
    code = "import sys; sys.path.insert(0, '.'); from pipeline.cli.command import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, *words],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    try:
        wait_until(lambda: (tmp_path / "begun").exists() or process.poll() is not None)
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        assert process.stderr.readline() == "\n"
        assert "once more ends at once" in process.stderr.readline()
        process.send_signal(signal.SIGUSR1)
        assert process.stderr.readline() == "\n"
        assert "run many: annotate: 0 of 120" in process.stderr.readline()
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=DEADLINE)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130, err
    assert err.strip() == (
        "dateline: interrupted; finished shards are kept, the same command goes on from there"
    )


def test_workers_do_not_outlive_a_killed_parent(command: list[str], tmp_path: Path) -> None:
    import psutil

    command += ["runner.workers=2", "annotate.batch_rows=1"]
    with started(command, tmp_path, "annotations") as process:
        children = psutil.Process(process.pid).children(recursive=True)
        assert len(children) >= 2
        process.kill()
        process.wait()
        assert not psutil.wait_procs(children, timeout=DEADLINE)[1]
    finish(command, tmp_path)
