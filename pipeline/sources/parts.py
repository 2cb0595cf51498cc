"""The parts of an input file: the file itself or each file of an archive, unpacked as it is read.

Nothing is unpacked to a name that an archive gives, and nothing past what its size explains.
"""

from __future__ import annotations

import codecs
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
from typing import IO, cast

import fsspec
from fsspec.utils import infer_compression

from pipeline.core.errors import InputError
from pipeline.sources.base import BadRecord

LARGEST_DOCUMENT = 64 * 2**20
"""Bytes of one unpacked file that is held in memory at once; no article comes near it."""

LONGEST_LINE = 64 * 2**20
"""Characters of a line. A longer one is passed over and told of as `OVERLONG`."""

_FREELY_UNPACKED = 256 * 2**20
_MOST_EXPANSION = 200
"""Times its packed size that a file may unpack to, once it is past `_FREELY_UNPACKED` bytes. Text
packs to a tenth, server logs to a fiftieth; bombs come near gzip's limit of 1,032."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks; that of UTF-32 begins as one of UTF-16 does."""

UNDECODABLE = "\ufdd0"
"""Stands before each escaped byte that did not decode: a code point reserved for such uses."""
OVERLONG = "\ufdd1"
"""Stands at the start of what is kept of a line over `LONGEST_LINE`."""

_KEPT_OF_OVERLONG = 2**16
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

    def text(self, encoding: str) -> str | BadRecord:
        """All of it as text with `\\n` at line ends, or why it is none. A byte order mark says more
        than `encoding`.

        Raises:
            DamagedFileError: as `data`.
            InputError: there is no such encoding.
        """
        check_encoding(encoding)
        data = self.data()
        try:
            text = data.decode(marked_encoding(data, encoding))
        except UnicodeDecodeError as error:
            payload = data[:_PAYLOAD_OF_UNDECODABLE].decode("utf-8", "backslashreplace")
            reason = f"not {encoding} ({error}); set source.encoding, e.g. cp1252 or utf-16"
            return BadRecord.of(self.name, payload, reason, error)
        return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")

    def lines(self, encoding: str) -> Iterator[str]:
        """Lines with their line ends, streamed.

        Bytes that do not decode come through escaped, each after `UNDECODABLE`, and a line that
        is too long as its beginning after `OVERLONG`, so that a parser can refuse the one line.

        Raises:
            DamagedFileError: the part cannot be unpacked, or not to its end.
            InputError: there is no such encoding.
        """
        check_encoding(encoding)
        number = 0
        with self._told(lambda: f" after line {number}"), self.open() as file:
            for line in _decoded(file, encoding):
                number += 1
                yield line

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
    opened = Part(str(path), lambda: _unpacked(path), path if _is_plain(path) else None)
    with opened._told():
        if zipfile.is_zipfile(path) and path.suffix.lower() not in _ZIPPED_DOCUMENTS:
            yield from _in_zip(path)
        elif _is_tar(path):
            yield from _in_tar(path)
        elif path.suffix.lower() == ".zip" and path.stat().st_size:
            raise zipfile.BadZipFile("File is not a zip file")
        else:
            yield opened


_ZIPPED_DOCUMENTS = frozenset((".xlsx", ".docx", ".odt", ".ods", ".epub"))
"""Archives that are one document."""


def _in_zip(path: Path) -> Iterator[Part]:
    with zipfile.ZipFile(path) as archive:
        if sum(member.compress_size for member in archive.infolist()) > path.stat().st_size:
            raise zipfile.BadZipFile("its files overlap, as those of a decompression bomb do")
        for member in archive.infolist():
            name = f"{path}/{member.filename}"
            if member.is_dir() or is_hidden(_inside(member.filename)):
                continue

            def opened(member: zipfile.ZipInfo = member) -> IO[bytes]:
                _check_inside(member.filename)
                try:
                    packed = archive.open(member)
                except RuntimeError as error:  # encrypted, or packed as Python cannot unpack
                    raise zipfile.BadZipFile(str(error)) from error
                return _uncompressed(packed, member.filename, max(member.compress_size, 1))

            yield Part(name, opened)


