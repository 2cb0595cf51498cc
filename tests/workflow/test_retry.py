"""`dateline retry`: once the cause is gone, as if it had never been; until then nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from command import Outcome, rejects_in
from faults import Fault, Run, fast_folder, fickle_run, quick, small_run, unreadable
from pipeline.core.errors import RejectRateError, RunError
from pipeline.core.files import read_record
from pipeline.workflow.retry import retry_verb
from pipeline.workflow.steps import run_verb

Command = Callable[..., Outcome]


@pytest.fixture(scope="module", autouse=True)
def _quick() -> Iterator[None]:
    with quick():
        yield


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Path]:
    with fast_folder(tmp_path) as folder:
        yield folder


@pytest.fixture
def run(room: Path) -> Run:
    return fickle_run(room)


@pytest.fixture
def undisturbed(run: Run) -> dict[str, bytes]:
    """What is published when nothing goes wrong; the room is empty again."""
    run.completed()
    published = run.published()
    run.clear()
    return published


def ids(run: Run) -> list[str]:
    lines = run.published()["articles.jsonl"].splitlines()
    return [json.loads(line)["id"] for line in lines]


def counts(run: Run) -> dict[str, int]:
    manifest = read_record(run.directory.manifest)
    assert manifest is not None and isinstance(manifest["counts"], dict)
    return manifest["counts"]


def attempts(run: Run) -> dict[str, int]:
    return {
        reject.id or "bad line": reject.attempts for reject in rejects_in(run.directory.rejects)
    }


def choke(run: Run, *names: str) -> None:
    (run.folder / "broken").write_text(" ".join(names))


def test_what_a_stage_rejected_comes_back_in_its_place(
    run: Run, undisturbed: dict[str, bytes], dateline: Command
) -> None:
    choke(run, "b", "e", "f")
    run.completed()
    assert ids(run) == ["a", "d"]
    assert attempts(run) == {"bad line": 1, "b": 1, "e": 1, "f": 1}

    choke(run, "e")
    runs = str(run.directory.path.parent)
    done = dateline("retry", "small", "--runs", runs, "--allow-external-code")
    assert done.code == 0 and "4 rejects tried again, 2 recovered, 2 left" in done.err
    assert ids(run) == ["a", "b", "d", "f"]
    assert attempts(run) == {"bad line": 2, "e": 2}
    assert counts(run) == {"read": 7, "annotated": 4, "duplicate": 1, "filtered": 0, "rejected": 2}
    assert run.problems() == []

    run.completed(retry_verb)
    assert attempts(run) == {"bad line": 3, "e": 3}
    choke(run)
    run.completed(retry_verb)
    assert attempts(run) == {"bad line": 4}
    assert run.published() == undisturbed
    assert run.problems() == [] and run.parts() == []
    run.completed()
    assert run.published() == undisturbed and run.problems() == []


def test_what_a_stage_rejected_of_a_failed_retry_is_still_there(run: Run) -> None:
    """A stage that fails worse than before takes nothing with it."""
    choke(run, "b")
    run.completed()
    choke(run, "a", "b", "d", "e", "f")
    run.completed(retry_verb)
    assert ids(run) == ["a", "d", "e", "f"]
    assert attempts(run) == {"bad line": 2, "b": 2}
    assert run.problems() == []


def test_what_ingest_rejected_is_read_again(run: Run, undisturbed: dict[str, bytes]) -> None:
    with unreadable("b", "e", "f"):
        run.completed()
    assert ids(run) == ["a", "d"]
    assert [r.attempts for r in rejects_in(run.directory.rejects)] == [1, 1, 1, 1]
    assert counts(run)["rejected"] == 4

    with unreadable("e"):
        run.completed(retry_verb)
    assert sorted(ids(run)) == ["a", "b", "d", "f"]
    assert [r.attempts for r in rejects_in(run.directory.rejects)] == [2, 2]
    assert counts(run) == {"read": 7, "annotated": 4, "duplicate": 1, "filtered": 0, "rejected": 2}
    assert run.problems() == []

    run.completed(retry_verb)
    rows, wanted = (
        sorted(published["articles.jsonl"].splitlines())
        for published in (run.published(), undisturbed)
    )
    assert rows == wanted
    assert [r.attempts for r in rejects_in(run.directory.rejects)] == [3]
    assert run.problems() == [] and run.parts() == []
    published = run.published()
    run.completed()
    assert run.published() == published and run.problems() == []


def test_what_ingest_recovered_may_be_rejected_by_a_stage(run: Run) -> None:
    choke(run, "b", "d")
    with unreadable("b"):
        run.completed()
    assert attempts(run) == {"bad line": 1, "d": 1}
    run.completed(retry_verb)
    assert attempts(run)["bad line"] == 2 and attempts(run).keys() == {"bad line", "b", "d"}
    assert run.problems() == []
    choke(run)
    run.completed(retry_verb)
    assert sorted(ids(run)) == ["a", "b", "d", "e", "f"]
    assert run.problems() == []


def test_a_recovered_duplicate_is_one(run: Run) -> None:
    """`c` is `a` once more, whichever of them was rejected at first."""
    with unreadable("a"):
        run.completed()
    assert "c" in ids(run)
    run.completed(retry_verb)
    assert sorted(ids(run)) == ["b", "c", "d", "e", "f"]
    assert counts(run)["duplicate"] == 1 and run.problems() == []


def test_changed_input_is_refused(run: Run) -> None:
    run.completed()
    before = run.tree()
    with (run.folder / "in.jsonl").open("a") as file:
        file.write("\n")
    ended = run.attempt(verb=retry_verb)
    assert isinstance(ended.error, RunError)
    assert "in.jsonl: changed since the run was made" in str(ended.error)
    assert run.tree() == before


def test_a_run_that_was_not_finished_is_refused(run: Run) -> None:
    run.attempt(Fault(80, "before"))  # in the second shard of ingest
    ended = run.attempt(verb=retry_verb)
    assert isinstance(ended.error, RunError)
    assert f"{run.directory.path}: not finished; run it to its end" in str(ended.error)
    run.completed()
    assert run.problems() == []


def test_where_there_is_no_run(dateline: Command) -> None:
    done = dateline("retry", "nothing")
    assert done.code == 2 and "no ingest was done here" in done.message


def test_nothing_rejected(run: Run, dateline: Command) -> None:
    source = run.folder / "in.jsonl"
    source.write_text("".join(source.read_text().splitlines(keepends=True)[:2]))
    run.completed()
    before = run.tree()
    runs = str(run.directory.path.parent)
    refused = dateline("retry", "small", "--runs", runs)
    assert refused.code == 2 and "run.allow_external_code" in refused.err
    done = dateline("retry", "small", "--runs", runs, "--allow-external-code")
    assert done.code == 0 and "0 rejects tried again, 0 recovered, 0 left" in done.err
    assert run.tree() == before and run.problems() == []


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.4])
def test_too_many_rejects_end_the_run_early_and_all_is_kept(run: Run, rate: float) -> None:
    choke(run, "b", "d")
    run.completed()
    wanted = run.published()
    run.clear()
    strict = run.changed(run__max_reject_rate=rate)
    ended = strict.attempt()
    assert isinstance(ended.error, RejectRateError) and ended.error.exit_code == 3
    assert str(run.directory.rejects) in str(ended.error)
    kept = strict.tree()
    assert any(name.endswith(".receipt.json") for name in kept)
    assert rejects_in(run.directory.rejects)
    again = strict.attempt()
    assert isinstance(again.error, RejectRateError)
    assert kept.keys() <= strict.tree().keys()

    run.completed()
    assert run.published() == wanted
    stored = run.tree()
    # The second shard has a repeated article, which goes when all records are read.
    firsts = ("articles/00000", "articles/00002", "annotations/0")
    receipts = {name for name in kept if name.startswith(firsts)}
    assert {name: kept[name] for name in receipts} == {name: stored[name] for name in receipts}


def test_a_run_that_went_on_with_a_higher_rate_is_whole(run: Run) -> None:
    assert isinstance(run.changed(run__max_reject_rate=0.0).attempt().error, RejectRateError)
    run.completed()
    assert run.problems() == []


def test_the_command_ends_with_3(room: Path, dateline: Command) -> None:
    small_run(room)
    words = ("run", "source=jsonl", f"source.path={room / 'in.jsonl'}", "region=none", "topic=none",
             "summarizer=lead", f"paths.runs={room / 'runs'}")  # fmt: skip
    done = dateline(*words, "run.max_reject_rate=0.1")
    assert done.code == 3 and "run.max_reject_rate=0.1; see " in done.err
    assert (room / "runs" / "jsonl" / "articles" / "00000.receipt.json").exists()
    assert dateline(*words).code == 0
    assert dateline("retry", "jsonl", "--runs", str(room / "runs")).code == 0
    assert dateline("verify", "jsonl", "--runs", str(room / "runs")).code == 0


def test_a_run_with_too_many_rejects_can_be_retried(run: Run) -> None:
    """Which is what it is for: the cause is gone, and the rate was never right."""
    choke(run, "b", "d", "e")
    strict = run.changed(run__max_reject_rate=0.3)
    run.completed()
    assert isinstance(strict.attempt().error, RejectRateError)
    assert isinstance(strict.attempt(verb=retry_verb).error, RejectRateError)  # nothing was mended
    choke(run)
    strict.completed(retry_verb)
    assert ids(run) == ["a", "b", "d", "e", "f"]


def test_a_run_that_lies_elsewhere_with_its_input(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dateline: Command
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "in.jsonl").write_bytes((run.folder / "in.jsonl").read_bytes())
    words = ("run", "source=jsonl", "region=none", "topic=none", "summarizer=lead")
    with unreadable("b"):
        assert dateline(*words, "source.path=in.jsonl", "run.name=r").code == 0
    assert rejects_in(tmp_path / "runs" / "r" / "rejects")[0].where == "in.jsonl:2"
    monkeypatch.chdir(tmp_path / "here")
    assert dateline("verify", "../runs/r").code == 0
    (tmp_path / "in.jsonl").rename(tmp_path / "here" / "in.jsonl")
    assert dateline("retry", "../runs/r").code == 2
    done = dateline("retry", "../runs/r", "--source", "in.jsonl")
    assert done.code == 0 and "2 rejects tried again, 1 recovered, 1 left" in done.err
    path = tmp_path / "here" / "in.jsonl"
    again = dateline(*words, f"source.path={path}", "paths.runs=../runs", "run.name=r")
    assert again.code == 0 and "5 annotated" in again.out


def test_a_retry_leaves_the_configuration_alone(run: Run) -> None:
    """A later run with the same words finds the run that it made."""
    choke(run, "b")
    run.completed()
    choke(run)
    run.completed(retry_verb)
    before = run.tree()
    run.completed(run_verb)
    assert run.tree() == before
