"""What stages set, as Arrow tables: one a stage and shard, put together into the shard's rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.article import (
    ANNOTATION_SCHEMA,
    RESULT_SCHEMA,
    Article,
    from_table,
    to_table,
)
from pipeline.core.errors import RunError

_ROW = pa.field("row", pa.int32())
_BLANK = Article(id="")
_LABELS = (
    "region", "region_name", "region_score", "regions", "countries",
    "topic", "topic_name", "topic_score", "topics",
)  # fmt: skip


def result_table(rows: Sequence[int], articles: Sequence[Article]) -> pa.Table:
    """What a stage set of these articles, `rows` being their places in the shard: the column `row`
    and those columns of `RESULT_SCHEMA` in which any article has something."""
    names = [
        name
        for name in RESULT_SCHEMA.names
        if any(_is_set(getattr(article, name), name) for article in articles)
    ]
    table = to_table(articles, pa.schema([RESULT_SCHEMA.field(name) for name in names]))
    columns = [pa.array(rows, _ROW.type), *table.columns]
    return pa.Table.from_arrays(columns, schema=pa.schema([_ROW, *table.schema]))


def joined(parts: Sequence[pa.Table]) -> pa.Table:
    """Result tables of one stage, one below the other."""
    names = [name for name in RESULT_SCHEMA.names if any(name in p.column_names for p in parts)]
    schema = pa.schema([_ROW, *(RESULT_SCHEMA.field(name) for name in names)])
    tables = [
        pa.Table.from_arrays([part["row"], *(_column(part, name) for name in names)], schema=schema)
        for part in parts
    ]
    # A shard may be without articles: all its records were rejected or duplicates.
    return pa.concat_tables([schema.empty_table(), *tables]).combine_chunks()


def annotation_table(
    ids: Sequence[str], rows: Sequence[int], results: Mapping[str, pa.Table]
) -> pa.Table:
    """The annotations of those `rows` of a shard that no stage rejected, by `ANNOTATION_SCHEMA`.

    `ids` are the ids of these rows, `results` the table of each stage.

    Raises:
        RunError: two stages set the same column.
    """
    columns = {"id": pa.array(ids, pa.string())}
    setters: dict[str, str] = {}
    for stage, table in results.items():
        if len(table) != len(rows):
            places = pc.index_in(pa.array(rows, _ROW.type), value_set=table["row"].combine_chunks())
            table = table.take(places)
        for name in table.column_names:
            if name in setters:
                raise RunError(f"the stages {setters[name]} and {stage} both set {name}")
            if name in ANNOTATION_SCHEMA.names:
                columns[name], setters[name] = table[name], stage
    arrays = [
        columns[field.name] if field.name in columns else _blank(field, len(rows))
        for field in ANNOTATION_SCHEMA
    ]
    return pa.Table.from_arrays(arrays, schema=ANNOTATION_SCHEMA)


def decided(result: pa.Table, decide: Callable[[Sequence[Article]], list[Article]]) -> pa.Table:
    """A stage's result with region and topic as they are decided from its scores; columns that it
    set itself stay."""
    labels = result_table(result["row"].to_pylist(), decide(list(_scored(result))))
    for name in result.column_names:
        if name not in (*_LABELS, "row", *labels.column_names):
            labels = labels.append_column(result.schema.field(name), result[name])
    return labels


def _scored(result: pa.Table) -> Iterator[Article]:
    """Articles with nothing but the scores that a result has."""
    scores = [name for name in ("topic_scores", "region_scores") if name in result.column_names]
    ids = pa.array([""] * len(result))
    return from_table(result.select(scores).append_column("id", ids))


def _is_set(value: object, name: str) -> bool:
    blank = getattr(_BLANK, name)
    return value is not blank and not (isinstance(value, tuple) and not value)


def _column(table: pa.Table, name: str) -> pa.ChunkedArray:
    if name in table.column_names:
        return table[name]
    return pa.chunked_array([_blank(RESULT_SCHEMA.field(name), len(table))])


def _blank(field: pa.Field, count: int) -> pa.Array:
    """What an article has in a column that nothing was said of."""
    blank = getattr(_BLANK, field.name)
    return pa.array([list(blank) if isinstance(blank, tuple) else blank] * count, field.type)
