"""Files and folders of models that appear under their name whole or not at all, and those that are
made from a model once and kept in the model cache: merged, distilled, converted.

They are written under a hidden name beside it. A kept one has the digest of its bytes in its name,
so that it does not matter who is killed, who else makes it, or what becomes of it later.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from pipeline.core.digest import digest_of, digest_of_folder, files_in
from pipeline.core.errors import ModelError

_KEY_LETTERS = 16
_PART = ".part"
_ABANDONED = 3600.0
"""Seconds after which an unfinished file is nobody's; writing a model takes seconds or minutes."""


def kept(place: Path, key: str, ending: str, what: str, make: Callable[[Path], None]) -> Path:
    """The one of the folder `place` for this key that is whole, made if there is none.

    `make` writes it to the path it is given: a folder without an `ending`, else a file. `key` is
    the digest of all that decides it, `what` its name in an error.

    Raises:
        ModelError: it cannot be written there.
    """
    short = key[:_KEY_LETTERS]
    digest = digest_of if ending else digest_of_folder
    for path in sorted(place.glob(f"{short}-*{ending}")):
        with suppress(OSError):  # somebody removes it at this moment
            if path.name == f"{short}-{digest(path)}{ending}":
                return path
    part = part_of(place / short)
    try:
        place.mkdir(parents=True, exist_ok=True)
        sweep(place)
        make(part)
        path = place / f"{short}-{digest(part)}{ending}"
        put(part, path)
    except OSError as error:
        raise ModelError(
            f"{place}: the {what} cannot be kept there: {error.strerror or error}; make room, or "
            "set DATELINE_MODELS to a folder that can be written to"
        ) from error
    finally:
        remove(part)
    return path


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
