"""Which of many articles go, and that a kill at any moment changes nothing of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from ingested import ListSource, articles, files, record, store_in, stores_in, totals
from news_texts import OTHER, STORY, WEATHER
from pipeline.article import Article
from pipeline.core.parquet import read_parquet
from pipeline.ingest.again import retry_rejects
from pipeline.ingest.duplicates import Row, Search, find_duplicates
from pipeline.ingest.ingest import ingest
from pipeline.ingest.keys import keys_of
from pipeline.ingest.settings import IngestSettings
from pipeline.sources.base import BadRecord, Read


def search(shards: Sequence[Sequence[Article]], first_new: int = 0, **options: bool) -> Search:
    keys = [keys_of(shard) for shard in shards]
    return Search(
        [lambda number=number: keys[number] for number in range(len(keys))],
        first_new,
        lambda row: shards[row.shard][row.row],
        **options,
    )  # type: ignore[arg-type]


def verdicts(found: Search) -> list[tuple[tuple[int, int], tuple[int, int], str]]:
    def pair(row: Row) -> tuple[int, int]:
        return row.shard, row.row

    return [(pair(one.place), pair(one.of), one.rule) for one in find_duplicates(found)]


def story(number: int, text: str = STORY, **values: str) -> Article:
    return Article(id=str(number), text=text, **values)  # type: ignore[arg-type]


REUTERS = f"TALLINN (Reuters) - {STORY}".replace("said", "told reporters")


def test_the_one_published_first_stays() -> None:
    shards = [
        [story(1, REUTERS, published="2026-03-03"), story(2, OTHER)],
        [story(3, STORY, published="2026-03-02T23:00:00Z"), story(4, STORY.upper())],
    ]
    assert verdicts(search(shards)) == [
        ((0, 0), (1, 0), "near"), ((1, 1), (1, 0), "same words")
    ]  # fmt: skip
    assert verdicts(search(shards, near=False)) == [((1, 1), (1, 0), "same words")]


def test_an_old_article_stays_whatever_its_date() -> None:
    shards = [[story(1, REUTERS, published="2026-03-03")], [story(2, published="2026-03-01")]]
    assert verdicts(search(shards, first_new=1)) == [((1, 0), (0, 0), "near")]


def test_old_articles_are_not_compared_with_each_other() -> None:
    shards = [[story(1), story(2)], [story(3, OTHER)]]
    assert verdicts(search(shards, first_new=1)) == []


def test_a_later_text_under_the_same_url_is_a_version() -> None:
    url = "https://example.org/a"
    shards = [
        [story(1, STORY, url=url, published="2026-03-01"), story(2, OTHER, url="https://x.org")],
        [story(3, OTHER[::-1], url=url, published="2026-03-02")],
        [story(4, WEATHER, url=url, published="2026-02-01")],
    ]
    assert verdicts(search(shards, 1, versions=True)) == [
        ((2, 0), (0, 0), "updated"), ((0, 0), (1, 0), "updated")
    ]  # fmt: skip
    assert verdicts(search(shards, 1)) == []


def test_an_id_that_was_used_before() -> None:
    shards = [[story(1), story(1, OTHER), story(1)]]
    assert verdicts(search(shards)) == [
        ((0, 1), (0, 0), "same id"), ((0, 2), (0, 0), "same words")
    ]  # fmt: skip
    assert verdicts(search(shards, versions=True))[0] == ((0, 0), (0, 1), "updated")


def test_what_is_published_no_more_repeats_nothing() -> None:
    keys = [keys_of([story(1)]), keys_of([story(2)])]
    found = Search(
        [lambda: keys[0], lambda: keys[1]], 1, lambda row: story(1), gone=frozenset({Row(0, 0)})
    )
    assert find_duplicates(found) == []


def test_many_copies_take_few_comparisons() -> None:
    looked: list[Row] = []
    shard = [story(number, f"{STORY} Copy {number}.") for number in range(400)]
    keys = keys_of(shard)

    def article(row: Row) -> Article:
        looked.append(row)
        return shard[row.row]

    find_duplicates(Search([lambda: keys], 0, article))
    assert len(looked) < 4 * len(shard)


def test_keys_do_not_change() -> None:
    """Those of runs of before are compared with those of today."""
    keys = keys_of([story(1, url="https://example.org"), Article(id="2")])
    assert int(np.bitwise_xor.reduce(keys["bands"][0])) == 6972082117409896359
    assert keys["words"].tolist() == [114, 0]


@pytest.fixture
def records() -> list[Read]:
    return [
        record(STORY, 1, id="a", published="2026-03-03"),
        record(OTHER, 2, id="b"),
        BadRecord("list:3", "{", "list:3: broken", "ValueError: broken"),
        record(REUTERS, 4, id="c", published="2026-03-01"),
        record(OTHER.upper(), 5, id="d"),
        record(WEATHER, 6, id="b"),
        record(WEATHER.replace("light", "mild"), 7, id="e"),
    ]


def test_repeated_articles_are_kept_apart(tmp_path: Path, records: list[Read]) -> None:
    ingest(ListSource(records), IngestSettings(shard_rows=2), stores_in(tmp_path))
    assert [a.id for a in articles(store_in(tmp_path))] == ["b", "c", "e"]
    counts = totals(store_in(tmp_path))
    assert {n: counts[n] for n in ("read", "articles", "duplicate", "rejected")} == {
        "read": 7, "articles": 3, "duplicate": 2, "rejected": 2
    }  # fmt: skip
    assert (counts["duplicate.near"], counts["duplicate.same words"]) == (1, 1)
    rows = [
        row
        for path in sorted((tmp_path / "duplicates").glob("*.parquet"))
        for row in read_parquet(path).to_pylist()
    ]
    assert [(row["id"], row["duplicate_of"], row["rule"]) for row in rows] == [
        ("a", "c", "near"), ("d", "b", "same words")
    ]  # fmt: skip
    assert rows[0]["text"] == STORY
    assert 0.9 < rows[0]["similarity"] < 1


def test_killed_while_they_are_taken_out(
    tmp_path: Path, records: list[Read], monkeypatch: pytest.MonkeyPatch
) -> None:
    options = IngestSettings(shard_rows=2)
    ingest(ListSource(records), options, stores_in(tmp_path / "once"))
    write = type(store_in(tmp_path)).write
    for survived in range(4, 8):
        folder = tmp_path / str(survived)
        left = [survived]

        def dying(*given: object, left: list[int] = left, **named: object) -> object:
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1
            return write(*given, **named)  # type: ignore[arg-type]

        monkeypatch.setattr("pipeline.store.shards.ShardStore.write", dying)
        try:
            ingest(ListSource(records), options, stores_in(folder))
        except KeyboardInterrupt:
            assert not store_in(folder).finished()
        monkeypatch.undo()
        ingest(ListSource(records), options, stores_in(folder))
        assert files(folder) == files(tmp_path / "once")


def test_a_shard_lost_after_all_is_made_again(tmp_path: Path, records: list[Read]) -> None:
    options = IngestSettings(shard_rows=2)
    ingest(ListSource(records), options, stores_in(tmp_path))
    before = files(tmp_path)
    (tmp_path / "articles" / "00001.receipt.json").unlink()
    ingest(ListSource(records), options, stores_in(tmp_path))
    assert files(tmp_path) == before


def test_what_is_tried_again_may_repeat_an_article(tmp_path: Path, records: list[Read]) -> None:
    options = IngestSettings(shard_rows=2)
    ingest(ListSource(records), options, stores_in(tmp_path))
    mended = [*records[:2], record(STORY.upper(), 3, id="f"), *records[3:]]
    assert retry_rejects(ListSource(mended), options, stores_in(tmp_path)) == 1
    assert [a.id for a in articles(store_in(tmp_path))] == ["b", "c", "e"]
    mended = [*records[:5], record("Rain fell in Oslo.", 6), *records[6:]]
    assert retry_rejects(ListSource(mended), options, stores_in(tmp_path)) == 1
    assert [a.text[:4] for a in articles(store_in(tmp_path))][-2:] == ["Rain", "Fore"]
    counts = totals(store_in(tmp_path))
    ended = sum(counts[name] for name in ("articles", "duplicate", "filtered", "rejected"))
    assert counts["read"] == 7 == ended
    assert json.loads((tmp_path / "articles/complete.json").read_text())["counts"]["articles"] == 4
