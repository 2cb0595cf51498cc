"""Parquet, streamed; a damaged file costs what lies after the damage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.sources.base import BadRecord, DateOrder, Notes, Record
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
    dates: DateOrder = "auto"
    notes: Notes = field(default_factory=Notes, init=False, repr=False, compare=False)

    def identity(self) -> Mapping[str, str]:
        return {"reader": "parquet-3"}

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
                columns = self.fields.of(list(_paths(schema)), part.name, self.notes)
                read = [name for name in schema.names if _is_part(name, columns.names())]
                # Without threads: what follows a damaged page is read by none in the background.
                for batch in table.iter_batches(_BATCH_ROWS, columns=read, use_threads=False):
                    array = _readable(batch.to_struct_array(), part.name, self.notes)
                    for row in array.to_pylist():
                        number += 1
                        yield columns.record(row, f"{part.name}: row {number}")
        except (pa.ArrowException, OverflowError, *UNREADABLE) as error:
            reason = f"not readable as Parquet after row {number}: {error}; mend or remove the file"
            raise DamagedFileError(part.name, reason, error) from error


def _is_part(name: str, paths: Iterable[str]) -> bool:
    """Whether a column, or a part of it, is one of the paths."""
    return any(path == name or path.startswith(f"{name}.") for path in paths)


def _paths(columns: Iterable[pa.Field], prefix: str = "") -> Iterator[str]:
    """The names of columns and of the parts of structs in them, dotted."""
    import pyarrow as pa

    for column in columns:
        yield f"{prefix}{column.name}"
        if pa.types.is_struct(column.type):
            yield from _paths(column.type, f"{prefix}{column.name}.")


def _readable(array: pa.Array, where: str, notes: Notes) -> pa.Array:
    """Times, in structs too, in microseconds, within the years and in a zone that Python has."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = array.type
    if pa.types.is_dictionary(kind):
        return _readable(array.dictionary_decode(), where, notes)
    if pa.types.is_struct(kind):
        parts = [_readable(part, where, notes) for part in array.flatten()]
        return pa.StructArray.from_arrays(
            parts, names=[part.name for part in kind], mask=array.is_null()
        )
    if not pa.types.is_timestamp(kind):
        return array
    if kind.unit != "ns":  # whose 64 bits end in 2262
        numbers, per_second = array.cast(pa.int64()), _PER_SECOND[kind.unit]
        first, last = (second * per_second for second in _SECONDS)
        outside = pc.or_(pc.less(numbers, first), pc.greater_equal(numbers, last))
        if pc.any(outside).as_py():
            notes.add(where, "times outside the years 1 to 9999, which are not taken")
            array = pc.if_else(outside, pa.scalar(None, kind), array)
    return array.cast(pa.timestamp("us", _zone(kind.tz)), safe=False)


_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6}
_SECONDS = (-62_135_510_400, 253_402_214_400)
"""Since 1970, of the second day of the year 1 and the last of 9999: in any zone in a year."""


@cache
def _zone(name: str | None) -> str | None:
    """The name of a time zone, or UTC for one that is not known here: the moment is the same."""
    import pyarrow as pa

    try:
        pa.scalar(0, pa.timestamp("us", name)).as_py()
    except (LookupError, ValueError):
        return "UTC"
    return name
