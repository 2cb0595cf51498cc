"""sha256 of files."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path


@cache
def _digest(path: Path, size: int, modified: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_of(path: Path) -> str:
    """sha256 of a file; computed once a process for an unchanged file."""
    stat = path.stat()
    return _digest(path, stat.st_size, stat.st_mtime_ns)
