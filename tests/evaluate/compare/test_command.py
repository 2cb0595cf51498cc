"""`dateline compare` on runs without models."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from command import Outcome
from pipeline.article import Topic
from pipeline.cli.command import run_command
from pipeline.core.files import read_record, write_record
from pipeline.evaluate.predictions import Predictions, find_predictions

Command = Callable[..., Outcome]
FAST = ("topic=none", "region=lexicon", "publish=[jsonl]", "ingest.limit=12")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs `a` and `b`, which differ in summaries, and `few` of two articles only."""
    folder, before = tmp_path_factory.mktemp("made"), Path.cwd()
    os.chdir(folder)
    try:
        for words in (
            ("summarizer=lead", "run.name=a"),
            ("summarizer=lead", "summarizer.sentences=1", "summarizer.min_words=5", "run.name=b"),
            ("summarizer=none", "run.name=few", "ingest.limit=2"),
        ):
            assert run_command(["run", *FAST, *words]) == 0
        assert run_command(["ingest", "run.name=begun"]) == 0
    finally:
        os.chdir(before)
    return folder / "runs"


@pytest.fixture
def compare(made: Path, dateline: Command) -> Command:
    shutil.copytree(made, "runs")
    return lambda *words: dateline("compare", *words, "allow_unmatched=true")


def found(path: str = "runs/a/evaluation/comparison.json") -> Any:
    return read_record(Path(path))


def labels(*rows: dict[str, object]) -> str:
    Path("labels.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return "gold=labels.jsonl"


def test_two_runs(compare: Command) -> None:
    done = compare("runs/a", "b", "gold=sample")
    assert done.code == 0, done.err
    assert "b less a" in done.out and "ties" in done.out and "most changed" in done.out
    assert "a: " in done.err and "every figure is on the 12" in done.err
    record = found()
    assert record["counts"]["compared"] == 12 < record["counts"]["labels"]
    [pair] = record["comparisons"]
    rouge = pair["metrics"]["summary.rouge1"]
    scores = {one["name"]: one["metrics"]["summary.rouge1"]["mean"] for one in record["runs"]}
    assert rouge["difference"]["mean"] == pytest.approx(scores["b"] - scores["a"])
    assert rouge["difference"]["low"] < rouge["difference"]["mean"] < rouge["difference"]["high"]
    assert 0 < rouge["p"] <= 1 and not rouge["same"]
    assert (
        pair["metrics"]["region.micro_f1"] | {"p": 1, "same": True}
        == (pair["metrics"]["region.micro_f1"])
    )
    tally = pair["documents"]["summary"]
    assert sum(tally.values()) == rouge["documents"] == rouge["n_first"]
    assert len(pair["changed"]) == min(10, tally["first_better"] + tally["second_better"])
    change = pair["changed"][0]
    assert change["first"]["summary"] != change["second"]["summary"]
    text = Path("runs/a/evaluation/comparison.json").read_text()
    assert str(Path.cwd()) not in text, "a path of this machine"
    compare("runs/a", "b", "gold=sample")
    assert Path("runs/a/evaluation/comparison.json").read_text() == text


def test_the_figures_are_those_of_evaluate(compare: Command, dateline: Command) -> None:
    words = ("gold=sample", "predictions=a")
    compare("a", "b", "gold=sample", "to=out.json")
    assert not Path("runs/a/evaluation").exists()
    assert dateline("evaluate", *words, "allow_unmatched=true", "baselines=false").code == 0
    assert (
        found("out.json")["runs"][0]["metrics"]
        == found("runs/a/evaluation/metrics.json")["metrics"]
    )


def test_several_runs_are_a_leaderboard(compare: Command) -> None:
    done = compare("b", "few", "a", "gold=sample", "by=summary.rougeLsum")
    assert done.code == 0 and "group" in done.out and "share a letter" in done.out
    record = found("runs/b/evaluation/comparison.json")
    assert record["counts"]["compared"] == 2 and len(record["comparisons"]) == 2
    [(by, board)] = record["leaderboards"].items()
    assert by == "summary.rougeLsum" and board[-1]["run"] == "few"
    assert board[0]["group"] == board[1]["group"] == "a" and board[0]["to_best"] is None
    assert board[1]["to_best"]["difference"]["low"] <= 0 and board[-1]["group"] == ""
    assert board[-1]["mean"] is None and "summarizer: switched off in few, not scored" in done.err


def test_only_what_both_did_is_compared(compare: Command) -> None:
    done = compare("a", "few", "gold=sample")
    assert done.code == 0 and "summary" not in done.out
    for stage, run in (("summarizer", "few"), ("topic", "a"), ("topic", "few")):
        assert f"note: {stage}: switched off in {run}, not scored" in done.err
    record = found()
    [pair] = record["comparisons"]
    for names in (pair["metrics"], *(one["metrics"] for one in record["runs"])):
        assert {name.partition(".")[0] for name in names} == {"region", "countries"}
    assert set(record["leaderboards"]) == {"region.micro_f1", "countries.micro_f1"}
    assert set(pair["documents"]) == {"region", "countries"}
    words = labels({"id": "s01", "summary": "Tea farmers are paid more."})
    done = compare("a", "few", words)
    assert done.code == 2 and "few: summarizer, topic switched off in it, and" in done.message


def test_a_copy_differs_in_nothing(compare: Command) -> None:
    shutil.copytree("runs/a", "other/a")
    done = compare("runs/a", "other/a", "gold=sample")
    assert done.code == 0 and "most changed" not in done.out
    record = found()
    assert [one["name"] for one in record["runs"]] == ["runs/a", "other/a"]
    [pair] = record["comparisons"]
    assert pair["changed"] == []
    for one in pair["metrics"].values():
        assert one["same"] and one["difference"]["high"] in (0, None) and one["p"] in (1, None)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["a", "runs/a", "gold=sample"], "runs/a: the run was given already, as a"),
        (["a", "b", "a", "gold=sample"], "a: the run was given already"),
        (["a", "gold=sample"], "nothing to compare: dateline compare RUN RUN"),
        (["gold=sample"], "nothing to compare"),
        (["a", "begun", "gold=sample"], "no annotate was done here"),
        (["a", "nowhere", "gold=sample"], "runs/nowhere"),
        (["a", "b"], "gold is not set"),
        (["a", "b", "gold=sample", "by=summary.rouge3"], "did you mean summary.rouge"),
        (["a", "b", "gold=sample", "spilt=dev"], "did you mean 'split'?"),
        (["a", "b", "gold=sample", "split=no"], "no label of split=no"),
    ],
)
def test_what_cannot_be_compared(compare: Command, words: list[str], said: str) -> None:
    done = compare(*words)
    assert done.code == 2 and said in done.message
    assert not Path("runs/a/evaluation").exists()


