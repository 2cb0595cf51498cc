"""The shard store: a shard is believed only with its receipt and its bytes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.article import ARTICLE_SCHEMA, Article, from_table, to_table
from pipeline.core.errors import RunError
from pipeline.store.shards import Reject, ShardStore

TABLE = to_table([Article(id="a", text="A."), Article(id="b", title="B")], ARTICLE_SCHEMA)
COUNTS = {"read": 2, "articles": 2}


def store_in(folder: Path, fingerprint: str = "f") -> ShardStore:
    return ShardStore(folder / "articles", folder / "rejects", fingerprint)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    receipt = store_in(tmp_path).write(0, TABLE, COUNTS, consumed=2)
    store = store_in(tmp_path)
    assert store.read(0).equals(TABLE)
    assert [a.id for a in from_table(store.read(0))] == ["a", "b"]
    assert store.receipts() == [receipt]
    assert (receipt.rows, receipt.consumed, receipt.counts) == (2, 2, COUNTS)
    assert sorted(p.name for p in tmp_path.rglob("*") if p.is_file()) == [
        "00000.parquet", "00000.receipt.json"
    ]  # fmt: skip


@pytest.mark.parametrize("lost", ["00000.receipt.json", "00000.parquet"])
def test_half_a_shard_does_not_exist(lost: str, tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.write(0, TABLE, COUNTS)
    store.finish(COUNTS)
    assert store.finished()
    (tmp_path / "articles" / lost).unlink()
    assert store.receipt(0) is None
    assert store.receipts() == []
    assert not store.finished()
    with pytest.raises(RunError, match="without a valid receipt"):
        store.read(0)


def test_a_torn_receipt_does_not_exist(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.write(0, TABLE, COUNTS)
    path = tmp_path / "articles" / "00000.receipt.json"
    whole = path.read_text()
    for torn in (
        whole[:20],
        "",
        "[]",
        json.dumps({"fingerprint": "f"}),
        '{"fingerprint": "f", "x": 1}',
    ):
        path.write_text(torn)
        assert store.receipt(0) is None


def test_another_fingerprint_sees_nothing(tmp_path: Path) -> None:
    store_in(tmp_path).write(0, TABLE, COUNTS)
    store_in(tmp_path).finish(COUNTS)
    other = store_in(tmp_path, "other")
    assert other.receipts() == []
    assert not other.finished()
    with pytest.raises(RunError):
        other.read(0)


def test_changed_bytes_are_refused(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.write(0, TABLE, COUNTS)
    path = tmp_path / "articles" / "00000.parquet"
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(RunError, match="changed since its receipt") as error:
        store.read(0)
    assert str(path) in str(error.value)


def test_receipts_end_where_a_shard_is_missing(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    for shard in (0, 1, 3):
        store.write(shard, TABLE, COUNTS)
    assert [receipt.shard for receipt in store.receipts()] == [0, 1]


def test_not_finished_before_it_is_said_or_with_shards_missing(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.write(0, TABLE, COUNTS)
    assert not store.finished()
    store.finish(COUNTS)
    store.write(1, TABLE, COUNTS)
    assert not store.finished()


def test_rejects_come_back_and_go_with_their_shard(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    rejects = [
        Reject("f:1", "ingest", "why\nso", "E: x", "\0 é \u2028 😀"),
        Reject("", "", "", "", ""),
    ]
    store.write(0, TABLE, COUNTS, rejects)
    assert store.rejects(0) == rejects
    store.write(0, TABLE, COUNTS)
    assert store.rejects(0) == [] and not list((tmp_path / "rejects").iterdir())


def test_the_same_rows_are_the_same_bytes(tmp_path: Path) -> None:
    first = store_in(tmp_path / "a").write(0, TABLE, COUNTS)
    assert store_in(tmp_path / "b").write(0, TABLE.slice(0), COUNTS) == first
