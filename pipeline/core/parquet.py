"""Reading Parquet and Arrow streams on the thread that asks, and on no other.

The scanner behind `pyarrow.parquet.read_table` works on Arrow's pool, also with
`use_threads=False`, and a thread of it may let go of what was read only after the table is
returned. Where that is a buffer of Python's, it needs the interpreter's lock to do so; when the
interpreter ends at that moment, the whole process is aborted ("terminate called without an active
exception", exit code 134) although all was written.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


def read_parquet(file: Path | bytes | memoryview, columns: Sequence[str] | None = None) -> pa.Table:
    """The table of a Parquet file, or of the bytes of one; `columns` are all by default.

    Raises:
        OSError: the file cannot be read.
        pyarrow.ArrowException: it is no Parquet, or damaged.
    """
    source = file if isinstance(file, Path) else pa.BufferReader(file)
    with pq.ParquetFile(source) as parquet:
        names = parquet.schema_arrow.names
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise pa.ArrowInvalid(f"more than one column is called {twice!r}")
        wanted = list(columns) if columns is not None else None
        return parquet.read(columns=wanted, use_threads=False)


def read_stream(content: bytes | memoryview) -> pa.Table:
    """The table of an Arrow stream; parts of it may be views of `content`.

    Raises:
        pyarrow.ArrowException: it is none, or damaged.
    """
    options = pa.ipc.IpcReadOptions(use_threads=False)
    with pa.ipc.open_stream(pa.py_buffer(content), options=options) as stream:
        return stream.read_all()
