"""Finding input files: paths, folders, globs, URLs, standard input; and reading one after the
other."""

from __future__ import annotations

import atexit
import glob
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Protocol, TypeVar

from pipeline.core.errors import InputError
from pipeline.sources.base import BadRecord, Read
from pipeline.sources.fetch import Fetching, is_url
from pipeline.sources.parts import DamagedFileError, Part, is_hidden, parts_of

T = TypeVar("T")

Paths = str | Sequence[str] | None
"""`source.path`: a file, a folder, a glob or a URL, several of them, or - for standard input."""

STDIN = "-"


def find_files(
    paths: Paths, patterns: Sequence[str] = ("**/*",), fetching: Fetching | None = None
) -> list[Path]:
    """The files that `source.path` means: those of a folder that match one of `patterns`, sorted,
    of several paths one after the other, each file once.

    Hidden files of a folder, such as a file system's own, are left out. URLs are fetched as
    `fetching` says, which keeps those that fail; the others go on.

    Raises:
        InputError: nothing is there, nothing in the folder matches, or there are URLs alone and
            none of them can be had.
    """
    if not paths:
        raise InputError(
            "source.path is not set: give a file, a folder, a glob or a URL, source.path=..."
        )
    several = [paths] if isinstance(paths, str) else paths
    fetching = fetching or Fetching()
    files: dict[Path, None] = {}
    for path in several:
        if is_url(path):
            file = fetching.fetched(path)
            files |= {file: None} if isinstance(file, Path) else {}
        else:
            files |= dict.fromkeys(_found(path, patterns))
    if not files:
        raise InputError("; ".join(bad.reason for bad in fetching.failures))
    return list(files)


def _found(path: str, patterns: Sequence[str]) -> list[Path]:
    if path == STDIN:
        return [_standard_input()]
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
        found = [f for f in matches if _is_file(f) and not is_hidden(f.relative_to(place))]
        if any("**" in pattern for pattern in patterns):
            found += _closed_folders(place)
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


def _is_file(path: Path) -> bool:
    """Whether it is one, or nobody may know: that comes out when it is read."""
    try:
        return path.is_file()
    except OSError:
        return True


def _closed_folders(place: Path) -> list[Path]:
    """The folders that cannot be listed. They count as files, which cannot be read either: nothing
    is left out in silence."""
    closed: list[Path] = []
    for _, below, _ in os.walk(place, onerror=lambda e: closed.append(Path(e.filename))):
        below[:] = [name for name in below if not is_hidden(Path(name))]
    return closed


class Format(Protocol):
    """How the files of one format are read; `pipeline.sources.auto` finds the one of each file."""

    def read_part(self, part: Part) -> Iterator[Read]:
        """What is in a file, in a stable order.

        Raises:
            DamagedFileError: it cannot be read, or not to its end.
            InputError: the configuration does not fit the file.
        """
        ...


def read_each(
    files: Iterable[Path],
    read: Callable[[Part], Iterator[T | BadRecord]],
    fetching: Fetching | None = None,
) -> Iterator[T | BadRecord]:
    """The records of all parts of all files; one that cannot be read is a bad record and the others
    go on. So is a URL that `fetching` got no file of.

    Raises:
        InputError: of the first part, where a wrong configuration is more likely than a wrong file.
    """
    number = 0
    for file in files:
        try:
            for part in parts_of(file):
                number += 1
                try:
                    yield from read(part)
                except DamagedFileError as error:
                    yield error.bad
                except InputError as error:
                    if number == 1:
                        raise
                    yield BadRecord.of(part.name, "", str(error), error, named=False)
        except DamagedFileError as error:
            yield error.bad
    if fetching is not None:
        yield from fetching.failures


@cache
def _standard_input() -> Path:
    """What comes by standard input, as a file: its digest has to be known before it is read."""
    if sys.stdin is None or sys.stdin.isatty():
        raise InputError("source.path=-: nothing comes by standard input; use a pipe or <FILE")
    folder = Path(tempfile.mkdtemp(prefix="dateline-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with (folder / "stdin").open("wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
    return folder / "stdin"
