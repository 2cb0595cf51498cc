"""How a process ends: the code says whether the work was done, whatever stands in its way."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from command import ROOT

sys.path.insert(0, str(ROOT / "scripts" / "proof"))
import exit_codes

WORDS = ["run.name=a", "topic=none", "region=none", "summarizer=none", "ingest.limit=1"]


def test_small_runs_of_each_source_end_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_codes.main(["--runs", "1"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{source}: 1 of 1 ended with 0" for source in ("csv", "text", "parquet")
    ]


def test_a_run_that_ends_badly_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_codes.main(["--runs", "1", "topic=gone"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "csv: 1 of 1 ended with 2"
    assert lines[1].startswith("  2: dateline: no topic=gone")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full device as on Linux")
def test_a_table_that_cannot_be_printed_is_said(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "pipeline.cli", "run", *WORDS, f"paths.runs={tmp_path}"],
            cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == (
        "dateline: standard output cannot be written: No space left on device; the run is "
        f"finished, in {tmp_path / 'a'}\n"
    )
    assert (tmp_path / "a" / "published" / "articles.parquet").is_file()


def test_a_late_signal_ends_a_finished_process_without_a_traceback() -> None:
    """Here one of the last things that Python does is to interrupt itself."""
    code = (
        "import atexit, os, signal, sys\n"
        "from pipeline.cli.command import main\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "atexit.register(lambda: os.kill(os.getpid(), signal.SIGINT))\n"
        "sys.argv = ['dateline', '--version']\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGINT
    assert done.stderr == ""
