"""The ingest step: raw records of a source become clean, distinct articles in Parquet shards."""

from __future__ import annotations

import logging
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import islice

import pyarrow as pa
from pydantic import PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.article import STORED_SCHEMA, Article, from_table, to_table
from pipeline.config.schema import PLUGIN
from pipeline.core.secrets import redacted
from pipeline.ingest.dates import Unread
from pipeline.ingest.duplicates import content_key
from pipeline.ingest.language import LanguageDetector
from pipeline.ingest.normalise import normalise
from pipeline.sources.base import BadRecord, LeftOut, Read, Source
from pipeline.store.shards import Receipt, Reject, ShardStore

INGEST_VERSION = "3"
"""Goes up with every change of what comes out of the same records."""

_LOG = logging.getLogger(__name__)

UNREAD_DATE, TEXT_NOTE = "unread_date.", "text_note."
"""Before the reason, and before the note, in a receipt's counts of articles of that kind."""

_MANY_CHARS = 64 * 2**20
"""Characters of rejects that close a shard early: bad records come at any size and number."""


@dataclass(config=PLUGIN)
class IngestSettings:
    """`shard_rows` articles a shard, `max_chars` characters an article at most.

    `languages` keeps only articles in these languages (null: all, also unknown ones); `limit`
    reads only so many records.
    """

    shard_rows: PositiveInt = 256
    max_chars: PositiveInt = 2_000_000
    languages: list[str] | None = None
    limit: PositiveInt | None = None


def ingest(
    source: Source,
    settings: IngestSettings,
    store: ShardStore,
    progress: Callable[[int], None] = lambda records: None,
    closed: Callable[[Receipt], None] = lambda receipt: None,
    check: Callable[[], None] = lambda: None,
    unread_date: Callable[[Unread, str], None] = lambda reason, given: None,
) -> None:
    """Read the source from where the shards in `store` end, and write the rest.

    Every record ends as exactly one of article, duplicate, filtered or rejected; each shard's
    receipt counts those read since the one before. `closed` is told of each new shard, and
    `unread_date` of each date of an article that was given and not read; `check` is called before
    each record. The first and the last may raise to end the work: finished shards stay.
    """
    if store.finished():
        return
    _Ingest(settings, store, closed, unread_date).run(source, progress, check)


def retry_rejects(
    source: Source,
    settings: IngestSettings,
    store: ShardStore,
    check: Callable[[], None] = lambda: None,
) -> int:
    """Read the records that were rejected once more; returns how many are rejected no longer.

    What is an article now goes to the end of the shard in which it was rejected.
    """
    return _Ingest(settings, store).retry(source, check)


def with_language(article: Article) -> Article:
    """The article with the language that its words are in, where none was given."""
    if article.language:
        return article
    text = "\n".join(part for part in (article.title, article.text) if part)
    return replace(article, language=_detector()(text))


@cache
def _detector() -> LanguageDetector:
    return LanguageDetector()


