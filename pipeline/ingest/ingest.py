"""The ingest step: raw records of a source become clean, distinct articles in Parquet shards.

First every record is looked at by itself, shard by shard and in several processes; then what
repeats another article is found over all shards, old ones too, and taken out.
"""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

import numpy as np
import pyarrow as pa

from pipeline.core.errors import RunError
from pipeline.core.secrets import redacted
from pipeline.core.workers import Failure, Workers
from pipeline.ingest.date_order import DateOrders
from pipeline.ingest.date_parts import Unread
from pipeline.ingest.gone import UPDATED, Gone
from pipeline.ingest.prepare import Batch, Prepared, detector, prepare
from pipeline.ingest.repeats import FIRST, TEXT_NOTE, Addition, Repeats
from pipeline.ingest.settings import IngestSettings
from pipeline.sources.base import BadRecord, LeftOut, Read, Record, Source
from pipeline.store.aside import Aside
from pipeline.store.shards import Receipt, Reject, ShardStore

INGEST_VERSION = "4"
"""Goes up with every change of what comes out of the same records."""

_LOG = logging.getLogger(__name__)

UNREAD_DATE, FILTERED, BOILERPLATE = "unread_date.", "filtered.", "boilerplate."
"""Before the reason, or the rule, in a receipt's counts of articles of that kind."""

LABELLED = "labelled"
"""Of a receipt's counts, articles that came with labels."""

_MANY_CHARS = 64 * 2**20
"""Characters of records that close a shard early: they come at any size and number."""
_HERE = 1024
"""Records that are read in this process before others are started, which takes a second."""
_DEADLINE = 600.0
"""Seconds for a shard: nothing in it may take for ever, whatever its records."""


@dataclass(frozen=True, slots=True)
class Stores:
    """Where ingest writes: article shards, the keys of their rows, and what is left out
    as repeated and as filtered."""

    articles: ShardStore
    keys: Aside
    duplicates: Aside
    filtered: Aside


def ingest(
    source: Source,
    settings: IngestSettings,
    stores: Stores,
    progress: Callable[[int], None] = lambda records: None,
    closed: Callable[[Receipt], None] = lambda receipt: None,
    check: Callable[[], None] = lambda: None,
    unread_date: Callable[[Unread, str], None] = lambda reason, given: None,
    addition: Addition = FIRST,
) -> None:
    """Read the source from where the article shards end, write the rest, and take out what repeats
    another article.

    Every record ends as exactly one of article, duplicate, filtered or rejected; each shard's
    receipt counts those read since the one before. `closed` is told of each new shard, and
    `unread_date` of each date of an article that was given and not read; `check` is called before
    each shard. The first and the last may raise to end the work: finished shards stay. What is read
    is an `addition` to the shards before its first.
    """
    store = stores.articles
    repeats = repeats_of(stores, settings, addition)
    receipts = store.receipts()[: addition.end]
    shards = len(receipts)
    if shards != repeats.decided():
        repeats.forget()
        consumed = receipts[-1].consumed if shards > addition.first_shard else 0
        store.forget_from(shards, addition.end)
        records = islice(placed(source), consumed, settings.limit)
        orders = DateOrders(source)
        parts = _parts(records, settings.shard_rows)
        batches = (Batch(part, settings, orders.of(part)) for part in parts)
        for shard, (read, prepared) in enumerate(_prepared(batches, settings), shards):
            check()
            shards += 1
            consumed += read
            receipt = _write(stores, repeats, shard, prepared, read, consumed)
            for where, reason, given in prepared.unread_dates:
                unread_date(reason, given)
                _LOG.info("%s: date %r not read, %s", where, given, reason, extra={"shard": shard})
            progress(read)
            closed(receipt)
    if addition.end not in (None, shards):
        raise RunError(
            f"{shards - addition.first_shard} shards came of what gave "
            f"{addition.end - addition.first_shard} before: restore them, or use another run.name"
        )
    repeats.settle(shards, check)
    store.finish(_counted(store))


def forget_addition(stores: Stores, number: int, first_shard: int) -> None:
    """An addition is no more: neither its shards nor what was decided over them."""
    stores.keys.forget(f"decision-{number:05d}", first_shard)
    stores.duplicates.forget(f"{UPDATED}{number:05d}", first_shard)
    stores.filtered.forget("", first_shard)
    stores.articles.forget_from(first_shard)
    stores.articles.finish(_counted(stores.articles))


def _counted(store: ShardStore) -> Counter[str]:
    return sum((Counter(receipt.counts) for receipt in store.receipts()), Counter())


def repeats_of(stores: Stores, settings: IngestSettings, addition: Addition) -> Repeats:
    # What was withdrawn is still compared: a copy that comes again is not published either.
    gone = Gone(stores.duplicates).updated
    return Repeats(
        stores.articles, stores.keys, stores.duplicates, settings.near_duplicates, addition, gone
    )


