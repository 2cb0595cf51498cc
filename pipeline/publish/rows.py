"""Joining what ingest and annotate wrote into the rows that are published."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.article import ROW_SCHEMA
from pipeline.errors import RunError
from pipeline.runs.shards import ShardStore


def joined_rows(articles: ShardStore, annotations: ShardStore) -> Iterator[pa.Table]:
    """Tables of `ROW_SCHEMA`, one a shard, in the order of ingest; rejected articles are left out.

    Raises:
        RunError: a shard has no annotations, or they are not of its articles.
    """
    for receipt in articles.receipts():
        left = articles.read(receipt.shard)
        right = annotations.read(receipt.shard)
        if right.num_rows != left.num_rows:
            left = left.filter(pc.is_in(left["id"], value_set=right["id"].combine_chunks()))
        if not left["id"].equals(right["id"]):
            raise RunError(f"shard {receipt.shard}: annotations are of other articles; run again")
        added = [right[name] for name in right.column_names if name != "id"]
        yield pa.Table.from_arrays([*left.columns, *added], schema=ROW_SCHEMA)
