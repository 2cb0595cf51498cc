"""scripts/models: each command of ours starts, and the cards name commands that there are."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from command import ROOT

COMMANDS = sorted(
    path
    for path in (ROOT / "scripts" / "models").glob("*.py")
    if "__main__" in path.read_text(encoding="utf-8")
)
MENTION = re.compile(r"scripts/[\w/]+\.(?:py|sh)")
TEXTS = [
    *(ROOT / "models").rglob("*.md"),
    *(ROOT / "models").rglob("*.yaml"),
    *(ROOT / "configs").rglob("*.yaml"),
    *(ROOT / "scripts").rglob("*.*"),
    *(ROOT / "pipeline").rglob("*.py"),
]


@pytest.mark.parametrize("script", COMMANDS, ids=lambda path: path.stem)
def test_a_command_says_how_it_is_called(script: Path) -> None:
    done = subprocess.run(
        [sys.executable, script, "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("usage: ")


def test_every_script_that_is_named_is_there() -> None:
    named = {
        (mention, path.relative_to(ROOT).as_posix())
        for path in TEXTS
        if path.is_file() and path.suffix != ".pyc"
        for mention in MENTION.findall(path.read_text(encoding="utf-8"))
    }
    assert len(named) > 10
    assert [pair for pair in sorted(named) if not (ROOT / pair[0]).is_file()] == []