def test_few_of_the_labels_are_not_compared_unasked(made: Path, dateline: Command) -> None:
    shutil.copytree(made, "runs")
    done = dateline("compare", "a", "few", "gold=sample")
    assert done.code == 2 and "allow_unmatched=true" in done.message
    assert "a: " in done.message


def test_ids_that_do_not_match(compare: Command) -> None:
    done = compare("a", "b", labels({"id": "zz", "region": "202"}))
    assert done.code == 2 and "a: none of the 1 labels is of an article" in done.message
    last = Path("runs/a/published/articles.jsonl").read_text().splitlines()[-1]
    only = json.loads(last)["id"]
    done = compare("a", "few", labels({"id": only, "region": "202"}))
    assert done.code == 2 and "few: none of the 1 labels" in done.message


def test_runs_that_choose_from_other_topics(compare: Command) -> None:
    def chosen(run: str, edition: str) -> None:
        path = Path(f"runs/{run}/plan.json")
        plan: Any = read_record(path)
        plan["steps"]["annotate"]["keys"]["identity.topic.taxonomy"] = edition
        write_record(path, plan)

    chosen("a", "iptc-1")
    done = compare("a", "b", "gold=sample")
    assert done.code == 0 and "topic: switched off in b, not scored" in done.err
    chosen("b", "iptc-2")
    assert "choose from other topics" in compare("a", "b", "gold=sample").message
    chosen("b", "iptc-1")
    assert compare("a", "b", "gold=sample").code == 0
    chosen("a", "sha256:1")
    chosen("b", "sha256:1")
    assert "give topic_labels.path=FILE" in compare("a", "b", "gold=sample").message


def test_another_text_under_the_same_id(compare: Command) -> None:
    Path("labels.csv").write_text("id,region\nx,202\ny,202\n")
    for run, text in (("p", "It rained in Kenya."), ("q", "It rained in Nairobi.")):
        lines = [{"id": "x", "text": text}, {"id": "y", "text": "Dust in Kenya."}]
        Path("in.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines))
        words = ("source=jsonl", "source.path=in.jsonl", "summarizer=none", f"run.name={run}")
        assert run_command(["run", *FAST, *words]) == 0
    done = compare("p", "q", "gold=labels.csv")
    assert done.code == 0 and "1 of 2 articles have another text" in done.err


def test_runs_are_compared_at_a_level_that_all_reach(
    compare: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run of narrower topics is not better or worse for that alone."""
    codes = {"a": "medtop:04000000", "b": "medtop:20000170"}  # the second is below the first

    def published(named: str, runs: str) -> Predictions:
        found = find_predictions(named, runs)
        topic = Topic(codes[named], "", 0.9)
        rows = {
            name: replace(row, topics=(topic,), topic=topic.qcode, topic_score=topic.score)
            for name, row in found.rows.items()
        }
        return replace(found, rows=rows, lacking={})

    monkeypatch.setattr("pipeline.evaluate.compare.runs.find_predictions", published)
    done = compare("a", "b", labels({"id": "s01", "topics": ["medtop:20000170"]}))
    assert done.code == 0 and "topics are compared at level 1" in done.err
    assert found()["comparisons"][0]["metrics"]["topics.micro_f1"]["first"] == 1
    assert found()["comparisons"][0]["documents"]["topics"]["ties"] == 1
