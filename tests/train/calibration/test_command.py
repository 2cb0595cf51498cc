"""`dateline calibrate` and the runs that use what it wrote."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from command import Outcome
from pipeline.calibrate.file import read_calibration
from pipeline.cli.command import run_command
from pipeline.core.errors import ModelError
from pipeline.core.files import read_record, write_record
from tiny_scores import ReadScores, write_articles

Command = Callable[..., Outcome]
RUN = ("run", "source=jsonl", "source.path=articles.jsonl", "summarizer=none", "region=none",
       "cache.path=cache")  # fmt: skip
FITTED = ("calibrate", "gold=labels.jsonl", "predictions=plain", "to=c.json")


def arguments_of(name: str, *more: str) -> tuple[str, ...]:
    own = ("run", "--config-dir", "own", "topic=read", "run.allow_external_code=true")
    return (*own, *RUN[1:], f"run.name={name}", *more)


def run(dateline: Command, name: str, *more: str) -> Outcome:
    return dateline(*arguments_of(name, *more))


def rows(name: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = pq.read_table(
        f"runs/{name}/published/articles.parquet"
    ).to_pylist()
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run of 80 overconfident articles, the calibration of its scores, and the
    results of stages."""
    folder = tmp_path_factory.mktemp("made")
    write_articles(folder, 80)
    own = folder / "own" / "topic"
    own.mkdir(parents=True)
    (own / "read.yaml").write_text("_target_: tiny_scores.ReadScores\nthreshold: 0.5\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for arguments in (arguments_of("plain"), FITTED):
            assert run_command(arguments) == 0
    return folder


@pytest.fixture
def scored(dateline: Command, made: Path, tmp_path: Path) -> Command:
    """The command in a copy of `made`."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return dateline


def test_scores_become_probabilities(scored: Command) -> None:
    done = scored(*FITTED)
    assert done.code == 0, done.err
    assert "240 scores of 80 labelled articles" in done.out and "map: temperature" in done.out
    assert "F1 before: as published" in done.out
    assert "c.json: use it with calibration.topic=c.json" in done.out
    assert "region: the run plain was made without" in done.err
    record = read_record(Path("c.json"))
    assert record is not None
    task = record["tasks"]["topic"]  # type: ignore[index]
    ece, f1 = task["figures"]["ece_pairs"], task["figures"]["micro_f1"]
    assert ece["after"]["mean"] < ece["before"]["mean"] / 2 and ece["change"]["high"] < 0
    assert 0 < f1["before"]["mean"] < 1 and f1["before"]["low"] < f1["before"]["mean"]
    first = Path("c.json").read_bytes()
    assert scored(*FITTED).code == 0 and Path("c.json").read_bytes() == first


def test_a_run_picks_it_up_without_inference(scored: Command) -> None:
    calls = len(ReadScores.seen)
    assert run(scored, "k", "calibration.topic=c.json").code == 0
    assert len(ReadScores.seen) == calls  # the scores were in the cache
    fitted = read_calibration(Path("c.json"), "topic").calibration
    for raw, calibrated in zip(rows("plain"), rows("k"), strict=True):
        given = json.loads(str(raw["text"]).replace("'", '"'))
        expected = {
            code: chance
            for code, score in given.items()
            if (chance := float(fitted.probabilities(score))) >= fitted.threshold
        }
        found = {t["qcode"]: t["score"] for t in calibrated["topics"]}  # type: ignore[attr-defined]
        assert found == pytest.approx(expected)
        assert calibrated["topic_score"] == max(found.values(), default=None)
    manifest = read_record(Path("runs/k/manifest.json"))
    digest = read_calibration(Path("c.json"), "topic").digest
    assert manifest is not None
    assert manifest["identities"]["topic.calibration"] == digest  # type: ignore[index]
    assert scored("verify", "k", "--allow-external-code").code == 0


def test_another_calibration_is_another_run_and_no_inference(scored: Command) -> None:
    assert run(scored, "k", "calibration.topic=c.json").code == 0
    record, before = read_record(Path("c.json")), rows("k")
    assert record is not None
    record["tasks"]["topic"]["calibration"]["threshold"] = 0.9  # type: ignore[index]
    write_record(Path("c.json"), record)
    calls = len(ReadScores.seen)
    done = run(scored, "k", "calibration.topic=c.json")
    assert done.code == 2 and "identity.topic.calibration" in done.err
    assert "not what the annotations were made with" in scored(
        "verify", "k", "--allow-external-code").out  # fmt: skip
    assert run(scored, "k", "calibration.topic=c.json", "run.overwrite=true").code == 0
    assert len(ReadScores.seen) == calls
    after = rows("k")
    assert sum(len(r["topics"]) for r in after) < sum(len(r["topics"]) for r in before)  # type: ignore[arg-type]


def test_all_scores_are_kept_whatever_was_published(scored: Command) -> None:
    calls, first = len(ReadScores.seen), read_record(Path("c.json"))
    assert run(scored, "strict", "topic.threshold=0.99").code == 0
    assert len(ReadScores.seen) == calls  # a threshold asks no model
    assert sum(len(r["topics"]) for r in rows("strict")) < sum(  # type: ignore[arg-type]
        len(r["topics"]) for r in rows("plain"))  # type: ignore[arg-type]  # fmt: skip
    done = scored(*FITTED, "tasks=topic", "predictions=strict")
    assert done.code == 0 and not done.err, done.err
    again = read_record(Path("c.json"))
    assert first is not None and again is not None
    fits = [one["tasks"]["topic"]["calibration"] for one in (first, again)]  # type: ignore[index]
    assert fits[0] == fits[1]


def test_a_threshold_that_decides_nothing_is_no_key(scored: Command) -> None:
    """With a calibration of topics, thresholds of the stage are out of the game."""
    assert run(scored, "k", "calibration.topic=c.json").code == 0
    before = Path("runs/k/published/articles.jsonl").read_bytes()
    assert run(scored, "k", "calibration.topic=c.json", "topic.threshold=0.9").code == 0
    assert Path("runs/k/published/articles.jsonl").read_bytes() == before
    assert scored("verify", "k", "--allow-external-code").code == 0
    done = run(scored, "plain", "topic.threshold=0.9")
    assert done.code == 2 and "decisions.topic.threshold was 0.5 and is 0.9" in done.err


def test_a_stage_that_decides_by_itself_is_not_calibrated(scored: Command) -> None:
    Path("own/topic/cut.yaml").write_text("_target_: tiny_scores.CutScores\nmin_score: 0.5\n")
    assert run(scored, "cut", "topic=cut").code == 0
    assert any(row["topics"] for row in rows("cut"))
    done = scored(*FITTED, "tasks=topic", "predictions=cut", "to=cut.json")
    assert done.code == 2 and "its stage decides by itself: it lacks thresholds()" in done.message
    done = run(scored, "k", "topic=cut", "calibration.topic=c.json")
    assert done.code == 2 and "CutScores gives no scores but decides by itself" in done.message
    assert not Path("cut.json").exists() and not Path("runs/k/plan.json").exists()


def test_a_calibration_of_another_back_end_is_refused(scored: Command) -> None:
    done = run(scored, "k", "calibration.topic=c.json", "+topic.version=2")
    assert done.code == 2
    assert "fitted for the scores of read-1, not for read-2" in done.message
    done = run(scored, "k", "calibration.topic=c.json", "+topic.sharp=true")
    assert "read-1 (stages.topic.sharp is new: true)" in done.message
    done = scored(*RUN[:-1], "run.name=k", "topic=none", "calibration.topic=c.json")
    assert done.code == 2 and "topic is switched off" in done.message
    done = scored(*RUN[:-1], "topic=none", "region=lexicon", "run.name=k",
                  "calibration.region=c.json")  # fmt: skip
    assert done.code == 2 and "was not fitted for region (there is: topic)" in done.message
    assert not Path("runs/k/plan.json").exists()


def test_files_that_are_no_calibration_are_refused(scored: Command) -> None:
    done = run(scored, "k", "calibration.topic=none.json")
    assert done.code == 2 and "no such file" in done.message
    done = run(scored, "k", "calibration.tpic=none.json")
    assert done.code == 2 and "calibration.topic" in done.err
    path = Path("c.json")
    path.write_text(path.read_text().replace('"slope": 0', '"slope": 1'))
    with pytest.raises(ModelError, match="damaged, changed by hand"):
        read_calibration(path, "topic")
    write_record(path, {"kind": "calibration", "schema": 99})
    with pytest.raises(ModelError, match="schema 99, this Dateline reads 2"):
        read_calibration(path, "topic")


def test_what_cannot_be_calibrated(scored: Command) -> None:
    def said(*more: str) -> str:
        done = scored(*FITTED, *more)
        assert done.code == 2 and not Path("c.json").exists(), done.out
        return done.message

    Path("c.json").unlink()
    assert "nothing to calibrate" in said("tasks=[region]")
    assert "tasks" in said("tasks=[topics]")
    lines = Path("labels.jsonl").read_text().splitlines(keepends=True)
    Path("few.jsonl").write_text("".join(lines[:12]))
    assert "12 articles have a label and a score; calibrating takes at least 20" in said(
        "gold=few.jsonl")  # fmt: skip
    wrong = [{**json.loads(line), "topics": ["medtop:17000000"]} for line in lines]
    Path("wrong.jsonl").write_text("".join(json.dumps(row) + "\n" for row in wrong))
    assert "all 240 scores are of wrong answers" in said("gold=wrong.jsonl")
    assert "no label of split=dev" in said("split=dev")


def test_the_scores_of_a_calibrated_run_are_those_before_its_calibration(scored: Command) -> None:
    assert run(scored, "k", "calibration.topic=c.json").code == 0
    assert scored(*FITTED, "tasks=topic", "predictions=k", "to=d.json").code == 0
    for path in ("c.json", "d.json"):
        assert read_calibration(Path(path), "topic") == read_calibration(Path("c.json"), "topic")


def test_regions_of_the_bundled_sample(dateline: Command) -> None:
    given = ("run", "topic=none", "summarizer=none", "region=lexicon", "region.towns=false")
    assert dateline(*given, "run.name=r").code == 0
    done = dateline("calibrate", "gold=sample", "predictions=r", "to=c.json")
    assert done.code == 0 and "F1 before: as published" in done.out, done.err
    assert dateline(*given, "run.name=k", "calibration.region=c.json").code == 0
    again = dateline("calibrate", "gold=sample", "predictions=k", "to=d.json", "tasks=region")
    assert again.code == 2 and "its regions are calibrated already" in again.message
    other = dateline(*given, "region.min_region_score=0.9", "run.name=k2",
                     "calibration.region=c.json")  # fmt: skip
    assert (
        other.code == 2 and "decisions.region.min_region_score was 0.3 and is 0.9" in other.message
    )
    before, after = rows("r"), rows("k")
    least = read_calibration(Path("c.json"), "region").calibration.threshold
    for old, new in zip(before, after, strict=True):
        assert new["region"] is None or new["region_score"] >= least  # type: ignore[operator]
        focus = {c["alpha2"] for c in new["countries"] if c["focus"]}  # type: ignore[attr-defined]
        assert bool(focus) == bool(new["regions"])
        assert [c["evidence"] for c in old["countries"]] == [  # type: ignore[attr-defined]
            c["evidence"] for c in new["countries"]]  # type: ignore[attr-defined]  # fmt: skip
    assert any(o["region_score"] != n["region_score"] for o, n in zip(before, after, strict=True))
