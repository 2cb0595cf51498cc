"""`articles.parquet`: the rows as they are, in row groups that tell nothing of the shards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.article import ROW_SCHEMA
from pipeline.config.schema import PLUGIN
from pipeline.core.files import atomic


@dataclass(config=PLUGIN)
class ParquetPublisher:
    """Zstandard-compressed Parquet with the schema of the row, `row_group` rows a group."""

    file: str = "articles.parquet"
    row_group: PositiveInt = 1024

    def write(self, tables: Iterable[pa.Table], folder: Path) -> Path:
        path = folder / self.file
        with atomic(path) as file, pq.ParquetWriter(file, ROW_SCHEMA, compression="zstd") as out:
            for table in _groups(tables, self.row_group):
                out.write_table(table, row_group_size=self.row_group)
        return path


def _groups(tables: Iterable[pa.Table], rows: int) -> Iterator[pa.Table]:
    """The same rows in tables of `rows` each, the last one shorter."""
    held = ROW_SCHEMA.empty_table()
    for table in tables:
        held = pa.concat_tables([held, table])
        while len(held) >= rows:
            # In one piece, for where a column is cut decides where its pages end.
            yield held.slice(0, rows).combine_chunks()
            held = held.slice(rows).combine_chunks()
    if len(held):
        yield held.combine_chunks()
