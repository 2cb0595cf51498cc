"""The whole path with the embedded models: the bundled sample, a saved page, two runs alike."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from command import SHARED, Outcome
from pipeline.core.resources import resource
from pipeline.text.sentences import split_sentences
from pipeline.text.whole_sentences import is_whole

pytestmark = pytest.mark.models

Command = Callable[..., Outcome]

PAGE = """\
The government of Estonia said on Thursday that it would close two of the three road crossings to
Russia at night from August, after a month in which border guards in Narva counted 1,400 people
waiting on the worst evening.

Interior minister Kaja Lepik told reporters in Tallinn that the decision was about staff and not
about politics. “We have 96 officers for work that needs 150,” she said. Latvia took the same step
in May, and Finland has kept its own crossings shut since 2023.

Lorry drivers said the change would add a day to deliveries. An association of hauliers in Tartu
asked for a lane of its own at the crossing that stays open.


Kenya Opens Talks on Tea Prices With Growers
Storm closes schools across northern Japan
Portugal midfielder signs for Lisbon club
"""


def rows(run: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (run / "published" / "articles.jsonl").open()]


def check_row(row: dict[str, object]) -> None:
    """What must hold of every row, whatever the models say."""
    for country in row["countries"]:  # type: ignore[attr-defined]
        for found in country["evidence"]:
            where = row["title"] if found["in_title"] else row["text"]
            assert where[found["start"] : found["end"]] == found["text"]  # type: ignore[index]
    summary = row["summary"]
    if summary is None:
        assert row["summary_note"] in ("too_short", "no_sentence")
        return
    assert isinstance(summary, str)
    assert 0 < len(summary.split()) <= 80
    assert all(is_whole(sentence) for sentence in split_sentences(summary, "en"))
    assert [s["text"] for s in row["summary_sentences"]] == split_sentences(  # type: ignore[attr-defined]
        summary, "en"
    )


def test_a_saved_page(dateline: Command, tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text(PAGE)
    done = dateline("run", "source=page", "source.path=page.txt")
    assert done.code == 0, done.err
    article, *headlines = rows(tmp_path / "runs" / "page")
    for row in [article, *headlines]:
        check_row(row)
    assert {"EE", "RU", "LV", "FI"} <= {c["alpha2"] for c in article["countries"]}  # type: ignore[attr-defined]
    assert article["region"] == "154"
    assert article["topic"] is not None and article["summary"]
    assert [row["title"] for row in headlines] == PAGE.strip().splitlines()[-3:]
    assert [row["region"] for row in headlines] == ["202", "030", "039"]
    assert all(row["summary_note"] == "too_short" and row["topic"] for row in headlines)


def test_two_runs_give_the_same_bytes(dateline: Command, tmp_path: Path) -> None:
    words = ("run", "ingest.limit=4", "run.name=")
    assert dateline(*words[:2], words[2] + "one").code == 0
    # A process of its own: nothing is loaded yet, and strings hash differently.
    subprocess.run(
        [sys.executable, "-m", "pipeline.cli", *words[:2], words[2] + "two"],
        env={**os.environ, "PYTHONHASHSEED": "12345"},
        capture_output=True,
        check=True,
    )
    first, second = (tmp_path / "runs" / name / "published" for name in ("one", "two"))
    for file in ("articles.parquet", "articles.jsonl"):
        assert (first / file).read_bytes() == (second / file).read_bytes()


def test_workers_with_models_give_the_same_bytes(dateline: Command, tmp_path: Path) -> None:
    words = ["run", "ingest.limit=4", "ingest.shard_rows=2", "summarizer.max_new_tokens=16"]
    for workers in (1, 2):
        done = dateline(
            *words, f"runner.workers={workers}", f"run.name=w{workers}", "cache.max_gb=0"
        )
        assert done.code == 0, done.err
    first, second = (tmp_path / "runs" / name / "published" for name in ("w1", "w2"))
    for file in ("articles.parquet", "articles.jsonl"):
        assert (first / file).read_bytes() == (second / file).read_bytes()


def test_the_sample_is_labelled_as_an_editor_would(dateline: Command, tmp_path: Path) -> None:
    """Floors well under what was measured: 0.975 regions, 0.733 topics of 120 items."""
    done = dateline("run", "summarizer=none")
    assert done.code == 0, done.err
    labels = resource("sources", "sample", "labels.jsonl").open(encoding="utf-8")
    gold = {label["id"]: label for label in map(json.loads, labels)}
    found = rows(tmp_path / "runs" / "sample")
    assert {row["id"] for row in found} == set(gold)
    regions = sum(row["region"] == gold[row["id"]]["region"] for row in found)
    topics = sum(row["topic"] == gold[row["id"]]["topics"][0] for row in found)
    assert regions >= 0.92 * len(gold) and topics >= 0.66 * len(gold)


def test_the_portable_engine_gives_the_same_kind_of_row(dateline: Command, tmp_path: Path) -> None:
    done = dateline("run", "engine=transformers", "topic=none", "ingest.limit=2")
    assert done.code == 0, done.err
    for row in rows(tmp_path / "runs" / "sample"):
        check_row(row)
        assert row["summary"]


@pytest.mark.shared
def test_a_real_news_page(dateline: Command, tmp_path: Path) -> None:
    [page] = (SHARED / "seed").glob("*.txt")
    done = dateline("run", "source=page", f"source.path={page}")
    assert done.code == 0, done.err
    article, *headlines = rows(tmp_path / "runs" / "page")
    countries = article["countries"]
    assert isinstance(countries, list)
    assert {"BY", "US", "LT"} <= {country["alpha2"] for country in countries}
    assert article["region"] == "151" or (countries[0]["alpha2"] == "BY" and countries[0]["focus"])
    assert article["topic"] in ("medtop:11000000", "medtop:16000000")
    assert article["summary"]
    assert len(headlines) == 17
    for row in [article, *headlines]:
        check_row(row)
    assert all(row["summary"] is None and row["topic"] for row in headlines)
