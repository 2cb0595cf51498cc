"""The parts of an input file: the file itself or each file of an archive, unpacked as it is read.

Nothing is unpacked to a name that an archive gives, and nothing past what its size explains.
"""

from __future__ import annotations

import io
import lzma
import shutil
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pipeline.sources.base import BadRecord, Notes
from pipeline.sources.encoding import (
    AUTO,
    LOOKED_AT,
    check_encoding,
    found_encoding,
    marked_encoding,
)
from pipeline.sources.line_marks import LONGEST_LINE, MARKED, shortened
from pipeline.sources.unpacking import (
    check_inside,
    inside,
    is_plain,
    is_tar,
    seekable,
    uncompressed,
    unpacked,
)

LARGEST_DOCUMENT = 64 * 2**20
"""Bytes of one unpacked file that is held in memory at once; no article comes near it."""

LONGEST_PIECE = 2**20
"""Characters of a line that are given at once where it is read in pieces."""

_LONGEST_MARK = 4
"""Bytes of a byte order mark."""
_PAYLOAD_OF_UNDECODABLE = 64 * 2**10
"""Bytes kept, escaped, of a file that is not text: enough to see what it is."""


UNREADABLE = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError)
"""What opening, unpacking and decoding a damaged file raise."""


class DamagedFileError(Exception):
    """A file that cannot be read, or not to its end; `bad` is what the source passes on."""

    def __init__(self, where: str, reason: str, error: BaseException) -> None:
        reason = " ".join(reason.split())  # what libraries raise has line breaks
        super().__init__(reason)
        self.bad = BadRecord.of(where, "", reason, error)


class Lines(Iterator[str]):
    """Lines of a text, or pieces of them, and the `encoding` in which they are read."""

    def __init__(self, encoding: str, lines: Iterator[str]) -> None:
        self.encoding = encoding.removesuffix("-sig")
        self._lines = lines

    def __next__(self) -> str:
        return next(self._lines)


@dataclass(frozen=True, slots=True)
class Part:
    """A file, or a file in an archive: its `name`, for positions, and its unpacked bytes.

    A part has to be read before the next one is asked for.
    """

    name: str
    open: Callable[[], IO[bytes]]
    path: Path | None = None
    """Where the bytes lie as they are, without an archive or compression around them."""

    def head(self, size: int) -> bytes:
        """Its first bytes.

        Raises:
            DamagedFileError: it cannot be read.
        """
        with self._told(), self.open() as file:
            return file.read(size)

    def data(self) -> bytes:
        """All bytes.

        Raises:
            DamagedFileError: it cannot be read, or has more than `LARGEST_DOCUMENT`.
        """
        with self._told(), self.open() as file:
            data = file.read(LARGEST_DOCUMENT + 1)
        if len(data) > LARGEST_DOCUMENT:
            reason = f"over {LARGEST_DOCUMENT >> 20} MB, not one article; split it or use jsonl"
            raise DamagedFileError(self.name, reason, ValueError("too large"))
        return data

    def text(self, encoding: str, notes: Notes | None = None) -> str | BadRecord:
        """All of it as text with `\n` at line ends, or why it is none. A byte order mark says more
        than `encoding`; what `auto` finds beside UTF-8 goes into the notes.

        Raises:
            DamagedFileError: as `data`.
            InputError: there is no such encoding.
        """
        check_encoding(encoding)
        data = self.data()
        encoding = self._encoding(data[:LOOKED_AT], encoding, notes)
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            payload = data[:_PAYLOAD_OF_UNDECODABLE].decode("utf-8", "backslashreplace")
            reason = f"not {encoding} ({error}); set source.encoding, e.g. cp1252 or utf-16"
            return BadRecord.of(self.name, payload, reason, error)
        return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")

    def lines(self, encoding: str, notes: Notes | None = None) -> Lines:
        """Lines with their line ends, streamed.

        Bytes that do not decode come through escaped, each after `UNDECODABLE`, and a line that
        is too long as its beginning after `OVERLONG`, so that a parser can refuse the one line.
        The encoding is found as in `text`.

        Raises:
            DamagedFileError: the part cannot be unpacked, or not to its end.
            InputError: there is no such encoding.
        """
        pieces = self.pieces(encoding, notes, LONGEST_LINE)
        return Lines(pieces.encoding, shortened(pieces))

    def pieces(
        self, encoding: str, notes: Notes | None = None, longest: int = LONGEST_PIECE
    ) -> Lines:
        """As `lines`, where a line of more than `longest` characters comes in several pieces.

        Raises:
            DamagedFileError: the part cannot be unpacked, or not to its end.
            InputError: there is no such encoding.
        """
        check_encoding(encoding)
        with self._told():
            file = self.open()
            start = file.read(LOOKED_AT if encoding == AUTO else _LONGEST_MARK)
        encoding = self._encoding(start, encoding, notes)
        return Lines(encoding, self._decoded(_Begun(start, file), encoding, longest))

    def _encoding(self, start: bytes, encoding: str, notes: Notes | None) -> str:
        if encoding != AUTO:
            return marked_encoding(start, encoding)
        found = found_encoding(start)
        if notes and found not in ("utf-8", marked_encoding(start, "")):
            notes.add(self.name, f"read as {found}")
        return found

    def _decoded(self, file: io.RawIOBase, encoding: str, longest: int) -> Iterator[str]:
        number = 0
        with self._told(lambda: f" after line {number}"), io.BufferedReader(file) as buffered:
            text = io.TextIOWrapper(buffered, encoding, errors=MARKED)
            while piece := text.readline(longest):
                number += piece.endswith("\n")
                yield piece

    @contextmanager
    def seekable(self) -> Iterator[IO[bytes]]:
        """Its bytes as a file in which one may go back and forth.

        Raises:
            DamagedFileError: it cannot be read.
        """
        if self.path is not None:
            with self._told(), self.path.open("rb") as file:
                yield file
            return
        with tempfile.TemporaryFile() as copy:
            with self._told(), self.open() as file:
                shutil.copyfileobj(file, copy)
            copy.seek(0)
            yield copy

    @contextmanager
    def _told(self, where: Callable[[], str] = lambda: "") -> Iterator[None]:
        try:
            yield
        except (*UNREADABLE, zipfile.BadZipFile, tarfile.TarError) as error:
            reason = f"cannot be read{where()}: {error}; mend or remove the file"
            raise DamagedFileError(self.name, reason, error) from error


