"""The inputs of a run that grows: appended to, changed while they are read, broken, unreadable."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from command import Outcome, rejects_in
from news_texts import OTHER, STORY
from pipeline.core.files import read_record
from pipeline.ingest.ingest import ingest

Command = Callable[..., Outcome]

WORDS = (
    "run", "source=jsonl", "source.path=inbox", "run.name=desk", "run.grow=true", "topic=none",
    "region=none", "summarizer=lead", "ingest.shard_rows=2", "publish=[jsonl]",
)  # fmt: skip
BRIDGE = "The bridge at Mostar was closed for a day."


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("inbox").mkdir()


def line(name: str, text: str) -> str:
    return json.dumps({"id": name, "text": text}) + "\n"


def published() -> list[str]:
    lines = Path("runs/desk/published/articles.jsonl").read_text().splitlines()
    return [json.loads(row)["id"] for row in lines]


def counts() -> dict[str, int]:
    found = (read_record(Path("runs/desk/manifest.json")) or {})["counts"]
    assert isinstance(found, dict)
    assert found.pop("read") == sum(found.values())
    return {name: count for name, count in found.items() if count}


def test_a_file_that_is_appended_to(dateline: Command) -> None:
    """Each time all of it is read, and what was there before repeats itself; a line that was being
    written is a reject, and an article once it is whole."""
    path = Path("inbox/stream.jsonl")
    whole = line("a", STORY) + line("b", OTHER) + line("c", BRIDGE)
    path.write_text(whole[:-20])
    assert dateline(*WORDS).code == 0
    assert published() == ["a", "b"]
    path.write_text(whole)
    assert dateline(*WORDS).code == 0
    assert published() == ["a", "b", "c"]
    path.write_text(whole + line("d", "Snow fell in Oslo all day on Monday."))
    assert dateline(*WORDS).code == 0
    assert published() == ["a", "b", "c", "d"]
    assert counts() == {"annotated": 4, "duplicate": 5, "rejected": 1}
    assert dateline("verify", "desk").code == 0


def test_one_that_changes_while_it_is_read_is_begun_anew(
    dateline: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that was decided of its first rows holds for the rows that it has then."""
    Path("inbox/a.jsonl").write_text(line("a", STORY) + line("b", OTHER))
    assert dateline(*WORDS).code == 0
    new = Path("inbox/b.jsonl")
    new.write_text(line("b", f"{OTHER} Rain came in May.") + line("c", STORY))

    def changing(*given: object) -> None:
        ingest(*given)  # type: ignore[arg-type]
        new.write_text(line("d", BRIDGE) + line("e", "Snow fell in Oslo all day on Monday."))

    monkeypatch.setattr("pipeline.workflow.reading.ingest", changing)
    outcome = dateline(*WORDS)
    assert outcome.code == 2
    assert "inbox/b.jsonl: changed while it was read; run again when" in outcome.message
    monkeypatch.setattr("pipeline.workflow.reading.ingest", ingest)
    assert dateline(*WORDS, "published.duplicates=true").code == 0
    assert published() == ["a", "b", "d", "e"]
    assert counts() == {"annotated": 4}
    assert dateline("verify", "desk").code == 0


def test_one_that_changed_and_vanished(dateline: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("inbox/a.jsonl").write_text(line("a", STORY))
    assert dateline(*WORDS).code == 0
    new = Path("inbox/b.jsonl")
    new.write_text(line("b", BRIDGE))

    def changing(*given: object) -> None:
        ingest(*given)  # type: ignore[arg-type]
        new.write_text("")

    monkeypatch.setattr("pipeline.workflow.reading.ingest", changing)
    assert dateline(*WORDS).code == 2
    monkeypatch.setattr("pipeline.workflow.reading.ingest", ingest)
    new.unlink()
    assert dateline(*WORDS).code == 0
    assert published() == ["a"]
    assert counts() == {"annotated": 1}
    assert dateline(*WORDS).message == "run desk: nothing new"


def test_what_is_all_rejects_is_taken_out_of_the_folder(dateline: Command) -> None:
    Path("inbox/a.jsonl").write_text(line("a", STORY))
    assert dateline(*WORDS).code == 0
    broken = Path("inbox/b.jsonl")
    broken.write_text("broken\n" * 5)
    Path("inbox/c.jsonl").write_text(line("c", BRIDGE))
    for _ in range(2):
        assert dateline(*WORDS).code == 3
        assert published() == ["a"]
    broken.unlink()
    assert dateline(*WORDS).code == 0
    assert published() == ["a", "c"]
    assert counts() == {"annotated": 2}
    assert not rejects_in(Path("runs/desk/rejects"))


def test_one_that_cannot_be_read_is_a_reject_until_it_can_be(
    dateline: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("inbox/a.jsonl").write_text(line("a", STORY))
    Path("inbox/b.jsonl").write_text(line("b", BRIDGE))
    open_file = Path.open

    def opened(path: Path, *given: object, **named: object) -> object:
        if path.name == "b.jsonl":
            raise PermissionError(13, "Permission denied", str(path))
        return open_file(path, *given, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", opened)
    outcome = dateline(*WORDS)
    assert outcome.code == 0
    assert "b.jsonl: cannot be read" in outcome.err
    assert "nothing new" in dateline(*WORDS).message
    monkeypatch.setattr(Path, "open", open_file)
    assert dateline(*WORDS).code == 0
    assert published() == ["a", "b"]
    assert counts() == {"annotated": 2, "rejected": 1}
    assert dateline("verify", "desk").code == 0


def test_a_file_that_is_mended_is_read_as_a_new_one(dateline: Command) -> None:
    Path("inbox/a.jsonl").write_text(line("a", STORY) + "broken\n")
    assert dateline(*WORDS).code == 0
    Path("inbox/b.jsonl").write_text(line("b", OTHER))
    assert dateline("retry", "desk").code == 0
    Path("inbox/a.jsonl").write_text(line("a", STORY) + line("c", BRIDGE))
    assert dateline(*WORDS).code == 0
    assert published() == ["a", "c", "b"]
    assert counts() == {"annotated": 3, "duplicate": 1, "rejected": 1}


def test_the_same_file_twice_is_read_once(dateline: Command) -> None:
    for name in ("a", "copy of a"):
        Path(f"inbox/{name}.jsonl").write_text(line("a", STORY) + line("b", OTHER))
    assert dateline(*WORDS).code == 0
    assert counts() == {"annotated": 2}
    Path("inbox/later.jsonl").write_text(line("a", STORY) + line("b", OTHER))
    assert dateline(*WORDS).message == "run desk: nothing new"
