"""The rows of a run that are published: those annotated, without what is gone."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from pipeline.article import ROW_SCHEMA
from pipeline.ingest.gone import Gone
from pipeline.publish.rows import EVERY_ROW, PublishedSettings, joined_rows
from pipeline.store.directory import RunDirectory
from pipeline.store.shards import ShardStore
from pipeline.workflow.manifest import total_counts


def published_rows(
    directory: RunDirectory,
    articles: ShardStore,
    annotations: ShardStore,
    settings: PublishedSettings = EVERY_ROW,
) -> Iterator[pa.Table]:
    """Tables of `ROW_SCHEMA`: one a shard, in the order of ingest, then those of duplicates.

    Raises:
        RunError: as `joined_rows`.
    """
    gone = Gone(directory.aside("duplicates"))
    for table in joined_rows(articles, annotations, gone.stay):
        yield _since(table, settings.since)
    if settings.duplicates:
        withdrawn = {one.id for one in gone.withdrawn}
        for table in directory.aside("duplicates").tables().values():
            stay = [
                withdrawn.isdisjoint(row.values())
                for row in table.select(["id", "duplicate_of"]).to_pylist()
            ]
            yield _since(_as_rows(table.filter(pa.array(stay, pa.bool_()))), settings.since)


def gone_annotated(
    directory: RunDirectory, articles: ShardStore, annotations: ShardStore
) -> dict[str, int]:
    """How many annotated articles are published no more, by why: a later version, or withdrawn."""
    gone = Gone(directory.aside("duplicates"))
    counts = {"updated": 0, "withdrawn": 0}
    for shard in sorted({place.shard for place in gone.rows}):
        ids = articles.read(shard)["id"].to_pylist()
        annotated = set(annotations.read(shard)["id"].to_pylist())
        for place in gone.rows:
            if place.shard == shard and ids[place.row] in annotated:
                counts["updated" if place in gone.updated else "withdrawn"] += 1
    return counts


def run_counts(
    directory: RunDirectory, articles: ShardStore, annotations: ShardStore
) -> dict[str, int]:
    """Records by outcome over the whole run; raises `RunError` as `total_counts`."""
    gone = gone_annotated(directory, articles, annotations)
    return total_counts(articles.receipts(), annotations.receipts(), gone)


def _since(table: pa.Table, day: str | None) -> pa.Table:
    if day is None:
        return table
    dates = table["published"].to_pylist()
    stay = [date is not None and date[:10] >= day for date in dates]
    return table.filter(pa.array(stay, pa.bool_()))


def _as_rows(table: pa.Table) -> pa.Table:
    columns = [
        table[field.name] if field.name in table.column_names else pa.nulls(len(table), field.type)
        for field in ROW_SCHEMA
    ]
    return pa.Table.from_arrays(columns, schema=ROW_SCHEMA)