def _prepared(batches: Iterable[Batch], settings: IngestSettings) -> Iterator[tuple[int, Prepared]]:
    """What becomes of each batch, with its number of records, in order."""
    batches = iter(batches)
    read = 0
    for batch in batches:
        yield len(batch.records), prepare(batch)
        read += len(batch.records)
        if read >= _HERE and settings.processes > 1:
            break
    first = next(batches, None)
    if first is None:
        return
    sizes: list[int] = []

    def counted() -> Iterator[Batch]:
        for batch in chain([first], batches):
            sizes.append(len(batch.records))
            yield batch

    with Workers(prepare, settings.processes, _DEADLINE, detector) as workers:
        for result in workers.ordered(counted()):
            read = sizes.pop(0)
            if isinstance(result, Failure):
                # One of its records is too much for a process: which, each by itself shows.
                yield read, _one_by_one(result.item, workers)
            else:
                yield read, result


def _one_by_one(batch: Batch, workers: Workers[Batch, Prepared]) -> Prepared:
    parts: list[Prepared] = []
    orders = batch.orders or [None] * len(batch.records)
    single = (
        Batch([record], batch.settings, [order])
        for record, order in zip(batch.records, orders, strict=True)
    )
    for result in workers.ordered(single):
        if isinstance(result, Failure):
            record = result.item.records[0]
            reason = f"{record.where}: cannot be read, {result.kind} ({result.error}); remove it"
            result = Prepared(rejected=[BadRecord(record.where, "", reason, result.error)])
        parts.append(result)
    return Prepared(
        pa.concat_tables([part.table for part in parts]),
        np.concatenate([part.keys for part in parts]),
        [one for part in parts for one in part.filtered],
        [one for part in parts for one in part.rejected],
        [one for part in parts for one in part.unread_dates],
        [one for part in parts for one in part.rules],
    )


def _write(
    stores: Stores, repeats: Repeats, shard: int, prepared: Prepared, read: int, consumed: int
) -> Receipt:
    """A shard with all that came of its records."""
    for filtered in prepared.filtered:
        _LOG.info("%s: filtered, %s", filtered.where, filtered.reason, extra={"shard": shard})
    for bad in prepared.rejected:
        _LOG.warning("%s", redacted(bad.reason), extra={"shard": shard})
    rows = (
        {
            "where": one.where, "reason": one.reason,
            **({"id": a.id, "url": a.url, "title": a.title, "text": a.text} if (a := one.article)
               else {}),
        }
        for one in prepared.filtered
    )  # fmt: skip
    stores.filtered.write_lines(f"{shard:05d}", rows)
    repeats.write_keys(shard, prepared.keys)
    return stores.articles.write(
        shard,
        prepared.table,
        counts_of(prepared, read),
        [reject_of(bad) for bad in prepared.rejected],
        consumed,
    )


def counts_of(prepared: Prepared, read: int) -> Counter[str]:
    counts = Counter(
        {
            "read": read,
            "articles": prepared.table.num_rows,
            "filtered": len(prepared.filtered),
            "rejected": len(prepared.rejected),
        }
    )
    counts.update(f"{FILTERED}{one.reason}" for one in prepared.filtered)
    counts.update(
        f"{TEXT_NOTE}{note}" for note in prepared.table["text_note"].to_pylist() if note is not None
    )
    counts[LABELLED] = sum(
        bool(topics or countries)
        for topics, countries in zip(
            prepared.table["gold_topics"].to_pylist(),
            prepared.table["gold_countries"].to_pylist(),
            strict=True,
        )
    )
    counts.update(f"{BOILERPLATE}{rule}" for rule in prepared.rules)
    counts.update(f"{UNREAD_DATE}{reason}" for _, reason, _ in prepared.unread_dates)
    return Counter({name: count for name, count in counts.items() if count or name == "read"})


def reject_of(bad: BadRecord) -> Reject:
    return Reject(
        where=bad.where,
        stage="ingest",
        reason=redacted(bad.reason),
        error=redacted(bad.error),
        payload=bad.payload,
        frame=bad.frame,
    )


def _parts(records: Iterable[Read], most: int) -> Iterator[Sequence[Read]]:
    """The records of each shard: `most` of them, or fewer that are very long."""
    part: list[Read] = []
    chars = 0
    for record in records:
        part.append(record)
        chars += _length(record)
        if len(part) == most or chars > _MANY_CHARS:
            yield part
            part, chars = [], 0
    if part:
        yield part


def _length(record: Read) -> int:
    if isinstance(record, Record):
        return sum(map(len, record.values.values()))
    return len(record.reason) if isinstance(record, LeftOut) else len(record.payload)


def placed(source: Source) -> Iterator[Read]:
    """The records, each with its position named from the folder that all files share: a run may
    go on, and be retried, where its input lies elsewhere."""
    files = source.files()
    folder = os.path.commonpath([file.parent for file in files]) if files else ""
    prefix = f"{folder}{os.sep}" if folder else ""
    for record in source.read():
        yield replace(record, where=record.where.removeprefix(prefix))
