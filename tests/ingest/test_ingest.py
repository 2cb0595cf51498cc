"""The ingest step: what becomes of each record, shards, and going on after a kill."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from command import rejects_in
from ingested import ListSource, articles, bad, files, record, store_in, stores_in, totals
from pipeline.ingest.date_parts import Unread
from pipeline.ingest.ingest import ingest
from pipeline.ingest.settings import IngestSettings
from pipeline.sources.base import BadRecord, Record

MIXED: list[Record | BadRecord] = [
    record("First story.", 1, id="a", language="en"),
    record("first  STORY.", 2, id="b", language="en"),
    bad("list:3"),
    record("Second story.", 4, id="a", language="en"),
    record("", 5),
    record("Third story.", 6, language="de"),
    record("Fourth story.", 7, language="en-GB"),
    record("", 8, title="A headline alone", language="sv"),
    record("Nul\0.", 9),
    record("Fifth story.", 10, language="fr"),
]


def test_every_record_ends_as_one_thing(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    steps: list[int] = []
    ingest(
        ListSource(MIXED), IngestSettings(languages=["en", "de"]), stores_in(tmp_path), steps.append
    )
    assert totals(store) == {
        "read": 10,
        "articles": 3,
        "duplicate": 1,
        "duplicate.same words": 1,
        "filtered": 2,
        "filtered.language fr": 1,
        "filtered.language sv": 1,
        "rejected": 4,
        "text_note.stub": 3,
    }
    assert sum(steps) == 10
    assert [a.text for a in articles(store)] == ["First story.", "Third story.", "Fourth story."]
    rejects = rejects_in(tmp_path / "rejects")
    assert [r.where for r in rejects] == ["list:3", "list:5", "list:9", "list:4"]
    assert {r.stage for r in rejects} == {"ingest"}
    assert [r.payload for r in rejects] == ["{", "", "Nul\0.", "Second story."]
    assert "id 'a' was used before" in rejects[3].reason
    assert store.finished()


def test_stubs_under_their_own_titles_stay(tmp_path: Path) -> None:
    wall = "Subscribe to continue reading."
    story = (
        "The court in Accra heard the case of a cocoa buyer who paid farmers with " + "notes " * 9
    )
    store = store_in(tmp_path)
    ingest(
        ListSource(
            [
                record(wall, 1, title="Rain in Oslo"),
                record(wall, 2, title="Rain in Bergen"),
                record(wall, 3, title="Rain in Oslo", url="https://example.org/3"),
                record(wall, 4, title="Rain in Oslo", id="again"),
                record(story, 5, title="Cocoa"),
                record(f"<p>{story.upper()}</p>", 6, title="Another", id="x", url="y"),
            ]
        ),
        IngestSettings(),
        stores_in(tmp_path),
    )
    assert [(a.where, a.text_note) for a in articles(store)] == [
        ("list:1", "stub"), ("list:2", "stub"), ("list:3", "stub"), ("list:5", None)
    ]  # fmt: skip
    assert totals(store)["duplicate"] == 2


def test_dates_that_are_not_read_are_counted_and_told(tmp_path: Path) -> None:
    dates = ("2026-01-31", "02/03/2026", "03/04/2026", "2 hours ago", "")
    told: list[tuple[str, str]] = []
    store = store_in(tmp_path)
    ingest(
        ListSource([record(f"Story {n}.", n, published=date) for n, date in enumerate(dates)]),
        IngestSettings(),
        stores_in(tmp_path),
        unread_date=lambda *date: told.append(date),
    )
    assert [a.published for a in articles(store)] == ["2026-01-31", None, None, None, None]
    counts = totals(store)
    assert (counts["unread_date.ambiguous"], counts["unread_date.relative"]) == (2, 1)
    assert told == [(Unread.AMBIGUOUS, dates[1]), (Unread.AMBIGUOUS, dates[2]),
                    (Unread.RELATIVE, dates[3])]  # fmt: skip


def test_a_finished_ingest_reads_nothing(tmp_path: Path) -> None:
    ingest(ListSource(MIXED), IngestSettings(), stores_in(tmp_path))
    before = files(tmp_path)
    ingest(ListSource(MIXED, fails_after=0), IngestSettings(), stores_in(tmp_path))
    assert files(tmp_path) == before


@pytest.mark.parametrize(("rows", "sizes"), [(1, [1] * 5), (2, [2, 2, 1]), (5, [5]), (9, [5])])
def test_shard_sizes(rows: int, sizes: list[int], tmp_path: Path) -> None:
    store = store_in(tmp_path)
    ingest(
        ListSource([record(f"Story {n}.") for n in range(5)]),
        IngestSettings(shard_rows=rows),
        stores_in(tmp_path),
    )
    assert [receipt.rows for receipt in store.receipts()] == sizes


def test_limit_is_of_records_read(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    ingest(ListSource(MIXED, fails_after=4), IngestSettings(limit=4), stores_in(tmp_path))
    assert totals(store)["read"] == 4


def test_nothing_read_leaves_no_shard(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    ingest(ListSource([]), IngestSettings(), stores_in(tmp_path))
    assert store.receipts() == []
    assert store.finished()


def test_a_given_language_is_kept_and_a_missing_one_detected(tmp_path: Path) -> None:
    text = "Das Parlament hat am Montag beschlossen, die Steuer auf Zucker zu erhöhen"
    store = store_in(tmp_path)
    ingest(
        ListSource([record(f"{text}."), record(f"{text} an.", language="nl"), record("1 2 3")]),
        IngestSettings(letters=False),
        stores_in(tmp_path),
    )
    assert [a.language for a in articles(store)] == ["de", "nl", None]


@pytest.mark.parametrize("after", range(1, 10))
def test_killed_and_run_again_gives_the_same_bytes(after: int, tmp_path: Path) -> None:
    options = IngestSettings(shard_rows=2)
    ingest(ListSource(MIXED), options, stores_in(tmp_path / "once"))
    with pytest.raises(KeyboardInterrupt):
        ingest(ListSource(MIXED, fails_after=after), options, stores_in(tmp_path / "twice"))
    assert not store_in(tmp_path / "twice").finished()
    receipts = store_in(tmp_path / "twice").receipts()
    kept = len(receipts)
    steps: list[int] = []
    ingest(ListSource(MIXED), options, stores_in(tmp_path / "twice"), steps.append)
    assert files(tmp_path / "twice") == files(tmp_path / "once")
    assert sum(steps) == len(MIXED) - (receipts[-1].consumed if receipts else 0)
    whole = store_in(tmp_path / "once").receipts()
    assert kept == sum(receipt.consumed <= after for receipt in whole)


def test_a_lost_receipt_is_made_again(tmp_path: Path) -> None:
    options = IngestSettings(shard_rows=2)
    ingest(ListSource(MIXED), options, stores_in(tmp_path))
    before = files(tmp_path)
    (tmp_path / "articles" / "00001.receipt.json").unlink()
    assert not store_in(tmp_path).finished()
    ingest(ListSource(MIXED), options, stores_in(tmp_path))
    assert files(tmp_path) == before


def test_rejects_do_not_pile_up_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.ingest.ingest._MANY_CHARS", 1000)
    store = store_in(tmp_path)
    ingest(
        ListSource([bad(f"list:{n}", "x" * 600) for n in range(5)]),
        IngestSettings(),
        stores_in(tmp_path),
    )
    assert [receipt.counts["rejected"] for receipt in store.receipts()] == [2, 2, 1]
    assert len(rejects_in(tmp_path / "rejects")) == 5


def test_half_a_surrogate_pair_is_kept_in_the_rejects(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    lone = [bad("list:\udce9", '{"text": "\ud83d'), record("\ud83d \0"), record("Half \ud83d.")]
    ingest(ListSource(lone), IngestSettings(), stores_in(tmp_path))
    assert [a.text for a in articles(store)] == ["Half ?."]
    first, second = rejects_in(tmp_path / "rejects")
    assert (first.where, first.payload) == ("list:\udce9", '{"text": "\ud83d')
    assert second.payload == "\ud83d \0"


@settings(max_examples=40, deadline=None)
@given(
    texts=st.lists(
        st.one_of(st.text(st.characters(), max_size=8), st.sampled_from("aAb ")), max_size=12
    ),
    rows=st.integers(1, 4),
    languages=st.sampled_from([None, ["en"]]),
)
def test_no_record_is_lost(
    texts: list[str],
    rows: int,
    languages: list[str] | None,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("ingest")
    store = store_in(folder)
    ingest(
        ListSource([record(text, n) for n, text in enumerate(texts)]),
        IngestSettings(shard_rows=rows, max_chars=6, languages=languages),
        stores_in(folder),
    )
    counts = totals(store)
    ended = sum(counts[name] for name in ("articles", "duplicate", "filtered", "rejected"))
    assert counts["read"] == len(texts) == ended
    assert counts["articles"] == len(articles(store))
    assert counts["rejected"] == len(rejects_in(folder / "rejects"))
    complete = folder / "articles" / "complete.json"
    assert Counter(json.loads(complete.read_text())["counts"]) == counts
