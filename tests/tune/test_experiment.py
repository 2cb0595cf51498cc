"""The best configuration as a file: what it says, and what it can only say in words."""

from __future__ import annotations

from pathlib import Path

import yaml

from pipeline.tune.experiment import write_experiment


def test_what_belongs_to_the_job_and_what_cannot_be_said_is_left_out(tmp_path: Path) -> None:
    words = ["topic=none", "topic_labels.path=x.csv", "run.name=r", "~calibration.topic"]
    config = {"topic_labels": {"path": "x.csv"}, "run": {"name": "r"}}
    path = write_experiment(tmp_path, "best", "The best.", words, config, [])
    text = path.read_text()
    assert yaml.safe_load(text) == {
        "defaults": [{"override /topic": "none"}], "topic_labels": {"path": "x.csv"}
    }  # fmt: skip
    assert "# The best.\n# Without what cannot be said here: ~calibration.topic\n" in text
