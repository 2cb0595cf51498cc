"""Rejected records, read once more: what is an article now goes to the end of its shard."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection
from dataclasses import replace

from pipeline.article import Article, from_table
from pipeline.ingest.date_order import DateOrders
from pipeline.ingest.ingest import Stores, counts_of, placed, reject_of, repeats_of
from pipeline.ingest.prepare import Batch, prepare
from pipeline.ingest.repeats import FIRST
from pipeline.ingest.settings import IngestSettings
from pipeline.sources.base import Read, Source
from pipeline.store.shards import Reject


def retry_rejects(
    source: Source,
    settings: IngestSettings,
    stores: Stores,
    check: Callable[[], None] = lambda: None,
    shards: Collection[int] | None = None,
) -> int:
    """Read the records that were rejected once more; returns how many are rejected no longer.

    What is an article now goes to the end of the shard in which it was rejected. Of a growing run
    `shards` are those that the source was read into.
    """
    store = stores.articles
    repeats = repeats_of(stores, settings, FIRST)
    refused = {
        receipt.shard: store.rejects(receipt.shard)
        for receipt in store.receipts()
        if receipt.rejects and (shards is None or receipt.shard in shards)
    }
    orders = DateOrders(source)
    again = _read_again(source, {one.where for many in refused.values() for one in many}, check)
    added: dict[int, list[Article]] = {}
    counts: dict[int, Counter[str]] = {}
    rejects: dict[int, list[Reject]] = {}
    for shard, before in refused.items():
        added[shard], counts[shard], rejects[shard] = [], Counter(), []
        for reject in before:
            if not again[reject.where]:  # no longer in the source
                rejects[shard].append(reject)
                continue
            record = again[reject.where].pop(0)
            prepared = prepare(Batch([record], settings, orders.of([record])))
            counts[shard] += counts_of(prepared, 0)
            added[shard] += from_table(prepared.table)
            rejects[shard] += (
                replace(reject_of(bad), attempts=reject.attempts + 1) for bad in prepared.rejected
            )
    repeats.append(added, counts, rejects)
    receipts = store.receipts()
    store.finish(sum((Counter(receipt.counts) for receipt in receipts), Counter()))
    tried = sum(map(len, refused.values()))
    return tried - sum(receipts[shard].counts.get("rejected", 0) for shard in refused)


def _read_again(
    source: Source, wanted: set[str], check: Callable[[], None]
) -> defaultdict[str, list[Read]]:
    """The records of these positions."""
    found: defaultdict[str, list[Read]] = defaultdict(list)
    if wanted:
        for record in placed(source):
            check()
            if record.where in wanted:
                found[record.where].append(record)
    return found
