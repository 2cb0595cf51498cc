"""Files as they are unpacked: by the ending of their name, no further than their size explains."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import IO, cast

import fsspec
from fsspec.utils import infer_compression

_FREELY_UNPACKED = 256 * 2**20
_MOST_EXPANSION = 200
"""Times its packed size that a file may unpack to, once it is past `_FREELY_UNPACKED` bytes. Text
packs to a tenth, server logs to a fiftieth; bombs come near gzip's limit of 1,032."""


def is_tar(path: Path) -> bool:
    return ".tar" in path.suffixes[-2:] or path.suffix in (".tgz", ".tbz2", ".txz")


def is_plain(path: Path) -> bool:
    return infer_compression(path.name) is None


def unpacked(path: Path, tar: bool = False) -> IO[bytes]:
    name = path.name
    if tar and path.suffix in (".tgz", ".tbz2", ".txz"):
        name = name.replace(".t", ".tar.").replace("tbz2", "bz2")
    return uncompressed(path.open("rb"), name, path.stat().st_size)


def uncompressed(packed: IO[bytes], name: str, size: int) -> IO[bytes]:
    compression = infer_compression(name)
    if compression in (None, "zip"):
        file = packed
    else:
        file = fsspec.compression.compr[compression](packed, mode="rb")
    return cast("IO[bytes]", io.BufferedReader(_Bounded(file, size), 2**16))


class _Bounded(io.RawIOBase):
    """Unpacked bytes, until they are more than those packed can honestly be."""

    def __init__(self, file: IO[bytes], packed: int) -> None:
        self._file = file
        # What `read` has unpacked before the end of a cut file is lost with the error it raises.
        self._read: Callable[[int], bytes] = getattr(file, "read1", file.read)
        self._packed = packed

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._file.seekable()

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        data = self._read(len(view))
        view[: len(data)] = data
        check_expansion(self._file.tell(), self._packed)
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()


def check_expansion(size: int, packed: int) -> None:
    """Refuse bytes that are more than those packed can honestly be.

    Raises:
        ValueError: they are.
    """
    if size > max(_FREELY_UNPACKED, packed * _MOST_EXPANSION):
        raise ValueError(
            f"unpacks to over {_MOST_EXPANSION} times its size, as a decompression bomb does"
        )


def seekable(file: IO[bytes], copy: IO[bytes]) -> IO[bytes]:
    """The file, or where one cannot go back in it, as in zstd, a copy."""
    if file.seekable():
        return file
    shutil.copyfileobj(file, copy)
    copy.seek(0)
    return copy


def inside(name: str) -> Path:
    """The name of a member as a path, whichever system wrote it."""
    return Path(name.replace("\\", "/"))


def check_inside(name: str) -> None:
    """Refuse what was named to be unpacked elsewhere: nothing is, but nobody means well by it.

    Raises:
        ValueError: the name leads out of the archive.
    """
    if ".." in inside(name).parts:
        raise ValueError("its name leads out of the archive")
