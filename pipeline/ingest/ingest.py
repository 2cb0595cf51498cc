"""The ingest step: raw records of a source become clean, distinct articles in Parquet shards."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import islice

from pydantic import PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.article import ARTICLE_SCHEMA, Article, from_table, to_table
from pipeline.ingest.language import LanguageDetector
from pipeline.ingest.normalise import content_key, normalise
from pipeline.runs.shards import Reject, ShardStore
from pipeline.schema import PLUGIN
from pipeline.sources.base import BadRecord, Record, Source

INGEST_VERSION = "1"
"""Goes up with every change of what comes out of the same records."""

_LOG = logging.getLogger(__name__)

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
) -> None:
    """Read the source from where the shards in `store` end, and write the rest.

    Every record ends as exactly one of article, duplicate, filtered or rejected; each shard's
    receipt counts those read since the one before.
    """
    if store.finished():
        return
    _Ingest(settings, store).run(source, progress)


class _Ingest:
    """One pass over a source: what was seen so far and the shard being filled."""

    def __init__(self, settings: IngestSettings, store: ShardStore) -> None:
        self._settings = settings
        self._store = store
        self._detect = LanguageDetector()
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
                self._remember(article)
            self._totals.update(receipt.counts)
            self._consumed = receipt.consumed
            self._shard = receipt.shard + 1

    def run(self, source: Source, progress: Callable[[int], None]) -> None:
        progress(self._consumed)
        for record in islice(source.records(), self._consumed, self._settings.limit):
            self._consumed += 1
            self._counts["read"] += 1
            self._add(record)
            if len(self._articles) == self._settings.shard_rows or self._reject_chars > _MANY_CHARS:
                self._close_shard()
            progress(1)
        if self._counts["read"]:
            self._close_shard()
        self._store.finish(self._totals)

    def _add(self, record: Record | BadRecord) -> None:
        article = (
            record if isinstance(record, BadRecord) else normalise(record, self._settings.max_chars)
        )
        if isinstance(article, BadRecord):
            self._reject(article)
            return
        if content_key(article) in self._contents:
            self._counts["duplicate"] += 1
            _LOG.info("%s: duplicate", record.where, extra={"shard": self._shard})
            return
        if article.id in self._ids:
            reason = f"{record.where}: id {article.id!r} was used before, with another text"
            payload = "\n\n".join(part for part in (article.title, article.text) if part)
            self._reject(BadRecord(record.where, payload, reason, "ValueError: duplicate id"))
            return
        article = self._with_language(article)
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
        self._remember(article)
        self._articles.append(article)
        self._counts["articles"] += 1

    def _with_language(self, article: Article) -> Article:
        if article.language:
            return article
        text = "\n".join(part for part in (article.title, article.text) if part)
        return replace(article, language=self._detect(text))

    def _remember(self, article: Article) -> None:
        self._ids.add(article.id)
        self._contents.add(content_key(article))

    def _reject(self, bad: BadRecord) -> None:
        self._counts["rejected"] += 1
        self._rejects.append(Reject(bad.where, "ingest", bad.reason, bad.error, bad.payload))
        self._reject_chars += len(bad.reason) + len(bad.payload)
        _LOG.warning("%s", bad.reason, extra={"shard": self._shard})

    def _close_shard(self) -> None:
        self._store.write(
            self._shard,
            to_table(self._articles, ARTICLE_SCHEMA),
            self._counts,
            self._rejects,
            self._consumed,
        )
        self._totals.update(self._counts)
        self._shard += 1
        self._articles, self._rejects, self._counts = [], [], Counter()
        self._reject_chars = 0
