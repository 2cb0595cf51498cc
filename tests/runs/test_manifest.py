"""The manifest's sum, and what it keeps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.errors import RunError
from pipeline.runs.manifest import total_counts, update_manifest
from pipeline.runs.shards import Receipt


def receipt(**counts: int) -> Receipt:
    return Receipt(0, 0, "", "", counts)


def test_counts_add_up_over_steps() -> None:
    ingested = [
        receipt(read=5, articles=3, duplicate=1, rejected=1),
        receipt(read=2, articles=1, filtered=1),
    ]
    annotated = [receipt(articles=3, annotated=2, rejected=1), receipt(articles=1, annotated=1)]
    assert total_counts(ingested, annotated) == {
        "read": 7, "annotated": 3, "duplicate": 1, "filtered": 1, "rejected": 2
    }  # fmt: skip


def test_a_sum_that_does_not_add_up_is_refused() -> None:
    with pytest.raises(RunError, match="5 records were read but 4 are accounted for"):
        total_counts([receipt(read=5, articles=5)], [receipt(articles=5, annotated=4)])


def test_values_are_merged(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    update_manifest(path, {"ingest_seconds": 1.5})
    update_manifest(path, {"annotate_seconds": 2.5})
    manifest = json.loads(path.read_text())
    assert (manifest["ingest_seconds"], manifest["annotate_seconds"]) == (1.5, 2.5)
    assert {"dateline", "python", "pyarrow", "torch"} <= manifest["versions"].keys()
    assert manifest["peak_memory_bytes"] > 2**20