class _Ingest:
    """One pass over a source: what was seen so far and the shard being filled."""

    def __init__(
        self,
        settings: IngestSettings,
        store: ShardStore,
        closed: Callable[[Receipt], None] = lambda receipt: None,
        unread_date: Callable[[Unread, str], None] = lambda reason, given: None,
    ) -> None:
        self._settings = settings
        self._store = store
        self._closed = closed
        self._unread_date = unread_date
        self._ids: set[str] = set()
        self._contents: set[bytes] = set()
        self._articles: list[Article] = []
        self._rejects: list[Reject] = []
        self._reject_chars = 0
        self._counts: Counter[str] = Counter()
        self._totals: Counter[str] = Counter()
        self._consumed = 0
        self._shard = 0
        for receipt in store.receipts():
            for article in from_table(store.read(receipt.shard)):
                self._ids.add(article.id)
                self._contents.add(content_key(article))
            self._totals.update(receipt.counts)
            self._consumed = receipt.consumed
            self._shard = receipt.shard + 1

    def run(
        self, source: Source, progress: Callable[[int], None], check: Callable[[], None]
    ) -> None:
        self._store.forget_from(self._shard)
        for record in islice(_placed(source), self._consumed, self._settings.limit):
            check()
            self._consumed += 1
            self._counts["read"] += 1
            self._add(record)
            if self._is_full():
                self._close_shard()
            progress(1)
        if self._counts["read"]:
            self._close_shard()
        self._store.finish(self._totals)

    def retry(self, source: Source, check: Callable[[], None]) -> int:
        receipts = self._store.receipts()
        refused = {r.shard: self._store.rejects(r.shard) for r in receipts if r.rejects}
        wanted = {reject.where for rejects in refused.values() for reject in rejects}
        found: dict[str, list[Read]] = defaultdict(list)
        if wanted:
            for record in islice(_placed(source), self._consumed):
                check()
                if record.where in wanted:
                    found[record.where].append(record)
        recovered = 0
        for shard, rejects in refused.items():
            self._counts = Counter(receipts[shard].counts)
            self._counts["rejected"] = 0
            for reject in rejects:
                if not found[reject.where]:  # no longer in the source
                    self._counts["rejected"] += 1
                    self._rejects.append(reject)
                    continue
                before = len(self._rejects)
                self._add(found[reject.where].pop(0))
                if len(self._rejects) > before:
                    self._rejects[-1] = replace(self._rejects[-1], attempts=reject.attempts + 1)
            recovered += len(rejects) - len(self._rejects)
            added = to_table(self._articles, STORED_SCHEMA)
            table = pa.concat_tables([self._store.read(shard), added])
            consumed = receipts[shard].consumed
            self._store.write(shard, table, self._counts, self._rejects, consumed)
            self._articles, self._rejects = [], []
        self._store.finish(sum((Counter(r.counts) for r in self._store.receipts()), Counter()))
        return recovered

    def _is_full(self) -> bool:
        most = self._settings.shard_rows
        return (
            len(self._articles) == most
            or len(self._rejects) == most
            or self._reject_chars > _MANY_CHARS
        )

    def _add(self, record: Read) -> None:
        if isinstance(record, LeftOut):
            self._counts["filtered"] += 1
            _LOG.info("%s: filtered, %s", record.where, record.reason, extra={"shard": self._shard})
            return
        unread: list[tuple[Unread, str]] = []
        article = (
            record
            if isinstance(record, BadRecord)
            else normalise(record, self._settings.max_chars, lambda *date: unread.append(date))
        )
        if isinstance(article, BadRecord):
            self._reject(article)
            return
        key = content_key(article)
        if key in self._contents:
            self._counts["duplicate"] += 1
            _LOG.info("%s: duplicate", record.where, extra={"shard": self._shard})
            return
        if article.id in self._ids:
            reason = f"{record.where}: id {article.id!r} was used before, with another text"
            payload = "\n\n".join(part for part in (article.title, article.text) if part)
            self._reject(BadRecord(record.where, payload, reason, "ValueError: duplicate id"))
            return
        article = replace(with_language(article), where=record.where)
        languages = self._settings.languages
        if languages is not None and article.language not in languages:
            self._counts["filtered"] += 1
            _LOG.info(
                "%s: filtered, language %s",
                record.where,
                article.language,
                extra={"shard": self._shard},
            )
            return
        self._ids.add(article.id)
        self._contents.add(key)
        self._articles.append(article)
        self._counts["articles"] += 1
        if article.text_note is not None:
            self._counts[f"{TEXT_NOTE}{article.text_note}"] += 1
        for reason, given in unread:
            self._counts[f"{UNREAD_DATE}{reason}"] += 1
            self._unread_date(reason, given)
            _LOG.info(
                "%s: date %r not read, %s", record.where, given, reason,
                extra={"shard": self._shard},
            )  # fmt: skip

    def _reject(self, bad: BadRecord) -> None:
        self._counts["rejected"] += 1
        self._rejects.append(
            Reject(
                where=bad.where,
                stage="ingest",
                reason=redacted(bad.reason),
                error=redacted(bad.error),
                payload=bad.payload,
                frame=bad.frame,
            )
        )
        self._reject_chars += len(bad.reason) + len(bad.payload)
        _LOG.warning("%s", bad.reason, extra={"shard": self._shard})

    def _close_shard(self) -> None:
        receipt = self._store.write(
            self._shard,
            to_table(self._articles, STORED_SCHEMA),
            self._counts,
            self._rejects,
            self._consumed,
        )
        self._totals.update(self._counts)
        self._shard += 1
        self._articles, self._rejects, self._counts = [], [], Counter()
        self._reject_chars = 0
        self._closed(receipt)


def _placed(source: Source) -> Iterator[Read]:
    """The records, each with its position named from the folder that all files share: a run may
    go on, and be retried, where its input lies elsewhere."""
    files = source.files()
    folder = os.path.commonpath([file.parent for file in files]) if files else ""
    prefix = f"{folder}{os.sep}" if folder else ""
    for record in source.read():
        yield replace(record, where=record.where.removeprefix(prefix))
