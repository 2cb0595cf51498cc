"""The manifest's sum, and what it keeps."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.annotate.usage import Spent
from pipeline.core.errors import RunError
from pipeline.core.files import read_record
from pipeline.store.directory import RunDirectory
from pipeline.store.shards import Receipt
from pipeline.workflow.manifest import total_counts, write_manifest
from pipeline.workflow.sessions import Session


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


def test_it_says_what_ran_on_what_and_what_it_cost(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path, "r")
    run.prepare("ingest", {"input.a.csv": "12", "source.delimiter": ","}, False, {"source": {}})
    fingerprint = run.prepare("annotate", {"identity.topic.stage": "t-1"}, False, {"topic": {}})
    for token, articles in (("a", 3), ("b", 2)):
        with Session(run.sessions, token).step("annotate", fingerprint) as spent:
            spent += Spent(tokens_read=5, tokens_written=1)
            spent.seconds["topic"] += 2.0
            spent.articles["topic"] += articles
            spent.cached["topic"] += 1
    with Session(run.sessions, "c").step("annotate", "of another configuration") as spent:
        spent.seconds["topic"] += 100.0
    write_manifest(run, counts={"read": 5, "annotated": 5})
    write_manifest(run, published={"articles.jsonl": "34"})
    manifest = read_record(run.manifest)
    assert manifest is not None
    assert manifest["inputs"] == {"a.csv": "12"}
    assert manifest["identities"] == {"topic.stage": "t-1"}
    assert manifest["config"] == {"source": {}, "topic": {}}
    assert manifest["counts"] == {"read": 5, "annotated": 5}
    assert manifest["published"] == {"articles.jsonl": "34"}
    assert manifest["stages"] == {
        "topic": {"seconds": 4.0, "articles": 5, "articles_per_second": 1.25, "from_cache": 2}
    }
    assert manifest["tokens"] == {"read": 10, "written": 2}
    assert {"dateline", "python", "pyarrow", "torch"} <= manifest["versions"].keys()  # type: ignore[attr-defined]
    assert manifest["peak_memory_bytes"] > 2**20  # type: ignore[operator]


def test_an_account_that_cannot_be_kept_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with Session(tmp_path / "file" / "sessions", "a").step("ingest", "f"):
        pass
