"""Parquet, streamed; a damaged file costs what lies after the damage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.sources.base import BadRecord, Record
from pipeline.sources.fetch import Fetching
from pipeline.sources.fields import Fields
from pipeline.sources.files import Paths, find_files, read_each
from pipeline.sources.parts import UNREADABLE, DamagedFileError, Part

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH_ROWS = 256
"""Rows in memory at once, however large the row groups."""


@dataclass(config=PLUGIN)
class ParquetSource(Fetching):
    """Parquet files with at least a text column; columns that are not mapped are not read."""

    path: Paths
    patterns: Sequence[str] = ("**/*.parquet",)
    fields: Fields = field(default_factory=Fields)

    def identity(self) -> Mapping[str, str]:
        return {"reader": "parquet-2"}

    def files(self) -> list[Path]:
        return find_files(self.path, self.patterns, self)

    def read(self) -> Iterator[Record | BadRecord]:
        yield from read_each(self.files(), self.read_part, self)

    def read_part(self, part: Part) -> Iterator[Record | BadRecord]:
        """The records of a table."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        number = 0
        try:
            with part.seekable() as file, pq.ParquetFile(file) as table:
                schema = table.schema_arrow
                self.fields.check(list(_paths(schema)), part.name)
                read = [name for name in schema.names if self._is_mapped(name)]
                # Without threads: what follows a damaged page is read by none in the background.
                for batch in table.iter_batches(_BATCH_ROWS, columns=read, use_threads=False):
                    for row in _readable(batch).to_pylist():
                        number += 1
                        yield self.fields.record(row, f"{part.name}: row {number}")
        except (pa.ArrowException, *UNREADABLE) as error:
            reason = f"not readable as Parquet after row {number}: {error}; mend or remove the file"
            raise DamagedFileError(part.name, reason, error) from error

    def _is_mapped(self, name: str) -> bool:
        return any(path == name or path.startswith(f"{name}.") for path in self.fields.columns())


def _paths(columns: Iterable[pa.Field], prefix: str = "") -> Iterator[str]:
    """The names of columns and of the parts of structs in them, dotted."""
    import pyarrow as pa

    for column in columns:
        yield f"{prefix}{column.name}"
        if pa.types.is_struct(column.type):
            yield from _paths(column.type, f"{prefix}{column.name}.")


def _readable(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Times in microseconds, all that Python's own have."""
    import pyarrow as pa

    columns = [
        column.cast(pa.timestamp("us", column.type.tz), safe=False)
        if pa.types.is_timestamp(column.type)
        else column
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)
