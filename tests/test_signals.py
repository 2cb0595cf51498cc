"""SIGTERM from outside, after a first shard: the run ends in order and goes on when asked to."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ARTICLES = 6_000
DEADLINE = 60.0


@pytest.mark.parametrize("step", ["articles", "annotations"])
def test_a_terminated_run_goes_on_where_it_was(tmp_path: Path, step: str) -> None:
    lines = (
        json.dumps({"id": f"a{n}", "title": "Rain", "text": f"It rained in Cork on day {n}."})
        for n in range(ARTICLES)
    )
    (tmp_path / "many.jsonl").write_text("".join(f"{line}\n" for line in lines))
    command = [str(Path(sys.executable).with_name("dateline")), "run"]
    command += ["source=jsonl", "source.path=many.jsonl", "run.name=many"]
    command += ["ingest.shard_rows=200", "topic=none", "summarizer=lead", "publish=[jsonl]"]
    folder = tmp_path / "runs" / "many"
    first = folder / step / "00000.receipt.json"
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        deadline = time.monotonic() + DEADLINE
        while not first.exists():
            assert process.poll() is None, f"ended before its first shard: {process.communicate()}"
            assert time.monotonic() < deadline, "no shard was finished"
            time.sleep(0.005)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=DEADLINE)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130, err
    [message] = err.splitlines()
    assert message.startswith("dateline: interrupted")
    assert not (folder / "published").exists()
    finished = {path: path.stat().st_mtime_ns for path in folder.glob("*/*.receipt.json")}
    assert first in finished

    again = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=DEADLINE, check=False
    )
    assert again.returncode == 0 and again.stderr == ""
    assert f"{ARTICLES} read, {ARTICLES} annotated" in again.stdout
    with (folder / "published" / "articles.jsonl").open() as file:
        assert [json.loads(line)["id"] for line in file] == [f"a{n}" for n in range(ARTICLES)]
    assert finished == {path: path.stat().st_mtime_ns for path in finished}
