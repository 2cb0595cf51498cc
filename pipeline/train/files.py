"""Which files a training is given: one or several."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

Files = str | tuple[str, ...]


def paths(files: Files) -> Sequence[Path]:
    return [Path(one).expanduser() for one in ([files] if isinstance(files, str) else files)]


def named(files: Files) -> str:
    """As a message names them."""
    return files if isinstance(files, str) else ", ".join(files)
