"""`dateline evaluate` and `dateline labels check` on a run without models."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from command import Outcome
from pipeline.evaluate.labels import labels_path
from pipeline.runs.files import read_record

Command = Callable[..., Outcome]
RUN = ("topic=none", "region=lexicon", "summarizer=lead", "run.name=r")


@pytest.fixture
def run(dateline: Command) -> Command:
    done = dateline("run", *RUN)
    assert done.code == 0, done.err
    return dateline


def metrics() -> dict[str, object]:
    found = read_record(Path("runs/r/evaluation/metrics.json"))
    assert found is not None
    return found


def labels(*rows: dict[str, object]) -> str:
    Path("labels.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return "labels=labels.jsonl"


def test_the_bundled_sample(run: Command) -> None:
    done = run("evaluate", "labels=sample", "predictions=r")
    assert done.code == 0 and not done.err, done.err
    assert "region.hierarchical_f1" in done.out and "matched 120" in done.out
    found = metrics()
    assert found["counts"] == {
        "labels": 120, "matched": 120, "unmatched": 0, "unscored": 0, "unlabelled_predictions": 0
    }  # fmt: skip
    scores: dict[str, dict[str, float]] = found["metrics"]  # type: ignore[assignment]
    assert scores["region.micro_f1"]["n"] == 120 and scores["summary.rouge1"]["n"] == 100
    assert scores["topics.coverage"]["mean"] == 0 and scores["topics.selective_accuracy"]["n"] == 0
    assert scores["topics.selective_accuracy"]["mean"] is None
    # summarizer=lead is the baseline itself, but for its limit of words
    assert scores["summary.rouge1"]["mean"] == pytest.approx(
        scores["summary.lead3_rouge1"]["mean"], abs=3
    )
    assert scores["summary.novel_1grams"]["mean"] == 0
    lines = Path("runs/r/evaluation/per_article.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    assert len(rows) == 120 and rows[0]["region"]["gold"] == ["202"]
    mean = sum(row["summary"]["rouge2"] for row in rows if "summary" in row) / 100
    assert mean == pytest.approx(scores["summary.rouge2"]["mean"])
    before = Path("runs/r/evaluation/metrics.json").read_bytes()
    assert run("evaluate", "labels=sample", "predictions=runs/r").code == 0
    assert Path("runs/r/evaluation/metrics.json").read_bytes() == before


def test_half_the_ids_is_said_aloud(run: Command) -> None:
    wanted = labels({"id": "s01", "region": "202"}, {"id": "zz", "region": "202"}, {"id": "s02"})
    done = run("evaluate", wanted, "predictions=r")
    assert done.code == 0 and "1 of 3 labels have no article in the run (zz)" in done.err
    assert metrics()["unmatched"] == ["zz"] and metrics()["unscored"] == ["s02"]
    assert run("labels", "check", "labels.jsonl", "--predictions", "r").out.count("zz") == 1


@pytest.mark.parametrize(
    ("rows", "more", "reason"),
    [
        ([{"id": "other", "topics": []}], [], "none of the 1 labels is of an article"),
        ([{"id": "s01", "region": "999"}], [], "no M49 code"),
        ([{"id": "s01", "summary": ""}], [], "an empty reference"),
        ([{"id": "s01", "summary": "x", "split": "dev"}], ["split=test"], "there are: dev"),
        ([], [], "empty; a labelled sample"),
    ],
)
def test_labels_that_cannot_be_scored(
    run: Command, rows: list[dict[str, object]], more: list[str], reason: str
) -> None:
    done = run("evaluate", labels(*rows), "predictions=r", *more)
    assert done.code == 2 and reason in done.err
    assert not Path("runs/r/evaluation").exists()


def test_runs_that_cannot_be_scored(dateline: Command) -> None:
    assert "no annotate was done" in dateline("evaluate", "labels=sample", "predictions=r").message
    assert dateline("ingest", "run.name=r").code == 0
    assert dateline("annotate", *RUN).code == 0
    done = dateline("evaluate", "labels=sample", "predictions=r")
    assert done.code == 2 and "not finished, nothing is published" in done.message
    assert dateline("publish", "run.name=r").code == 0
    with Path("runs/r/published/articles.parquet").open("ab") as file:
        file.write(b"x")
    done = dateline("evaluate", "labels=sample", "predictions=r")
    assert done.code == 2 and "is not what the run published" in done.message
    assert "labels is not set" in dateline("evaluate", "predictions=r").message


def test_labels_check(dateline: Command) -> None:
    done = dateline("labels", "check", "sample")
    assert done.code == 0 and "120 labels; countries 120" in done.out
    assert labels_path("sample").name == "labels.jsonl"
    labels({"id": "a", "topics": ["x", "y"]}, {"id": "a", "region": "1"})
    done = dateline("labels", "check", "labels.jsonl")
    assert done.code == 2 and "3 problems" in done.message
    assert all(what in done.out for what in ("'x'", "'y'", "id 'a' is that of 1"))
