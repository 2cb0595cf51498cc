"""Published rows that no figure may stand on, each refused in a line; and blank summaries."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from command import Outcome
from pipeline.core.digest import digest_of
from pipeline.core.errors import InputError
from pipeline.core.files import read_record, write_record
from pipeline.evaluate.predictions import read_predictions
from pipeline.store.directory import RunDirectory

Command = Callable[..., Outcome]
Rows = list[dict[str, object]]


def publish(folder: Path, rows: Rows) -> None:
    """Put these rows in the place of what a run published, in its manifest too."""
    path = folder / "published/articles.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    manifest = read_record(folder / "manifest.json") or {}
    write_record(folder / "manifest.json", {**manifest, "published": {path.name: digest_of(path)}})


def rows_of(folder: Path) -> Rows:
    lines = (folder / "published/articles.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture
def run(dateline: Command) -> Path:
    done = dateline("run", "topic=none", "region=lexicon", "summarizer=lead", "run.name=r",
                    "ingest.limit=4")  # fmt: skip
    assert done.code == 0, done.err
    return Path("runs/r")


def test_rows_that_are_refused(run: Path, dateline: Command) -> None:
    def reason(place: int, **values: object) -> str:
        publish(run, [row | values if n == place else row for n, row in enumerate(rows)])
        with pytest.raises(InputError) as caught:
            read_predictions(RunDirectory(run.parent, run.name))
        return str(caught.value)

    rows = rows_of(run)
    topic = {"qcode": "medtop:04000000", "name": "economy"}
    for score in (float("nan"), float("inf"), float("-inf"), -0.1, 1.1):
        said = f"articles.jsonl:4: region_score is {score}, not in 0..1"
        assert said in reason(3, region_score=score)
        assert "4: topics.score is" in reason(3, topics=[{**topic, "score": score}])
        assert f"4: summary_support is {score}" in reason(3, summary_support=score)
    assert "4: region '999' is no M49 code" in reason(3, region="999")
    assert "two articles have the id" in reason(3, id=rows[0]["id"])
    assert "article 4 has no id" in reason(3, id="")
    assert "4: id is missing" in reason(3, id=None)
    done = dateline("evaluate", "gold=sample", "predictions=r")
    assert done.code == 2 and "4: id is missing; mend what made it" in done.message
    publish(run, [row | {"region_score": 1.0000000001} for row in rows])
    assert len(read_predictions(RunDirectory(run.parent, run.name)).rows) == 4


def test_a_blank_summary_is_none(run: Path, dateline: Command) -> None:
    rows = rows_of(run)
    publish(run, [rows[0] | {"summary": " \n"}, *rows[1:]])
    labels = [{"id": row["id"], "summary": "Tea farmers in Kenya."} for row in rows]
    Path("labels.jsonl").write_text("".join(json.dumps(row) + "\n" for row in labels))
    done = dateline("evaluate", "gold=labels.jsonl", "predictions=r", "baselines=false")
    assert done.code == 0, done.err
    found = (read_record(run / "evaluation/metrics.json") or {})["metrics"]
    before = sum(bool(row["summary"]) for row in rows)
    assert found["summary.coverage"]["mean"] == (before - 1) / 4  # type: ignore[index]
    assert found["summary.words"]["n"] == before - 1  # type: ignore[index]
