"""Where in Dateline's own code an exception came through, for whoever reads a reject."""

from __future__ import annotations

import traceback
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def innermost_frame(error: BaseException) -> str | None:
    """`pipeline/sources/csv.py:88 in records`; None for an exception that was never raised."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(_PACKAGE):
            place = path.relative_to(_PACKAGE.parent).as_posix()
            return f"{place}:{frame.lineno} in {frame.name}"
    return None
