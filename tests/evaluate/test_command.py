"""`dateline evaluate` and `dateline labels check` on a run without models."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray
from pydantic import TypeAdapter

from command import Outcome
from pipeline.cli.command import run_command
from pipeline.core.digest import digest_of
from pipeline.core.files import read_record, write_record
from pipeline.evaluate.gold.labels import labels_path
from pipeline.evaluate.metrics_file import Metrics

Command = Callable[..., Outcome]
RUN = ("topic=none", "region=lexicon", "summarizer=lead", "run.name=r")


SOME = 50
"""Labels that are enough for every baseline of the region, and take less time than all."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run `r`, in a folder with nothing else."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert run_command(["run", *RUN]) == 0
    return folder / "runs"


@pytest.fixture
def run(made: Path, dateline: Command) -> Command:
    shutil.copytree(made, "runs")
    return dateline


def metrics() -> dict[str, object]:
    found = read_record(Path("runs/r/evaluation/metrics.json"))
    assert found is not None
    return found


def labels(*rows: dict[str, object]) -> str:
    Path("labels.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return "gold=labels.jsonl"


def some() -> str:
    """The first labels of the bundled sample."""
    lines = labels_path("sample").read_text(encoding="utf-8").splitlines()
    return labels(*map(json.loads, lines[:SOME]))


def test_the_bundled_sample(run: Command) -> None:
    done = run("evaluate", "gold=sample", "predictions=r")
    assert done.code == 0, done.err
    absent, *others = done.err.splitlines()
    assert absent == "note: topic: switched off in this run, not scored"
    assert all("without the baseline tfidf_svm" in line for line in others)
    assert "topics." not in done.out
    assert "region.hierarchical_f1" in done.out and "matched 120" in done.out
    assert "majority in sample" in done.out and "oracle" in done.out
    page = Path("runs/r/evaluation/report.html").read_text(encoding="utf-8")
    assert page.count('<details class="article"') == 120 and page.endswith("</html>")
    found = metrics()
    assert found["counts"] == {
        "labels": 120, "matched": 120, "unmatched": 0, "unscored": 0, "unlabelled_predictions": 0
    }  # fmt: skip
    scores: dict[str, dict[str, float]] = found["metrics"]  # type: ignore[assignment]
    assert scores["region.micro_f1"]["n"] == 120 and scores["summary.rouge1"]["n"] == 100
    assert not any(name.startswith("topics.") for name in scores) and "topics" not in str(
        found["detail"]
    )
    assert absent.removeprefix("note: ") in found["notes"]  # type: ignore[operator]
    assert absent.removeprefix("note: ") in page and 'id="topics"' not in page
    beside: dict[str, dict[str, float]] = scores["summary.rouge1"]["baselines"]  # type: ignore[assignment]
    assert set(beside) == {"lead1", "lead3", "textrank", "oracle"}
    # summarizer=lead is the baseline itself, but for its limit of words
    assert scores["summary.rouge1"]["mean"] == pytest.approx(beside["lead3"]["mean"], abs=3)
    assert beside["oracle"]["low"] > max(beside[name]["mean"] for name in ("lead1", "lead3"))
    assert all(one["n"] == 100 and one["low"] <= one["high"] for one in beside.values())
    assert list(scores["region.micro_f1"]["baselines"]) == ["majority_in_sample", "tfidf_svm"]  # type: ignore[call-overload]
    assert "baselines" not in scores["summary.support"], "a figure that no baseline has"
    assert scores["summary.novel_1grams"]["mean"] == 0
    lines = Path("runs/r/evaluation/per_article.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    assert len(rows) == 120 and rows[0]["region"]["gold"] == ["202"]
    mean = sum(row["summary"]["rouge2"] for row in rows if "summary" in row) / 100
    assert mean == pytest.approx(scores["summary.rouge2"]["mean"])
    said = rows[0]["summary"]["baselines"]["lead1"]
    assert said["words"] > 5 and rows[0]["region"]["baselines"]["majority_in_sample"]
    assert not any("topics" in row for row in rows)
    folder = Path("runs/r/evaluation")
    names = ("per_article.jsonl", "report.html")
    assert found["files"] == {name: digest_of(folder / name) for name in names}
    # A key that the schema lacks is gone after the round, one that it has and the file not refused.
    schema = TypeAdapter(Metrics)
    assert json.loads(schema.dump_json(schema.validate_python(found))) == found


def test_the_same_labels_give_the_same_bytes(run: Command) -> None:
    assert run("evaluate", some(), "predictions=r").code == 0
    assert "tfidf_svm" in metrics()["metrics"]["region.micro_f1"]["baselines"]  # type: ignore[index]
    folder = Path("runs/r/evaluation")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert len(before) == 3
    shutil.rmtree(folder)
    assert run("evaluate", some(), "predictions=runs/r").code == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_half_the_ids_is_said_aloud(run: Command) -> None:
    wanted = labels({"id": "s01", "region": "202"}, {"id": "zz", "region": "202"}, {"id": "s02"})
    done = run("evaluate", wanted, "predictions=r")
    assert done.code == 2 and "1 of 2 labels have no article in the run (zz)" in done.message
    assert "allow_unmatched=true" in done.message and not Path("runs/r/evaluation").exists()
    done = run("evaluate", wanted, "predictions=r", "allow_unmatched=true", "baselines=false")
    assert done.code == 0 and "1 of 2 labels have no article in the run (zz)" in done.err
    assert "majority" not in done.out and "labels scored: 1; intervals from so few" in done.err
    assert metrics()["unmatched"] == ["zz"] and metrics()["unscored"] == ["s02"]
    assert run("labels", "check", "labels.jsonl", "--predictions", "r").out.count("zz") == 1


def test_a_kill_between_its_files_leaves_no_metrics(
    run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("evaluate", some(), "predictions=r", "baselines=false").code == 0

    def killed(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pipeline.evaluate.command.write_report", killed)
    assert run("evaluate", some(), "predictions=r", "baselines=false").code == 130
    assert sorted(path.name for path in Path("runs/r/evaluation").iterdir()) == [
        "per_article.jsonl", "report.html"
    ]  # fmt: skip


def test_figures_fit_a_narrow_terminal(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    done = run("evaluate", some(), "predictions=r")
    assert done.code == 0 and "…" not in done.out and "region without" not in done.err
    own, beside = (line for line in done.out.splitlines() if "summary.rouge1 " in line)
    assert own.count("[") == 1 and beside.count("│") == 6 and "[" not in beside
    assert max(map(len, done.out.splitlines()[1:-1])) <= 80


@pytest.mark.parametrize(
    ("rows", "more", "reason"),
    [
        ([{"id": "other", "countries": []}], [], "none of the 1 labels is of an article"),
        ([{"id": "s01", "region": "999"}], [], "no M49 code"),
        ([{"id": "s01", "summary": ""}], [], "an empty reference"),
        ([{"id": "s01", "summary": "... –"}], [], "an empty reference"),
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


def test_ids_are_cleaned_as_ingest_does(dateline: Command) -> None:
    name = "line\nbreak,\ttab  '\u00fcn\u00ef' ../x"
    Path("a.jsonl").write_text(json.dumps({"id": name, "text": "Macron was in Paris."}) + "\n")
    source = ("source=jsonl", "source.path=a.jsonl", "topic=none", "summarizer=none")
    done = dateline("evaluate", labels({"id": name, "region": "155"}), *source, "region=lexicon")
    assert done.code == 0 and "matched 1, unmatched 0" in done.out, done.err


def test_a_reference_that_rouge_cannot_read_is_said_aloud(run: Command) -> None:
    russian = {"id": "s01", "summary": "\u0427\u0430\u0439 \u0434\u043e\u0440\u043e\u0436\u0435."}
    done = run("evaluate", labels(russian), "predictions=r", "baselines=false")
    assert done.code == 0 and "1 references have no word of the letters a-z" in done.err


def test_what_arrow_says_is_one_line(run: Command) -> None:
    twice = pa.Table.from_arrays([pa.array(["s01"])] * 2, names=["id", "id"])
    pq.write_table(twice, "twice.parquet")
    done = run("evaluate", "gold=twice.parquet", "predictions=r")
    assert done.code == 2 and "twice.parquet: cannot be read" in done.message


def test_runs_that_cannot_be_scored(dateline: Command) -> None:
    assert "no annotate was done" in dateline("evaluate", "gold=sample", "predictions=r").message
    assert dateline("ingest", "run.name=r").code == 0
    assert dateline("annotate", *RUN).code == 0
    done = dateline("evaluate", "gold=sample", "predictions=r")
    assert done.code == 2 and "not finished, nothing is published" in done.message
    assert dateline("publish", "run.name=r").code == 0
    with Path("runs/r/published/articles.parquet").open("ab") as file:
        file.write(b"x")
    done = dateline("evaluate", "gold=sample", "predictions=r")
    assert done.code == 2 and "is not what the run published" in done.message
    assert "gold is not set" in dateline("evaluate", "predictions=r").message


def test_labels_check(dateline: Command) -> None:
    done = dateline("labels", "check", "sample")
    assert done.code == 0 and "120 labels; countries 120" in done.out
    assert labels_path("sample").name == "labels.jsonl"
    labels({"id": "a", "region": None, "topics": []})
    assert (
        "note: region is null in 1 of 1 labels" in dateline("labels", "check", "labels.jsonl").out
    )
    labels({"id": "a", "topics": ["x", "y"]}, {"id": "a", "region": "1"})
    done = dateline("labels", "check", "labels.jsonl")
    assert done.code == 2 and "2 problems" in done.message
    assert all(what in done.out for what in ("'x'", "'y'", "id 'a' is that of 1"))


@pytest.mark.parametrize("name", ["articles.jsonl", "articles.parquet"])
def test_predictions_of_another_version(run: Command, name: str) -> None:
    folder = Path("runs/r")
    lines = (folder / "published/articles.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    for row in rows:
        del row["topic_score"]
        row["summary_sentences"] = "one. two."
        for country in row["countries"]:
            del country["focus"]
    path = folder / "published" / name
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    manifest = read_record(folder / "manifest.json") or {}
    old = {"published": {name: digest_of(path)}, "versions": {"dateline": "0.0.1"}}
    write_record(folder / "manifest.json", {**manifest, **old})
    done = run("evaluate", "gold=sample", "predictions=r")
    assert done.code == 2 and "of Dateline 0.0.1" in done.message and "run again" in done.message
    for what in ("countries.focus is missing", "topic_score is missing",
                 "summary_sentences is a str, not a list"):  # fmt: skip
        assert what in done.message


def test_topics_of_two_levels_are_said_aloud(run: Command) -> None:
    deep = {"id": "s01", "topics": ["medtop:20000170"]}
    gold = labels(deep, {"id": "s02", "topics": ["medtop:17000000"]})
    shutil.copy("runs/r/published/articles.jsonl", "copy.jsonl")
    done = run("evaluate", gold, "predictions=copy.jsonl")
    assert done.code == 0 and "compared at level 1 of the tree" in done.err
    first = json.loads(Path("copy_evaluation/per_article.jsonl").read_text().splitlines()[0])
    assert first["topics"]["gold"] == ["medtop:04000000"]
    notes = (read_record(Path("copy_evaluation/metrics.json")) or {})["notes"]
    assert any("level 1" in note for note in notes)  # type: ignore[attr-defined]


def test_labels_of_nothing_but_what_was_switched_off(run: Command) -> None:
    done = run("evaluate", labels({"id": "s01", "topics": ["medtop:04000000"]}), "predictions=r")
    assert done.code == 2 and "the run r: topic switched off in it, and the labels" in done.message


def test_a_run_without_summaries_has_no_part_for_them(dateline: Command) -> None:
    own = ("region=lexicon", "topic=none", "summarizer=none", "run.name=r", "ingest.limit=4")
    gold = labels({"id": "s01", "region": "202", "summary": "Tea farmers are paid more."})
    done = dateline("evaluate", gold, "source=sample", *own)
    assert done.code == 0, done.err
    assert "note: summarizer: switched off in this run, not scored" in done.err.splitlines()
    assert "topic:" not in done.err, "of which no label speaks"
    assert not any(name.startswith("summary.") for name in metrics()["metrics"])  # type: ignore[attr-defined]
    page = Path("runs/r/evaluation/report.html").read_text(encoding="utf-8")
    assert 'id="summary"' not in page and 'id="region"' in page


def test_similarity_is_for_whoever_asks(run: Command) -> None:
    wanted = labels({"id": "s01", "summary": "Tea farmers are paid more."})
    missing = ("similarity=true", "encoder.model=no/such-model")
    assert run("evaluate", wanted, "predictions=r", *missing).code == 2
    assert run("evaluate", wanted, "predictions=r").code == 0 and metrics()["similarity"] is None


class Hashed:
    """An encoder of counted letters: enough to be told from none."""

    def identity(self) -> dict[str, str]:
        return {"encoder": "letters"}

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        counts = np.array([[text.count(letter) for letter in "etaoins"] for text in texts], float)
        return (counts / np.linalg.norm(counts, axis=1, keepdims=True)).astype(np.float32)


def test_similarity_stands_beside_rouge(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.evaluate.command.open_encoder", lambda node: Hashed())
    wanted = labels({"id": "s01", "summary": "Tea farmers are paid more."})
    done = run("evaluate", wanted, "predictions=r", "similarity=true")
    assert done.code == 0, done.err
    found: dict[str, dict[str, float]] = metrics()["metrics"]  # type: ignore[assignment]
    similar = found["summary.sentence_similarity_f1"]
    assert 0.2 < similar["mean"] < 1 and len(similar["baselines"]) == 4  # type: ignore[arg-type]
    assert metrics()["similarity"] == {"encoder": "letters"}
