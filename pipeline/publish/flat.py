"""The flat row: one article a row without lists, for spreadsheets and data frames."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipeline.article import ROW_SCHEMA

_FIRST = (
    "id", "title", "published", "language", "source", "author", "url",
    "region", "region_name", "region_score", "regions", "countries", "countries_mentioned",
    "topic", "topic_name", "topic_score", "topics",
    "summary", "summary_support", "summary_note", "rewritten", "unsupported",
)  # fmt: skip
_LAST = ("text_note", "duplicate_of", "text")
"""The text is last: a spreadsheet breaks off a row of CSV within a cell that it finds too long."""

_ADDED = {
    "regions": pa.string(),
    "countries": pa.string(),
    "countries_mentioned": pa.string(),
    "topics": pa.string(),
    "rewritten": pa.int64(),
    "unsupported": pa.string(),
}
"""What stands in place of lists."""

_PLAIN = {f.name: f.type for f in ROW_SCHEMA if not pa.types.is_nested(f.type)}
_BETWEEN = [name for name in _PLAIN if name not in (*_FIRST, *_LAST)]

FLAT_SCHEMA = pa.schema([(name, (_ADDED | _PLAIN)[name]) for name in (*_FIRST, *_BETWEEN, *_LAST)])
"""Of lists the codes, joined by spaces, in the order of the row: `regions`, `countries` in focus,
`countries_mentioned` (those in focus too) and `topics`. Of the summary's sentences how many were
`rewritten`, and what the article lacks (`unsupported`, joined by "; ")."""


def flat_table(table: pa.Table) -> pa.Table:
    """The rows of a table of `ROW_SCHEMA`, flat."""
    regions, countries, topics, sentences = (
        _Lists.of(table[name]) for name in ("regions", "countries", "topics", "summary_sentences")
    )
    rewritten = sentences.having(pc.equal(sentences.field("how"), "rewritten"))
    columns = {
        "regions": regions.joined("code"),
        "countries": countries.having(countries.field("focus")).joined("alpha2"),
        "countries_mentioned": countries.joined("alpha2"),
        "topics": topics.joined("qcode"),
        "rewritten": pa.array(rewritten.sizes()),
        "unsupported": sentences.inner("unsupported").joined(by="; "),
    }
    arrays = [columns[name] if name in columns else table[name] for name in FLAT_SCHEMA.names]
    return pa.Table.from_arrays(arrays, schema=FLAT_SCHEMA)


@dataclass(frozen=True, slots=True)
class _Lists:
    """A column of lists: the items of all rows together, the row of each, and how many rows."""

    items: pa.Array
    rows: pa.Array
    count: int

    @classmethod
    def of(cls, column: pa.ChunkedArray) -> _Lists:
        lists = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
        return cls(lists.flatten(), pc.list_parent_indices(lists), len(lists))

    def field(self, name: str) -> pa.Array:
        return self.items.field(name)

    def having(self, mask: pa.Array) -> _Lists:
        """The lists with only those items."""
        return replace(self, items=self.items.filter(mask), rows=self.rows.filter(mask))

    def inner(self, name: str) -> _Lists:
        """Of items that have a list in a field, the items of these."""
        lists = self.field(name)
        rows = self.rows.take(pc.list_parent_indices(lists))
        return replace(self, items=lists.flatten(), rows=rows)

    def sizes(self) -> NDArray[np.int64]:
        """How many items each row has."""
        return np.bincount(self.rows.to_numpy(), minlength=self.count).astype(np.int64)

    def joined(self, name: str | None = None, by: str = " ") -> pa.Array:
        """A text for each row: the items, or a field of theirs; empty where there is none."""
        items = self.items if name is None else self.field(name)
        offsets = np.concatenate([[0], np.cumsum(self.sizes())]).astype(np.int32)
        return pc.binary_join(pa.ListArray.from_arrays(offsets, items), by)