def _in_tar(path: Path) -> Iterator[Part]:
    with (
        tempfile.TemporaryFile() as copy,
        _unpacked(path, tar=True) as file,
        tarfile.open(fileobj=_seekable(file, copy), mode="r:") as archive,
    ):
        for member in archive:
            if member.isdir() or is_hidden(_inside(member.name)):
                continue

            def opened(member: tarfile.TarInfo = member) -> IO[bytes]:
                _check_inside(member.name)
                packed = archive.extractfile(member) if member.isfile() else None
                if packed is None:
                    raise tarfile.ReadError("a link or a device, not a file")
                # A sparse one has as many bytes as it likes, of which few lie in the archive.
                size = path.stat().st_size if member.issparse() else member.size
                return _uncompressed(packed, member.name, max(size, 1))

            yield Part(f"{path}/{member.name}", opened)


def _seekable(file: IO[bytes], copy: IO[bytes]) -> IO[bytes]:
    """The file, or where one cannot go back in it, as in zstd, a copy."""
    if file.seekable():
        return file
    shutil.copyfileobj(file, copy)
    copy.seek(0)
    return copy


def _inside(name: str) -> Path:
    """The name of a member as a path, whichever system wrote it."""
    return Path(name.replace("\\", "/"))


def _check_inside(name: str) -> None:
    """Refuse what was named to be unpacked elsewhere: nothing is, but nobody means well by it.

    Raises:
        ValueError: the name leads out of the archive.
    """
    if ".." in _inside(name).parts:
        raise ValueError("its name leads out of the archive")


def _is_tar(path: Path) -> bool:
    return ".tar" in path.suffixes[-2:] or path.suffix in (".tgz", ".tbz2", ".txz")


def _is_plain(path: Path) -> bool:
    return infer_compression(path.name) is None


def _unpacked(path: Path, tar: bool = False) -> IO[bytes]:
    name = path.name
    if tar and path.suffix in (".tgz", ".tbz2", ".txz"):
        name = name.replace(".t", ".tar.").replace("tbz2", "bz2")
    return _uncompressed(path.open("rb"), name, path.stat().st_size)


def _uncompressed(packed: IO[bytes], name: str, size: int) -> IO[bytes]:
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
        self._most = max(_FREELY_UNPACKED, packed * _MOST_EXPANSION)

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
        if self._file.tell() > self._most:
            raise ValueError(
                f"unpacks to over {_MOST_EXPANSION} times its size, as a decompression bomb does"
            )
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()


def marked_encoding(start: bytes, encoding: str) -> str:
    """What the byte order mark at the start says, else `encoding`; the mark is no text."""
    for mark, marked in _MARKS:
        if start.startswith(mark):
            return marked
    return encoding


def check_encoding(encoding: str) -> None:
    """Refuse an encoding that Python does not know.

    Raises:
        InputError: names it.
    """
    try:
        "".encode(encoding)
    except LookupError as error:
        raise InputError(
            f"source.encoding={encoding}: no such encoding; e.g. utf-8, cp1252 or utf-16"
        ) from error


def _decoded(file: IO[bytes], encoding: str) -> Iterator[str]:
    buffered = (
        file
        if isinstance(file, io.BufferedReader)
        else io.BufferedReader(cast("io.RawIOBase", file))
    )
    encoding = marked_encoding(buffered.peek(4)[:4], encoding)
    text = io.TextIOWrapper(buffered, encoding, errors=_MARKED)
    while line := text.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE and not line.endswith("\n"):
            kept = line[:_KEPT_OF_OVERLONG]
            while line and not line.endswith("\n"):
                line = text.readline(LONGEST_LINE)
            line = f"{OVERLONG}{kept}\n"
        yield line


def _mark(error: UnicodeError) -> tuple[str, int]:
    escaped, end = codecs.backslashreplace_errors(error)
    assert isinstance(escaped, str)
    return UNDECODABLE + escaped, end


_MARKED = "dateline-marked"
codecs.register_error(_MARKED, _mark)


def flaw_of(line: str, encoding: str) -> str | None:
    """What is wrong with a line as `Part.lines` gives it, with the way out; None for nothing."""
    if OVERLONG in line:
        return f"a line of over {LONGEST_LINE >> 20} million characters; split or remove it"
    if UNDECODABLE in line:
        return f"not {encoding}; set source.encoding, e.g. cp1252 or utf-16"
    return None


def without_marks(line: str) -> str:
    """A line as a payload shows it."""
    return line.replace(UNDECODABLE, "").replace(OVERLONG, "")
