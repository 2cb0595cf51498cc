"""Writing files so that they are there whole or not at all, and knowing them damaged when read."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast
from uuid import uuid4

from typing_extensions import Buffer

from pipeline.core import disk
from pipeline.core.errors import RunError
from pipeline.core.fingerprint import fingerprint

PART = ".part"
"""Ending of a file that is being written: hidden, never read, of no worth once its process died."""

_CHECKSUM = "checksum"
_BUFFER_BYTES = 1 << 20


@contextmanager
def atomic(path: Path, lasting: bool = True) -> Iterator[BinaryIO]:
    """A binary file whose content takes the place of `path`, synced to disk, when the block ends.

    Unless it is to be `lasting`, its name is not synced: it may be gone after a power cut, and
    whatever says that it is there has to be written after it in the same folder, lastingly.

    Raises:
        RunError: the folder cannot be written to or the disk is full.
    """
    part = path.with_name(f".{path.name}.{uuid4().hex[:12]}{PART}")
    raw: _Part | None = None
    try:
        with refused("written", path):
            disk.make_folder(path.parent)
            raw = _Part(part)
            out = io.BufferedWriter(raw, _BUFFER_BYTES)
            yield cast(BinaryIO, out)
            out.flush()
            raw.finish()
            disk.rename(part, path)
            if lasting:
                disk.sync_folder(path.parent)
    finally:
        if raw is not None:
            raw.discard()
        with suppress(OSError):
            disk.remove(part)


class _Part(io.RawIOBase):
    """Passes writes to `disk`, or swallows them once the file is given up."""

    def __init__(self, path: Path) -> None:
        self._file = disk.open_new(path)

    def writable(self) -> bool:
        return True

    def write(self, data: Buffer) -> int:
        view = memoryview(data)
        if not self._file.closed:
            disk.write(self._file, view)
        return view.nbytes

    def finish(self) -> None:
        disk.sync(self._file)
        self._file.close()

    def discard(self) -> None:
        with suppress(OSError):
            self._file.close()


def write_text(path: Path, text: str) -> None:
    """The text as UTF-8, atomically; half a surrogate pair as the escape that JSON has for it."""
    with atomic(path) as out:
        out.write(text.encode("utf-8", "backslashreplace"))


def write_record(path: Path, value: Mapping[str, object]) -> None:
    """The object as indented JSON with sorted keys and a checksum over them, atomically."""
    signed = {**value, _CHECKSUM: fingerprint(value)}
    write_text(path, json.dumps(signed, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def delete(path: Path) -> None:
    """Take the file away; fine if there is none.

    Raises:
        RunError: it cannot be.
    """
    with refused("removed", path):
        disk.remove(path)


def read_record(path: Path) -> dict[str, object] | None:
    """The object in the file; None where there is no file, or not the one that was written.

    Raises:
        RunError: the file is there and cannot be read.
    """
    try:
        value = json.loads(disk.read(path))
    except (FileNotFoundError, NotADirectoryError, ValueError, RecursionError):
        return None
    except OSError as error:
        raise cannot("read", path, error) from error
    if not isinstance(value, dict) or value.pop(_CHECKSUM, None) != fingerprint(value):
        return None
    return value


def cannot(verb: str, path: Path, error: OSError) -> RunError:
    """What to say when the operating system refuses a file."""
    return RunError(f"{path}: cannot be {verb}: {error.strerror or error}")


@contextmanager
def refused(verb: str, path: Path) -> Iterator[None]:
    """For the block, a `RunError` in place of an `OSError`: the path cannot be `verb`."""
    try:
        yield
    except OSError as error:
        raise cannot(verb, path, error) from error
