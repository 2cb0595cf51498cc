"""Joining what ingest and annotate wrote into the rows that are published."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.article import ARTICLE_SCHEMA, ROW_SCHEMA
from pipeline.core.errors import RunError
from pipeline.store.shards import ShardStore


def joined_rows(articles: ShardStore, annotations: ShardStore) -> Iterator[pa.Table]:
    """Tables of `ROW_SCHEMA`, one a shard, in the order of ingest; rejected articles are left out.

    Raises:
        RunError: a shard has no annotations, or they are not of its articles.
    """
    shards = articles.planned_shards()
    if shards is None:
        raise RunError("ingest is not finished; the same command goes on with it")
    for shard in range(shards):
        left = articles.read(shard)
        right = annotations.read(shard)
        if right.num_rows != left.num_rows:
            left = left.filter(pc.is_in(left["id"], value_set=right["id"].combine_chunks()))
        if not left["id"].equals(right["id"]):
            raise RunError(f"shard {shard}: annotations are of other articles; run again")
        added = [right[name] for name in ROW_SCHEMA.names if name not in ARTICLE_SCHEMA.names]
        given = left.select(ARTICLE_SCHEMA.names).columns
        yield pa.Table.from_arrays([*given, *added], schema=ROW_SCHEMA)
