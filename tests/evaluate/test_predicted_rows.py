"""Predictions of any tool: read alike from all forms, each fault named, scored as a run's are."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from command import Outcome
from pipeline.article import Article, Country, Topic
from pipeline.cli.command import run_command
from pipeline.core.digest import digest_of
from pipeline.core.errors import InputError
from pipeline.core.files import read_record
from pipeline.evaluate.predicted_rows import read_predicted
from pipeline.evaluate.predictions import find_predictions

Command = Callable[..., Outcome]
Row = dict[str, object]
ECONOMY, SPORT = "medtop:04000000", "medtop:15000000"
ROWS: list[Row] = [
    {"id": "a", "region": "021", "countries": ["KE", "US"], "topics": [ECONOMY, SPORT],
     "summary": "Tea is dear."},
    {"id": "b", "region": None, "countries": [], "topics": [], "summary": None},
]  # fmt: skip


def jsonl(path: Path, *rows: Row) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_the_forms_say_the_same(tmp_path: Path) -> None:
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "p.parquet")
    cells = f"a;21;KE|US;{ECONOMY}|{SPORT};Tea is dear.\nb;none;;;\n"
    (tmp_path / "c.csv").write_text(f"id;region;countries;topics;summary\n{cells}")
    paths = [jsonl(tmp_path / "j.jsonl", *ROWS), tmp_path / "p.parquet", tmp_path / "c.csv"]
    first, *others = (find_predictions(str(path), "runs") for path in paths)
    assert first.lacking == {}
    a, b = first.rows.values()
    assert (a.region, a.topic, a.summary) == ("021", ECONOMY, "Tea is dear.")
    assert [(one.alpha2, one.focus) for one in a.countries] == [("KE", True), ("US", True)]
    assert all(math.isnan(topic.score) for topic in a.topics) and a.topic_score is None
    assert b == Article("b")
    for other in others:
        assert repr(list(other.rows.values())) == repr([a, b])


def test_labels_may_have_names_and_scores(tmp_path: Path) -> None:
    topics = [{"qcode": SPORT, "score": 0.4}, {"qcode": ECONOMY, "name": "economy", "score": 0.7}]
    countries = [{"alpha2": "KE", "name": "Kenya", "score": 0.9, "focus": False}]
    [full] = read_predicted(
        jsonl(tmp_path / "a.jsonl", {"id": 7, "topics": topics, "countries": countries})
    )
    found = full.article()
    assert found.id == "7" and found.countries == (Country("KE", "Kenya", 0.9, False, 0, ()),)
    assert found.topics == (Topic(SPORT, SPORT, 0.4), Topic(ECONOMY, "economy", 0.7))
    assert (found.topic, found.topic_name, found.topic_score) == (ECONOMY, "economy", 0.7)
    [alone] = read_predicted(
        jsonl(tmp_path / "a.jsonl", {"id": "x", "topic": SPORT, "topic_score": 0.3})
    )
    assert alone.article().topics == (Topic(SPORT, SPORT, 0.3),)
    [main] = read_predicted(
        jsonl(tmp_path / "a.jsonl", {"id": "x", "topic": SPORT, "topics": [ECONOMY, SPORT]})
    )
    assert main.article().topic == SPORT and len(main.article().topics) == 2


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"region": "021"}, "p.jsonl:2: id is missing"),
        ({"id": " ", "region": "021"}, "p.jsonl:2: id is missing or empty"),
        ({"id": "x", "region": "999"}, "region '999' is no M49 code; write 'none'"),
        ({"id": "x", "countries": ["XX", "KE"]}, "countries has codes that are not known: 'XX'"),
        ({"id": "x", "topics": [SPORT, SPORT]}, f"topics has '{SPORT}' twice"),
        ({"id": "x", "topics": 5}, "topics is a int, not a list"),
        ({"id": "x", "topics": [{"name": "sport"}]}, "topics.qcode is missing"),
        ({"id": "x", "topics": [{"qcode": SPORT, "score": 7}]}, "topics.score is 7.0, not in 0..1"),
        ({"id": "x", "summary": ["A."]}, "summary is a list, not a text"),
        ({"id": "a", "region": "021"}, "two articles have the id 'a'"),
    ],
)
def test_a_wrong_row_is_named_with_the_way_out(tmp_path: Path, row: Row, said: str) -> None:
    path = jsonl(tmp_path / "p.jsonl", {"id": "a", "region": "021"}, row)
    with pytest.raises(InputError, match=r"; (a row has id, and|one row an article)") as caught:
        find_predictions(str(path), "runs")
    assert said in str(caught.value)


def test_files_that_are_no_predictions(tmp_path: Path) -> None:
    for path, said in (
        (jsonl(tmp_path / "a.jsonl", {"id": "a", "label": "sport"}), "nothing is predicted in it"),
        (jsonl(tmp_path / "b.jsonl"), "no articles in it"),
        (jsonl(tmp_path / "c.txt"), "predictions are .jsonl, .csv"),
        (tmp_path / "gone.csv", "no such file; predictions is a run, or a file"),
    ):
        with pytest.raises(InputError, match=said):
            find_predictions(str(path), "runs")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run `r`, in a folder with nothing else."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        words = ("topic=none", "region=lexicon", "summarizer=lead", "run.name=r")
        assert run_command(["run", *words]) == 0
    return folder / "runs"


@pytest.fixture
def rows(made: Path, dateline: Command) -> list[Row]:
    shutil.copytree(made, "runs")
    lines = Path("runs/r/published/articles.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def metrics(folder: str) -> dict[str, Any]:
    found: Any = read_record(Path(folder) / "metrics.json")
    return found  # type: ignore[no-any-return]


def test_what_a_run_published_is_scored_as_the_run_is(rows: list[Row], dateline: Command) -> None:
    shutil.copy("runs/r/published/articles.jsonl", "copy.jsonl")
    for predictions in ("r", "copy.jsonl"):
        done = dateline("evaluate", "gold=sample", f"predictions={predictions}")
        assert done.code == 0, done.err
    run, file = metrics("runs/r/evaluation"), metrics("copy_evaluation")
    # The topics of the run were switched off; the file has them and abstains everywhere.
    topics = {name for name in file["metrics"] if name.startswith("topics.")}
    assert file["metrics"]["topics.abstention"]["mean"] == 1
    assert file["metrics"].keys() - topics == run["metrics"].keys()
    assert all(file["metrics"][name] == figure for name, figure in run["metrics"].items())
    assert file["counts"] == run["counts"]
    assert file["predictions"] == {
        "run": "copy", "file": "copy.jsonl", "sha256": digest_of(Path("copy.jsonl")),
        "dateline": None, "fingerprints": {},
    }  # fmt: skip
    assert Path("copy_evaluation/report.html").is_file()


def test_only_what_a_file_predicts_is_scored(rows: list[Row], dateline: Command) -> None:
    jsonl(Path("regions.jsonl"), *({"id": row["id"], "region": row["region"]} for row in rows))
    done = dateline("evaluate", "gold=sample", "predictions=regions.jsonl")
    assert done.code == 0, done.err
    for name in ("countries", "topics", "summary"):
        assert f"regions.jsonl has no {name}, so they are not scored" in done.err
    assert "region without the baseline tfidf_svm: there are no texts" in done.err
    found = metrics("regions_evaluation")["metrics"]
    assert {name.partition(".")[0] for name in found} == {"region"}
    assert "region.ece" not in found, "there are no scores to calibrate"


def test_summaries_without_their_articles(rows: list[Row], dateline: Command) -> None:
    written = [{"id": row["id"], "summary": row["summary"]} for row in rows]
    jsonl(Path("other.jsonl"), *written)
    done = dateline("evaluate", "gold=sample", "predictions=other.jsonl")
    assert done.code == 0 and "summary without its baselines: there are no texts" in done.err
    found = metrics("other_evaluation")["metrics"]
    assert "summary.rougeLsum" in found and "summary.compression" not in found
    Path("labels.jsonl").write_text('{"id": "s01", "region": "202"}\n')
    done = dateline("evaluate", "gold=labels.jsonl", "predictions=other.jsonl")
    assert done.code == 2 and "other.jsonl: no countries, region, topics in it" in done.message


def test_a_run_beside_another_tool(rows: list[Row], dateline: Command) -> None:
    first = [{"id": row["id"], "summary": str(row["text"]).split(". ")[0]} for row in rows]
    jsonl(Path("other.jsonl"), *first)
    done = dateline("compare", "r", "other.jsonl", "gold=sample", "to=out.json")
    assert done.code == 0, done.err
    record: Any = read_record(Path("out.json"))
    [pair] = record["comparisons"]
    assert pair["metrics"]["summary.rougeLsum"]["n_second"] == 100
    assert {name.partition(".")[0] for name in pair["metrics"]} == {"summary"}
    assert "another text" not in done.err and "other.jsonl has no topics" in done.err
    assert dateline("compare", "other.jsonl", "r", "gold=sample").code == 0
    assert Path("other_evaluation/comparison.json").is_file()
