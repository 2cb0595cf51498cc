"""What a publisher does: rows in, one file out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol, runtime_checkable

import pyarrow as pa


@runtime_checkable
class Publisher(Protocol):
    """Writes the rows of a run (tables of `ROW_SCHEMA`, one a shard) as one file in `folder`."""

    def write(self, tables: Iterable[pa.Table], folder: Path) -> Path:
        """The file written, whole or not at all. The same rows give the same bytes."""
        ...
