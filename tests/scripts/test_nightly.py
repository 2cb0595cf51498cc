"""scripts/nightly.sh: five nights with the real command, and what it does where it must not run."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from command import ROOT
from news_texts import OTHER, STORY, WEATHER

BASH = shutil.which("bash") or "bash"
FAST = ("source=jsonl", "topic=none", "region=none", "summarizer=lead", "publish=[jsonl]")
Night = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def night(tmp_path: Path) -> Night:
    """The script, called for a folder whose name has a space, with the code of this clone."""
    command = tmp_path / "dateline"
    command.write_text(f'#!{BASH}\nexec "{sys.executable}" -m pipeline.cli "$@"\n')
    command.chmod(0o755)
    (tmp_path / "in box").mkdir()
    own = {"PYTHONPATH": str(ROOT), "DATELINE": str(command)}

    def call(*more: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [BASH, str(ROOT / "scripts" / "nightly.sh"), "desk", "in box", *FAST, *more],
            cwd=tmp_path, env={**os.environ, **own, **environment}, capture_output=True, text=True,
            check=False,
        )  # fmt: skip

    return call


def put(folder: Path, name: str, *rows: dict[str, str]) -> Path:
    path = folder / "in box" / f"{name}.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def published(folder: Path) -> list[str]:
    lines = (folder / "runs/desk/published/articles.jsonl").read_text().splitlines()
    return [json.loads(line)["id"] for line in lines]


def log(folder: Path) -> str:
    return "".join(path.read_text() for path in sorted((folder / "logs/desk").glob("*.log")))


def test_five_nights(night: Night, tmp_path: Path) -> None:
    put(tmp_path, "1", {"id": "a", "text": STORY}, {"id": "b", "text": OTHER})
    first = night()
    assert (first.returncode, first.stdout, first.stderr) == (0, "", "")
    assert published(tmp_path) == ["a", "b"]

    today = date.today().isoformat()
    put(
        tmp_path, "2", {"id": "c", "text": f"TALLINN (Reuters) - {STORY}", "published": today},
        {"id": "d", "text": WEATHER, "published": today},
    )  # fmt: skip
    assert night().returncode == 0
    assert published(tmp_path) == ["a", "b", "d"]

    assert night().returncode == 0  # nothing new
    assert published(tmp_path) == ["a", "b", "d"]

    broken = put(tmp_path, "4")
    broken.write_text("broken\n" * 3)
    fourth = night()
    assert fourth.returncode == 3
    assert "3 of 3 records were rejected" in fourth.stderr
    assert fourth.stderr.splitlines()[-1] in log(tmp_path)
    assert published(tmp_path) == ["a", "b", "d"]

    broken.unlink()
    put(tmp_path, "5", {"id": "e", "text": "The bridge at Mostar was closed.", "published": today})
    assert night(DAYS="2").returncode == 0
    assert published(tmp_path) == ["d", "e"]
    assert log(tmp_path).count(" desk: begins\n") == 5
    plan = json.loads((tmp_path / "runs/desk/plan.json").read_text())
    additions = plan["steps"]["ingest"]["additions"]
    assert [[Path(name).name for name in one["inputs"]] for one in additions] == [
        ["1.jsonl"], ["2.jsonl"], ["5.jsonl"]
    ]  # fmt: skip


def test_while_the_night_before_is_at_work(night: Night, tmp_path: Path) -> None:
    (tmp_path / "logs/desk").mkdir(parents=True)
    with (tmp_path / "logs/desk/lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = night()
    assert (done.returncode, "still at work" in done.stderr) == (75, True)
    assert "desk: the night before is still at work" in log(tmp_path)
    assert not (tmp_path / "runs").exists()


def test_what_is_wrong_is_printed_and_kept(night: Night, tmp_path: Path) -> None:
    done = night(DATELINE="/nowhere/dateline")
    assert done.returncode == 127
    wrong = night("ingest.min_wrods=3", LOGS="elsewhere")
    assert wrong.returncode == 2
    assert "min_words" in wrong.stderr
    [kept] = (tmp_path / "elsewhere/desk").glob("*.log")
    assert wrong.stderr in kept.read_text()


def test_it_says_how_it_is_called() -> None:
    done = subprocess.run(
        [BASH, str(ROOT / "scripts" / "nightly.sh"), "desk"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, "RUN INBOX" in done.stderr) == (2, True)
