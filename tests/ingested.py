"""A source of records from a list, and the stores that ingest fills of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pipeline.article import Article, from_table
from pipeline.ingest.ingest import Stores
from pipeline.sources.base import BadRecord, Record
from pipeline.store.aside import Aside
from pipeline.store.shards import ShardStore


class ListSource:
    """Records from a list; raises when it has given `fails_after` of them."""

    def __init__(
        self, records: Sequence[Record | BadRecord], fails_after: int | None = None
    ) -> None:
        self._records = records
        self._fails_after = fails_after

    def identity(self) -> Mapping[str, str]:
        return {"reader": "list-1"}

    def files(self) -> list[Path]:
        return []

    def read(self) -> Iterator[Record | BadRecord]:
        for before, one in enumerate(self._records):
            if before == self._fails_after:
                raise KeyboardInterrupt
            yield one


def record(text: str, number: int = 0, **values: str) -> Record:
    return Record(f"list:{number}", {"text": text, **values})


def bad(where: str, payload: str = "{") -> BadRecord:
    return BadRecord(where, payload, f"{where}: broken", "ValueError: broken")


def store_in(folder: Path) -> ShardStore:
    return ShardStore(folder / "articles", folder / "rejects", "f")


def stores_in(folder: Path) -> Stores:
    asides = (Aside(folder / name) for name in ("keys", "duplicates", "filtered"))
    return Stores(store_in(folder), *asides)


def articles(store: ShardStore) -> list[Article]:
    return [a for receipt in store.receipts() for a in from_table(store.read(receipt.shard))]


def totals(store: ShardStore) -> Counter[str]:
    counts: Counter[str] = Counter()
    for receipt in store.receipts():
        counts.update(receipt.counts)
    return counts


def files(folder: Path) -> dict[str, bytes]:
    """All that ingest wrote, but for what it decided: another thing where it began anew."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith("decision-")
    }
