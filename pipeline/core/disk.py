"""The disk operations that a run's safety rests on, one function each, and nothing else.

Everything that a run keeps goes through here, so that a test can make any single operation fail:
callers say `disk.rename(...)` and never import the functions by name. All raise `OSError`.
"""

from __future__ import annotations

import os
from io import FileIO
from pathlib import Path


def read(path: Path) -> bytes:
    """The whole content of a file."""
    with FileIO(path) as file:
        return file.readall()


def open_new(path: Path) -> FileIO:
    """An empty, unbuffered file, made or emptied."""
    return FileIO(path, "w")


def write(file: FileIO, data: bytes | memoryview) -> None:
    """All of `data` at the end of the file."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]


def sync(file: FileIO) -> None:
    """What was written is on the device when this returns."""
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Names made, changed or removed in the folder are on the device when this returns."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def rename(source: Path, target: Path) -> None:
    """Atomically, taking the place of what was there; both in one file system."""
    os.replace(source, target)


def create(path: Path, data: bytes) -> bool:
    """A new file with this content; False, and nothing touched, where there is one already."""
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    except FileExistsError:
        return False
    try:
        os.write(handle, data)
    finally:
        os.close(handle)
    return True


def remove(path: Path) -> None:
    """Take the name away; fine if there is none."""
    path.unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """The folder and those above it, each synced into the one that holds it."""
    if folder.is_dir():
        return
    if folder.parent != folder:
        make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)
