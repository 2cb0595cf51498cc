"""What becomes of each record by itself: an article with its keys, filtered, or rejected.

Nothing here knows of other records, so that many processes can do it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipeline.article import STORED_SCHEMA, Article, to_table
from pipeline.ingest.date_parts import Order, Unread
from pipeline.ingest.filters import reason_to_filter
from pipeline.ingest.keys import KEYS, keys_of
from pipeline.ingest.language import LanguageDetector
from pipeline.ingest.normalise import normalise
from pipeline.ingest.settings import IngestSettings
from pipeline.sources.base import BadRecord, LeftOut, Read


@dataclass(frozen=True, slots=True)
class Filtered:
    """An article, or a part of the input that is none, that is left out, and why."""

    where: str
    reason: str
    article: Article | None = None


@dataclass(slots=True)
class Prepared:
    """Some records: the table and the keys of what are articles, and what the others are."""

    table: pa.Table = field(default_factory=lambda: to_table([], STORED_SCHEMA))
    keys: NDArray[np.void] = field(default_factory=lambda: np.zeros(0, KEYS))
    filtered: list[Filtered] = field(default_factory=list)
    rejected: list[BadRecord] = field(default_factory=list)
    unread_dates: list[tuple[str, Unread, str]] = field(default_factory=list)
    """Where, why, and what was given."""
    rules: list[str] = field(default_factory=list)
    """A rule of boilerplate for each article that it took something of."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Records that are prepared together, how, and the order of the dates of each."""

    records: Sequence[Read]
    settings: IngestSettings
    orders: Sequence[Order | None] | None = None


def prepare(batch: Batch) -> Prepared:
    """What becomes of the records."""
    prepared = Prepared()
    articles: list[Article] = []
    orders = batch.orders or [None] * len(batch.records)
    for record, order in zip(batch.records, orders, strict=True):
        if isinstance(record, LeftOut):
            prepared.filtered.append(Filtered(record.where, record.reason))
            continue
        unread: list[tuple[str, Unread, str]] = []

        article = (
            record
            if isinstance(record, BadRecord)
            else normalise(
                record,
                batch.settings.max_chars,
                partial(_note, unread, record.where),
                detector(),
                order,
                batch.settings.boilerplate,
                prepared.rules.extend,
            )
        )
        if isinstance(article, BadRecord):
            prepared.rejected.append(article)
            continue
        reason = reason_to_filter(article, batch.settings)
        if reason is not None:
            prepared.filtered.append(Filtered(record.where, reason, article))
            continue
        prepared.unread_dates += unread
        articles.append(article)
    prepared.table = to_table(articles, STORED_SCHEMA)
    prepared.keys = keys_of(articles)
    return prepared


def _note(unread: list[tuple[str, Unread, str]], where: str, reason: Unread, given: str) -> None:
    unread.append((where, reason, given))


@cache
def detector() -> LanguageDetector:
    """One a process: its model takes a third of a second to load."""
    return LanguageDetector()
