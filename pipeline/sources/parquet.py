"""Parquet, streamed; a damaged file costs what lies after the damage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field
from pathlib import Path

from pydantic.dataclasses import dataclass

from pipeline.schema import PLUGIN
from pipeline.sources.base import BadRecord, Record
from pipeline.sources.fields import Fields
from pipeline.sources.files import (
    UNREADABLE,
    DamagedFileError,
    find_files,
    read_each,
    streamed,
)

_BATCH_ROWS = 256
"""Rows in memory at once, however large the row groups."""


@dataclass(config=PLUGIN)
class ParquetSource:
    """Parquet files with at least a text column; columns that are not mapped are not read."""

    path: str | None
    patterns: Sequence[str] = ("**/*.parquet",)
    fields: Fields = field(default_factory=Fields)

    def files(self) -> list[Path]:
        return find_files(self.path, self.patterns)

    def records(self) -> Iterator[Record | BadRecord]:
        yield from read_each(self.files(), self._read)

    def _read(self, file: Path) -> Iterator[Record | BadRecord]:
        import pyarrow as pa
        import pyarrow.parquet as pq
        from datasets import Features

        number = 0
        try:
            schema = pq.read_schema(file)
            self.fields.check(schema.names, str(file))
            mapped = [schema.field(name) for name in schema.names if name in self.fields.columns()]
            stream = streamed(
                "parquet",
                file,
                columns=[column.name for column in mapped],
                # Given, so that a column nobody asked for may have a type `datasets` has not.
                features=Features.from_arrow_schema(pa.schema(mapped)),
                batch_size=_BATCH_ROWS,
            )
            for number, row in enumerate(stream, 1):
                yield self.fields.record(row, f"{file}: row {number}")
        except (pa.ArrowException, *UNREADABLE) as error:
            reason = f"not readable as Parquet after row {number}: {error}; mend or remove the file"
            raise DamagedFileError(str(file), reason, error) from error
