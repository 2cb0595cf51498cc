"""The wheel: built, installed into a new environment, and used from another directory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

from command import ROOT


def test_the_wheel_works_without_the_source_tree(tmp_path: Path) -> None:
    def run(*command: str | Path) -> str:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, ROOT)
    [wheel] = tmp_path.glob("dateline-*.whl")
    run(sys.executable, "-m", "venv", "--without-pip", tmp_path / "new")
    # The frameworks come from this environment, and pip; its own `pipeline` is an editable install,
    # which a plain path entry does not follow.
    [site] = (tmp_path / "new").glob("lib/python*/site-packages")
    (site / "frameworks.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = (tmp_path / "new" / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-deps")
    run(*pip, "--force-reinstall", "--no-index", wheel)
    dateline = tmp_path / "new" / "bin" / "dateline"
    assert "dateline run" in run(dateline, "--help")
    where = "import pipeline; print(pipeline.__file__)"
    assert str(tmp_path) in run(tmp_path / "new" / "bin" / "python", "-c", where)
    run(dateline, "run", "topic=none", "summarizer=lead")
    published = tmp_path / "runs" / "sample" / "published" / "articles.jsonl"
    assert len([json.loads(line) for line in published.open()]) == 120
    run(dateline, "evaluate", "gold=sample", "predictions=sample", "baselines=false")
    assert (tmp_path / "runs" / "sample" / "evaluation" / "report.html").exists()
    assert "all-minilm-l6-v2: 5 files" in run(dateline, "models", "verify", "all-minilm-l6-v2")
