"""The contracts of `pyproject.toml` on what may import what, and the shape of the tree."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from command import ROOT

PACKAGE = ROOT / "pipeline"
LAYERS = "Imports point down only, and rooms of one layer do not import each other"
CIRCLES = "No import circle between modules or folders, at any depth"
ENGINES = "Engines know nothing of news"
RUNS = "Sources and stages know nothing of runs"


def broken(checkout: Path) -> list[str]:
    """The names of the contracts that the package of a checkout breaks."""
    code = "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    kept = [line for line in done.stdout.splitlines() if line.endswith(" KEPT")]
    found = [line.removesuffix(" BROKEN") for line in done.stdout.splitlines() if "BROKEN" in line]
    assert len(kept) + len(found) == 4, done.stdout + done.stderr
    return found


def test_the_package_keeps_its_contracts() -> None:
    assert broken(ROOT) == []


@pytest.mark.parametrize(
    ("module", "statement", "contract"),
    [
        ("store/shards.py", "import pipeline.config.schema", LAYERS),
        ("region/focus.py", "import pipeline.topic.row", LAYERS),
        ("evaluate/gold/labels.py", "from pipeline.evaluate import predictions", CIRCLES),
        ("engines/http.py", "import pipeline.text.numbers", ENGINES),
        ("summarize/lead.py", "import pipeline.store.shards", RUNS),
    ],
)
def test_an_import_against_a_contract_is_found(
    module: str, statement: str, contract: str, tmp_path: Path
) -> None:
    """Also within a function and where only type checkers look."""
    shutil.copytree(PACKAGE, tmp_path / "pipeline", ignore=shutil.ignore_patterns("*.csv", "*.pyc"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    path = tmp_path / "pipeline" / module
    path.write_text(f"{path.read_text()}\n\ndef _late() -> None:\n    {statement}\n")
    assert broken(tmp_path) == [contract]


def test_few_modules_have_no_room() -> None:
    assert {path.name for path in PACKAGE.glob("*.py")} == {
        "__init__.py",
        "article.py",
        "stage.py",
    }


def test_every_room_and_module_says_what_lives_there() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in PACKAGE.rglob("*.py")
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_tests_mirror_the_rooms() -> None:
    """A folder of tests has the name of a room, or is about the scripts."""
    rooms = {path.parent.relative_to(PACKAGE) for path in PACKAGE.rglob("__init__.py")}
    folders = {
        path.parent.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("test_*.py")
    }
    assert folders - rooms == {Path("scripts")}