def is_hidden(path: Path) -> bool:
    """Whether a file or a folder above it has a name that begins with a dot."""
    return any(part.startswith(".") and part != ".." for part in path.parts)


def parts_of(path: Path) -> Iterator[Part]:
    """The file itself, or what lies in it where it is a zip or tar archive.

    Raises:
        DamagedFileError: it cannot be opened, or not to its end.
    """
    opened = Part(str(path), lambda: unpacked(path), path if is_plain(path) else None)
    with opened._told():
        if zipfile.is_zipfile(path) and path.suffix.lower() not in _ZIPPED_DOCUMENTS:
            yield from _in_zip(path)
        elif is_tar(path):
            yield from _in_tar(path)
        elif path.suffix.lower() == ".zip" and path.stat().st_size:
            raise zipfile.BadZipFile("File is not a zip file")
        else:
            yield opened


_ZIPPED_DOCUMENTS = frozenset((".xlsx", ".xlsm", ".docx", ".odt", ".ods", ".epub"))
"""Archives that are one document."""


def _in_zip(path: Path) -> Iterator[Part]:
    with zipfile.ZipFile(path) as archive:
        if sum(member.compress_size for member in archive.infolist()) > path.stat().st_size:
            raise zipfile.BadZipFile("its files overlap, as those of a decompression bomb do")
        for member in archive.infolist():
            name = f"{path}/{member.filename}"
            if member.is_dir() or is_hidden(inside(member.filename)):
                continue

            def opened(member: zipfile.ZipInfo = member) -> IO[bytes]:
                check_inside(member.filename)
                try:
                    packed = archive.open(member)
                except RuntimeError as error:  # encrypted, or packed as Python cannot unpack
                    raise zipfile.BadZipFile(str(error)) from error
                return uncompressed(packed, member.filename, max(member.compress_size, 1))

            yield Part(name, opened)


def _in_tar(path: Path) -> Iterator[Part]:
    with (
        tempfile.TemporaryFile() as copy,
        unpacked(path, tar=True) as file,
        tarfile.open(fileobj=seekable(file, copy), mode="r:") as archive,
    ):
        for member in archive:
            if member.isdir() or is_hidden(inside(member.name)):
                continue

            def opened(member: tarfile.TarInfo = member) -> IO[bytes]:
                check_inside(member.name)
                packed = archive.extractfile(member) if member.isfile() else None
                if packed is None:
                    raise tarfile.ReadError("a link or a device, not a file")
                # A sparse one has as many bytes as it likes, of which few lie in the archive.
                size = path.stat().st_size if member.issparse() else member.size
                return uncompressed(packed, member.name, max(size, 1))

            yield Part(f"{path}/{member.name}", opened)


class _Begun(io.RawIOBase):
    """A file of which some was read already."""

    def __init__(self, start: bytes, file: IO[bytes]) -> None:
        self._start = io.BytesIO(start)
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        data = self._start.read(len(view)) or self._file.read(len(view))
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()
