"""sha256 of files and folders."""

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


def digest_of_folder(folder: Path) -> str:
    """sha256 of the names and digests of all its files, hidden ones left out."""
    lines = [f"{file.relative_to(folder)} {digest_of(file)}\n" for file in files_in(folder)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def files_in(folder: Path) -> list[Path]:
    """All files of a folder and those below it, sorted; hidden ones left out."""
    return sorted(f for f in folder.rglob("*") if f.is_file() and not f.name.startswith("."))
