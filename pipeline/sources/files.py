"""Finding and reading input files: paths, folders, globs, compression, encodings."""

from __future__ import annotations

import codecs
import glob
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TypeVar, cast

import fsspec

from pipeline.core.errors import InputError
from pipeline.core.frames import innermost_frame
from pipeline.sources.base import BadRecord

T = TypeVar("T")

_LARGEST_FILE = 64 * 2**20
"""Bytes of one unpacked text file held in memory at once; no article comes near it."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks; that of UTF-32 begins as one of UTF-16 does."""

_PAYLOAD_OF_UNDECODABLE = 64 * 2**10
"""Bytes kept, escaped, of a file that is not text: enough to see what it is."""


UNREADABLE = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError)
"""What opening, unpacking and decoding a damaged file raise."""

UNDECODABLE = "\ufdd0"
"""Stands before each escaped byte that did not decode: a code point reserved for such uses."""


class DamagedFileError(Exception):
    """A file that cannot be read, or not to its end; `bad` is what the source passes on."""

    def __init__(self, where: str, reason: str, error: BaseException) -> None:
        reason = " ".join(reason.split())  # what libraries raise has line breaks
        super().__init__(reason)
        self.bad = BadRecord(where, "", f"{where}: {reason}", _named(error), innermost_frame(error))


def find_files(path: str | None, patterns: Sequence[str]) -> list[Path]:
    """The files that `path` means, sorted: a file, a folder (searched for `patterns`) or a glob.

    Hidden files of a folder, such as a file system's own, are left out.

    Raises:
        InputError: nothing is there, or nothing in the folder matches.
    """
    if not path:
        raise InputError("source.path is not set: give a file, a folder or a glob, source.path=...")
    try:
        place = Path(path).expanduser()
        is_file, is_dir = place.is_file(), place.is_dir()
    except (OSError, RuntimeError) as error:  # a name too long, a home that does not exist
        raise InputError(f"{path}: no such file or folder ({error}); check source.path") from error
    if is_file:
        return [place]
    if is_dir:
        try:
            matches = {f for pattern in patterns for f in place.glob(pattern)}
        except (ValueError, NotImplementedError) as error:
            raise InputError(
                f"source.patterns={list(patterns)}: {error}; write them like **/*.txt"
            ) from error
        found = [f for f in matches if f.is_file() and not is_hidden(f.relative_to(place))]
        if not found:
            raise InputError(
                f"{path}: no file in this folder matches {', '.join(patterns)}; "
                "set source.patterns or choose another source"
            )
        return sorted(found)
    if glob.has_magic(path):
        found = [Path(m) for m in glob.glob(str(place), recursive=True) if Path(m).is_file()]
        if not found:
            raise InputError(f"{path}: no file matches this pattern; check source.path")
        return sorted(found)
    raise InputError(f"{path}: no such file or folder; check source.path")


def is_hidden(path: Path) -> bool:
    """Whether a file or a folder above it has a name that begins with a dot."""
    return any(part.startswith(".") for part in path.parts)


def read_text(path: Path, encoding: str) -> str | BadRecord:
    """The decoded text of a possibly compressed file, or why it cannot be had.

    Raises:
        InputError: there is no such encoding.
    """
    _check(encoding)
    where = str(path)
    try:
        with fsspec.open(str(path), "rb", compression="infer") as file:
            raw = file.read(_LARGEST_FILE + 1)
    except UNREADABLE as error:
        return DamagedFileError(where, f"cannot be read: {error}; mend or remove it", error).bad
    if len(raw) > _LARGEST_FILE:
        reason = f"{where}: over {_LARGEST_FILE >> 20} MB, not one article; split it or use jsonl"
        return BadRecord(where, "", reason, "ValueError: too large")
    try:
        text: str = raw.decode(marked_encoding(raw, encoding))
    except UnicodeDecodeError as error:
        payload = raw[:_PAYLOAD_OF_UNDECODABLE].decode("utf-8", "backslashreplace")
        reason = f"{where}: not {encoding} ({error}); set source.encoding, e.g. cp1252 or utf-16"
        return BadRecord(where, payload, reason, _named(error), innermost_frame(error))
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def read_lines(path: Path, encoding: str) -> Iterator[str]:
    """Lines with their line ends, streamed, from a possibly compressed file or all of an archive.

    Bytes that do not decode come through escaped, each after `UNDECODABLE`, so that a parser can
    refuse the one line and not the file. A byte order mark says more than `encoding`.

    Raises:
        DamagedFileError: the file cannot be opened or unpacked, or not to its end.
        InputError: there is no such encoding.
    """
    for _, lines in read_parts(path, encoding):
        yield from lines


def read_parts(path: Path, encoding: str) -> Iterator[tuple[str, Iterator[str]]]:
    """As `read_lines`, by part: each file of a zip archive, or the one file; with its name.

    The lines of a part have to be read before the next part is asked for.
    """
    _check(encoding)
    number = 0

    @contextmanager
    def damage_told() -> Iterator[None]:
        try:
            yield
        except (*UNREADABLE, zipfile.BadZipFile) as error:
            reason = f"cannot be read after line {number}: {error}; mend or remove the file"
            raise DamagedFileError(str(path), reason, error) from error

    def numbered(file: IO[bytes]) -> Iterator[str]:
        nonlocal number
        with damage_told():
            for line in _decoded(file, encoding):
                number += 1
                yield line

    with damage_told():
        if path.stat().st_size == 0:
            return
        if path.suffix != ".zip":
            with fsspec.open(str(path), "rb", compression="infer") as file:
                yield str(path), numbered(file)
            return
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if not (member.is_dir() or is_hidden(Path(member.filename))):
                    with archive.open(member) as file:
                        yield f"{path}/{member.filename}", numbered(file)


def _decoded(file: IO[bytes], encoding: str) -> Iterable[str]:
    buffered = io.BufferedReader(cast("io.RawIOBase", file))
    encoding = marked_encoding(buffered.peek(4), encoding)
    return io.TextIOWrapper(buffered, encoding, errors=_MARKED)


def marked_encoding(start: bytes, encoding: str) -> str:
    """What the byte order mark at the start says, else `encoding`; the mark is no text."""
    for mark, marked in _MARKS:
        if start.startswith(mark):
            return marked
    return encoding


def read_each(
    files: Iterable[Path], read: Callable[[Path], Iterator[T | BadRecord]]
) -> Iterator[T | BadRecord]:
    """The records of all files; one that cannot be read is a bad record and the others go on.

    Raises:
        InputError: of the first file, where a wrong configuration is more likely than a wrong file.
    """
    for position, file in enumerate(files):
        try:
            yield from read(file)
        except DamagedFileError as error:
            yield error.bad
        except InputError as error:
            if position == 0:
                raise
            yield BadRecord(
                str(file), "", str(error), f"InputError: {error}", innermost_frame(error)
            )


def _check(encoding: str) -> None:
    try:
        "".encode(encoding)
    except LookupError as error:
        raise InputError(
            f"source.encoding={encoding}: no such encoding; e.g. utf-8, cp1252 or utf-16"
        ) from error


def _mark(error: UnicodeError) -> tuple[str, int]:
    escaped, end = codecs.backslashreplace_errors(error)
    assert isinstance(escaped, str)
    return UNDECODABLE + escaped, end


_MARKED = "dateline-marked"
codecs.register_error(_MARKED, _mark)


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
