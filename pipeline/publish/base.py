"""What a publisher does: rows in, files out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import pyarrow as pa


@runtime_checkable
class Publisher(Protocol):
    """Writes the rows of a run (tables of `ROW_SCHEMA`, one a shard) as files below `folder`."""

    def write(self, tables: Iterable[pa.Table], folder: Path) -> Path | Sequence[Path]:
        """The file that was written, or the files; a folder stands for all that is in it. Each is
        whole or not there (`pipeline.core.files.atomic`). The same rows give the same bytes."""
        ...


def files_of(written: Path | Sequence[Path]) -> list[Path]:
    """The files that a publisher wrote, in order."""
    paths = [written] if isinstance(written, Path) else list(written)
    return [
        file
        for path in paths
        for file in (sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path])
    ]
