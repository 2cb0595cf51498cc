"""Finding and reading input files: paths, folders, globs, compression, encodings."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from pathlib import Path

import fsspec

from pipeline.errors import InputError
from pipeline.sources.base import BadRecord

_LARGEST_FILE = 64 * 2**20
"""Bytes of one unpacked text file held in memory at once; no article comes near it."""

_PAYLOAD_OF_UNDECODABLE = 64 * 2**10
"""Bytes kept, escaped, of a file that is not text: enough to see what it is."""


def find_files(path: str | None, patterns: Sequence[str]) -> list[Path]:
    """The files that `path` means, sorted: a file, a folder (searched for `patterns`) or a glob.

    Raises:
        InputError: nothing is there, or nothing in the folder matches.
    """
    if not path:
        raise InputError("source.path is not set: give a file, a folder or a glob, source.path=...")
    place = Path(path).expanduser()
    if place.is_file():
        return [place]
    if place.is_dir():
        found = {f for pattern in patterns for f in place.glob(pattern) if f.is_file()}
        if not found:
            raise InputError(
                f"{path}: no file in this folder matches {', '.join(patterns)}; "
                "set source.patterns or choose another source"
            )
        return sorted(found)
    if glob.has_magic(path):
        matches = sorted(Path(m) for m in glob.glob(str(place), recursive=True))
        found_files = [m for m in matches if m.is_file()]
        if not found_files:
            raise InputError(f"{path}: no file matches this pattern")
        return found_files
    raise InputError(f"{path}: no such file or folder; check source.path")


def read_text(path: Path, encoding: str) -> str | BadRecord:
    """The decoded text of a possibly compressed file, or why it cannot be had."""
    where = str(path)
    try:
        with fsspec.open(str(path), "rb", compression="infer") as file:
            raw = file.read(_LARGEST_FILE + 1)
    except (OSError, EOFError, ValueError) as error:
        return BadRecord(where, "", f"{where}: cannot be read: {error}", _named(error))
    if len(raw) > _LARGEST_FILE:
        reason = f"{where}: over {_LARGEST_FILE >> 20} MB, not one article; split it or use jsonl"
        return BadRecord(where, "", reason, "ValueError: too large")
    try:
        text: str = raw.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        payload = raw[:_PAYLOAD_OF_UNDECODABLE].decode("utf-8", "backslashreplace")
        reason = f"{where}: not {encoding} ({error}); set source.encoding, e.g. cp1252 or utf-16"
        return BadRecord(where, payload, reason, _named(error))
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def read_lines(path: Path, encoding: str) -> Iterator[str]:
    """Lines with their line ends, streamed by `datasets`, from a possibly compressed file.

    Bytes that do not decode come through as backslash escapes, so that a parser refuses the one
    line and not the file.

    Raises:
        InputError: the file cannot be opened or unpacked, or the encoding is unknown.
    """
    from datasets import load_dataset

    if path.stat().st_size == 0:
        return
    if encoding.lower().replace("_", "-") in {"utf-8", "utf8"}:
        encoding = "utf-8-sig"
    try:
        stream = load_dataset(
            "text",
            data_files=[str(path)],
            split="train",
            streaming=True,
            encoding=encoding,
            encoding_errors="backslashreplace",
            keep_linebreaks=True,
        )
        for row in stream:
            yield row["text"]
    except (OSError, EOFError, ValueError, LookupError) as error:
        raise InputError(f"{path}: cannot be read as {encoding} text: {error}") from error


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
