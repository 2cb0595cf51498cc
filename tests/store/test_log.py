"""The log: a JSON object a line, with run and shard."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from pipeline.core.errors import RunError
from pipeline.store.log import logging_to


def test_lines_have_run_and_shard_and_end_with_the_block(tmp_path: Path) -> None:
    path = tmp_path / "run" / "log.jsonl"
    log = logging.getLogger("pipeline.somewhere")
    with logging_to(path, "monday"):
        log.info("caf\udce9 %d\n", 1, extra={"shard": 3})
        try:
            raise ValueError("x")
        except ValueError:
            log.warning("failed", exc_info=True)
    log.warning("after")
    first, second = (json.loads(line) for line in path.read_text().splitlines())
    assert (first["run"], first["shard"], first["message"]) == ("monday", 3, "caf\udce9 1\n")
    assert (second["level"], second["shard"]) == ("WARNING", None)
    assert "ValueError: x" in second["traceback"]


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with (
        pytest.raises(RunError, match="cannot be written"),
        logging_to(tmp_path / "file" / "l", "r"),
    ):
        pass
