"""Files and folders of models that appear under their name whole or not at all.

They are written under a hidden name beside it; nothing here knows what is in them.
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from pipeline.core.digest import files_in

_PART = ".part"
_ABANDONED = 3600.0
"""Seconds after which an unfinished file is nobody's; writing a model takes seconds or minutes."""


def part_of(path: Path) -> Path:
    """A hidden name beside `path` that nobody else has."""
    return path.with_name(f".{path.name}.{uuid4().hex[:12]}{_PART}")


def put(part: Path, path: Path) -> None:
    """Give a finished file or folder its name, in place of what has it; synced to disk."""
    for file in files_in(part) if part.is_dir() else [part]:
        _sync(file)
    if path.is_dir():
        # A folder cannot be replaced in one step.
        old = part_of(path)
        path.rename(old)
        part.replace(path)
        remove(old)
    else:
        part.replace(path)
    _sync(path.parent)


def remove(path: Path) -> None:
    """Take a file or folder away as far as that can be done; fine if there is none."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Take away what killed processes left in the folder."""
    for path in folder.glob(f".*{_PART}"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _ABANDONED:
                remove(path)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
