"""Parquet, streamed row group by row group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field
from pathlib import Path

from pydantic.dataclasses import dataclass

from pipeline.schema import PLUGIN
from pipeline.sources.base import BadRecord, Record
from pipeline.sources.fields import Fields
from pipeline.sources.files import find_files


@dataclass(config=PLUGIN)
class ParquetSource:
    """Parquet files with at least a text column."""

    path: str | None
    patterns: Sequence[str] = ("**/*.parquet",)
    fields: Fields = field(default_factory=Fields)

    def files(self) -> list[Path]:
        return find_files(self.path, self.patterns)

    def records(self) -> Iterator[Record | BadRecord]:
        import pyarrow as pa
        import pyarrow.parquet as pq
        from datasets import load_dataset

        for file in self.files():
            try:
                columns = pq.read_schema(file).names
            except (pa.ArrowException, OSError) as error:
                reason = f"{file}: not a Parquet file: {error}"
                yield BadRecord(str(file), "", reason, f"{type(error).__name__}: {error}")
                continue
            self.fields.check(columns, str(file))
            stream = load_dataset("parquet", data_files=[str(file)], split="train", streaming=True)
            for number, row in enumerate(stream, 1):
                yield self.fields.record(row, f"{file}: row {number}")
