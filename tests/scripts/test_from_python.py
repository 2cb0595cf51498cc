"""The session in Python that users begin with."""

from __future__ import annotations

import subprocess
import sys

import pytest

from command import ROOT


@pytest.mark.models
def test_the_session_runs() -> None:
    script = ROOT / "scripts" / "from_python.py"
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Western Europe ['BE']" in done.stdout
    assert "rejected: articles[2]: neither title nor text" in done.stdout
    assert "not in the article: ('Ghent',)" in done.stdout
