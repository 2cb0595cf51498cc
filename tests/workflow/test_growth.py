"""A run that grows: new files become new shards, old ones stay, and a kill loses nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from command import Outcome
from news_texts import OTHER, RESULTS, STORY, WEATHER
from pipeline.core import disk
from pipeline.core.files import read_record

Command = Callable[..., Outcome]

WORDS = (
    "run", "source=jsonl", "source.path=inbox", "run.name=desk", "run.grow=true", "topic=none",
    "region=none", "summarizer=lead", "ingest.shard_rows=2", "publish=[jsonl]",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("inbox").mkdir()


def put(name: str, *rows: dict[str, str]) -> None:
    Path("inbox", f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def published() -> list[tuple[str, str]]:
    lines = Path("runs/desk/published/articles.jsonl").read_text().splitlines()
    return [(row["id"], row["text"][:6]) for row in map(json.loads, lines)]


def shards() -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(Path("runs/desk").glob("a*/*.parquet"))}


def article(name: str, text: str, **more: str) -> dict[str, str]:
    return {"id": name, "text": text, **more}


URL = "https://example.org/harbour"
NIGHTS = (
    [article("a", STORY, url=URL, published="2026-03-01"), article("b", OTHER)],
    [article("c", f"TALLINN (Reuters) - {STORY}".replace("said", "says")), article("d", RESULTS)],
    [article("e", WEATHER, url=URL, published="2026-03-02")],
    [article("b", OTHER)],
    [article("f", f"{STORY[300:]} {OTHER}", published="2026-03-05"), article("g", "")],
)


def test_five_nights(dateline: Command) -> None:
    seen = [
        [("a", STORY[:6]), ("b", OTHER[:6])],
        [("a", STORY[:6]), ("b", OTHER[:6]), ("d", RESULTS[:6])],
        [("b", OTHER[:6]), ("d", RESULTS[:6]), ("e", WEATHER[:6])],
        [("b", OTHER[:6]), ("d", RESULTS[:6]), ("e", WEATHER[:6])],
    ]
    before: dict[str, bytes] = {}
    for number, rows in enumerate(NIGHTS):
        put(f"night{number}", *rows)
        assert dateline(*WORDS).code == 0
        if number < len(seen):
            assert published() == seen[number]
        assert before.items() <= shards().items()  # old shards stay as they are
        before = shards()
    manifest = read_record(Path("runs/desk/manifest.json")) or {}
    assert manifest["counts"] == {
        "read": 8, "annotated": 4, "duplicate": 3, "filtered": 0, "rejected": 1
    }  # fmt: skip
    assert manifest["duplicates"] == {"near": 1, "same words": 1, "updated": 1}
    plan = read_record(Path("runs/desk/plan.json")) or {}
    additions = plan["steps"]["ingest"]["additions"]  # type: ignore[index, call-overload]
    assert [(list(one["inputs"]), one["shards"]) for one in additions] == [
        ([f"inbox/night{number}.jsonl"], 1) for number in range(5)
    ]
    assert dateline("verify", "desk").code == 0
    ids = [name for name, _ in published()]
    dateline(*WORDS, "published.since=2026-03-05", "published.duplicates=true")
    assert published() == [("f", STORY[300:306])]
    dateline(*WORDS, "published.duplicates=true")
    assert {name for name, _ in published()} == {*ids, "a", "c"}


def test_nothing_new_is_one_line_and_changes_nothing(dateline: Command) -> None:
    put("a", *NIGHTS[0])
    dateline(*WORDS)
    before = {p: p.read_bytes() for p in Path("runs/desk/published").iterdir()}
    Path("inbox/a.jsonl").rename("inbox/moved.jsonl")
    outcome = dateline(*WORDS)
    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.message == "run desk: nothing new"
    assert {p: p.read_bytes() for p in Path("runs/desk/published").iterdir()} == before


def test_a_file_that_vanished_changes_nothing(dateline: Command) -> None:
    put("a", *NIGHTS[0])
    dateline(*WORDS)
    Path("inbox/a.jsonl").unlink()
    put("b", *NIGHTS[2])
    assert dateline(*WORDS).code == 0
    assert [name for name, _ in published()] == ["b", "e"]


@pytest.mark.parametrize("survived", range(6))
def test_killed_in_the_second_night(
    survived: int, dateline: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("a", *NIGHTS[0], *NIGHTS[1])
    dateline(*WORDS)
    put("b", *NIGHTS[2], *NIGHTS[3], *NIGHTS[4])
    left = [survived]
    rename = disk.rename

    def dying(source: Path, target: Path) -> None:
        if target.parent.name in ("articles", "keys", "duplicates"):
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1
        rename(source, target)

    monkeypatch.setattr("pipeline.core.disk.rename", dying)
    killed = dateline(*WORDS)
    monkeypatch.setattr("pipeline.core.disk.rename", rename)
    assert killed.code != 0
    put("c", article("h", "The bridge at Mostar was closed for a day."))  # came in the meantime
    assert dateline(*WORDS).code == 0
    assert [name for name, _ in published()] == ["b", "d", "e", "f", "h"]
    assert dateline("verify", "desk").code == 0


def test_other_keys_are_refused_unless_they_are_for_what_comes(dateline: Command) -> None:
    put("a", *NIGHTS[0])
    dateline(*WORDS)
    put("b", *NIGHTS[2])
    refused = dateline(*WORDS, "ingest.max_chars=900", "summarizer=none")
    assert refused.code != 0
    assert "ingest.max_chars" in refused.err
    outcome = dateline(*WORDS, "run.grow=from_now", "ingest.max_chars=900", "summarizer=none")
    assert outcome.code == 0, outcome.err
    plan = read_record(Path("runs/desk/plan.json")) or {}
    for step in ("ingest", "annotate"):
        assert len(plan["steps"][step]["earlier"]) == 1  # type: ignore[index, call-overload]
    rows = map(json.loads, Path("runs/desk/published/articles.jsonl").read_text().splitlines())
    assert [(row["id"], row["summary"] is None) for row in rows] == [("b", False), ("e", True)]
    assert dateline("verify", "desk").code == 0


def test_withdrawn_from_all_that_is_published(dateline: Command) -> None:
    put("a", *NIGHTS[0], *NIGHTS[1])
    dateline(*WORDS)
    wrong = dateline("withdraw", "desk", "id=z", "reason=none")
    assert "no article has the id 'z'" in wrong.message
    assert dateline("withdraw", "desk", "id=a", "reason=a false name").code == 0
    assert [name for name, _ in published()] == ["b", "d"]
    record = read_record(Path("runs/desk/duplicates/withdrawn.json")) or {}
    articles = record["articles"]
    assert isinstance(articles, list)
    assert [(one["id"], one["reason"]) for one in articles] == [("a", "a false name")]
    put("b", article("i", STORY.replace("said", "says")))
    dateline(*WORDS, "published.duplicates=true")
    assert [name for name, _ in published()] == ["b", "d"]
    assert dateline("verify", "desk").code == 0


def test_a_source_without_files_does_not_grow(dateline: Command) -> None:
    outcome = dateline("run", "source=sample", *WORDS[3:])
    assert "run.grow=true" in outcome.message


def test_what_was_rejected_is_tried_again_night_by_night(dateline: Command) -> None:
    put("a", *NIGHTS[0])
    dateline(*WORDS, "ingest.max_chars=900", "run.max_reject_rate=1")
    put("b", *NIGHTS[4], article("j", RESULTS * 3))
    dateline(*WORDS, "ingest.max_chars=900", "run.max_reject_rate=1")
    assert [name for name, _ in published()] == ["a", "b", "f"]
    outcome = dateline("retry", "desk")
    assert outcome.code == 0, outcome.err
    assert "2 rejects tried again, 0 recovered, 2 left" in outcome.err
    assert dateline("verify", "desk").code == 0
    Path("inbox/a.jsonl").unlink()
    assert "its files are here no more" in dateline("retry", "desk").err
