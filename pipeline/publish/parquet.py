"""`articles.parquet`: the rows as they are, one row group a shard."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic.dataclasses import dataclass

from pipeline.article import ROW_SCHEMA
from pipeline.runs.files import atomic
from pipeline.schema import PLUGIN


@dataclass(config=PLUGIN)
class ParquetPublisher:
    """Zstandard-compressed Parquet with the schema of the row."""

    file: str = "articles.parquet"

    def write(self, tables: Iterable[pa.Table], folder: Path) -> Path:
        path = folder / self.file
        with atomic(path) as file, pq.ParquetWriter(file, ROW_SCHEMA, compression="zstd") as out:
            for table in tables:
                out.write_table(table)
        return path
