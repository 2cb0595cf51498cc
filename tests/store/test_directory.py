"""The run directory: whose it is, and what happens when the configuration changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.article import ARTICLE_SCHEMA, Article, to_table
from pipeline.core.errors import ConfigError, RunError
from pipeline.store.directory import RunDirectory

TABLE = to_table([Article(id="a", text="A.")], ARTICLE_SCHEMA)
INGEST = {"source.path": "a", "ingest.limit": None}
ANNOTATE = {"articles": "x", "stages.topic": 1}


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    """A run that was ingested and annotated."""
    run = RunDirectory(tmp_path, "monday")
    articles = run.articles(run.prepare("ingest", INGEST, overwrite=False))
    articles.write(0, TABLE, {})
    annotate = run.prepare("annotate", ANNOTATE, overwrite=False)
    run.annotations(annotate, articles).write(0, TABLE, {})
    (run.path / "note.txt").write_text("my own")
    return run


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "-x", "a b", "x\n"])
def test_names_that_are_none(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"run\.name"):
        RunDirectory(tmp_path, name)


def test_the_same_keys_resume(run: RunDirectory) -> None:
    assert run.prepare("ingest", INGEST, overwrite=False) == run.fingerprint("ingest")
    assert run.prepare("annotate", ANNOTATE, overwrite=True) == run.fingerprint("annotate")
    articles = run.articles(run.fingerprint("ingest"))
    assert run.annotations(run.fingerprint("annotate"), articles).receipt(0) is not None


def test_other_keys_are_refused_by_name(run: RunDirectory) -> None:
    before = run.plan.read_bytes()
    with pytest.raises(RunError) as error:
        run.prepare("ingest", {"source.path": "b", "ingest.limit": None}, overwrite=False)
    assert "source.path was 'a' and is 'b'" in str(error.value)
    assert "ingest.limit" not in str(error.value)
    assert "run.overwrite=true" in str(error.value)
    assert run.plan.read_bytes() == before


def test_overwriting_annotate_keeps_ingest_and_strangers(run: RunDirectory) -> None:
    ingested = run.fingerprint("ingest")
    run.prepare("annotate", {**ANNOTATE, "stages.topic": 2}, overwrite=True)
    assert run.fingerprint("ingest") == ingested
    assert run.articles(ingested).receipt(0) is not None
    assert not (run.path / "annotations").exists()
    assert (run.path / "note.txt").read_text() == "my own"


def test_overwriting_ingest_removes_what_was_made_from_it(run: RunDirectory) -> None:
    run.prepare("ingest", {"source.path": "b"}, overwrite=True)
    assert not run.is_planned("annotate")
    assert sorted(path.name for path in run.path.iterdir()) == ["note.txt", "plan.json"]


def test_a_run_that_stored_nothing_is_planned_anew(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path, "monday")
    first = run.prepare("ingest", INGEST, overwrite=False)
    second = run.prepare("ingest", {"source.fields.text": "body"}, overwrite=False)
    assert first != second == run.fingerprint("ingest")


def test_what_others_work_by_is_not_planned_anew(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path, "monday")
    first = run.prepare("ingest", INGEST, overwrite=False)
    for overwrite in (False, True):
        with pytest.raises(RunError, match=r"source\.fields\.text"):
            run.prepare("ingest", {"source.fields.text": "body"}, overwrite, alone=False)
    assert run.prepare("ingest", INGEST, overwrite=False, alone=False) == first


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path, "photos")
    run.path.mkdir()
    run.log.write_text("")
    run.prepare("ingest", INGEST, overwrite=False)  # a log alone is ours
    run.plan.unlink()
    (run.path / "me.jpg").write_text("x")
    for overwrite in (False, True):
        with pytest.raises(RunError, match=r"me\.jpg.*not a run"):
            run.prepare("ingest", INGEST, overwrite=overwrite)
    assert (run.path / "me.jpg").exists()


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "monday").write_text("x")
    with pytest.raises(RunError, match="is a file"):
        RunDirectory(tmp_path, "monday").prepare("ingest", INGEST, overwrite=True)


def test_a_step_that_was_not_done(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no ingest was done here"):
        RunDirectory(tmp_path, "monday").fingerprint("ingest")
