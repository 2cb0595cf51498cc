"""Joining what ingest and annotate wrote into the rows that are published."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.compute as pc
from pydantic.dataclasses import dataclass

from pipeline.article import ARTICLE_SCHEMA, ROW_SCHEMA
from pipeline.config.schema import PLUGIN
from pipeline.core.errors import RunError
from pipeline.store.shards import ShardStore


@dataclass(config=PLUGIN)
class PublishedSettings:
    """The `published` section: only articles of the day `since` and later ones (null: all, also
    those without a date), and, with `duplicates`, those that repeat another one as well."""

    since: str | None = None
    duplicates: bool = False


EVERY_ROW = PublishedSettings()

Stay = Callable[[int, int], pa.Array | None]
"""Of a shard and its number of rows: which of them are published, None for all."""


def joined_rows(
    articles: ShardStore, annotations: ShardStore, stay: Stay = lambda shard, rows: None
) -> Iterator[pa.Table]:
    """Tables of `ROW_SCHEMA`, one a shard, in the order of ingest; rejected articles are left out,
    and those that are not to `stay`.

    Raises:
        RunError: a shard has no annotations, or they are not of its articles.
    """
    shards = articles.planned_shards()
    if shards is None:
        raise RunError("ingest is not finished; the same command goes on with it")
    for shard in range(shards):
        left = articles.read(shard)
        right = annotations.read(shard)
        mask = stay(shard, left.num_rows)
        if mask is not None:
            left = left.filter(mask)
            right = right.filter(pc.is_in(right["id"], value_set=left["id"].combine_chunks()))
        if right.num_rows != left.num_rows:
            left = left.filter(pc.is_in(left["id"], value_set=right["id"].combine_chunks()))
        if not left["id"].equals(right["id"]):
            raise RunError(f"shard {shard}: annotations are of other articles; run again")
        columns = [
            left[name] if name in ARTICLE_SCHEMA.names
            else right[name] if name in right.column_names
            else pa.nulls(left.num_rows, ROW_SCHEMA.field(name).type)
            for name in ROW_SCHEMA.names
        ]  # fmt: skip
        yield pa.Table.from_arrays(columns, schema=ROW_SCHEMA)
