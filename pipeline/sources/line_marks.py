"""Marks in lines that a parser is to refuse, each by itself: bytes that did not decode, and lines
that are too long."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

LONGEST_LINE = 64 * 2**20
"""Characters of a line. A longer one is passed over and told of as `OVERLONG`."""

UNDECODABLE = "\ufdd0"
"""Stands before each escaped byte that did not decode: a code point reserved for such uses."""
OVERLONG = "\ufdd1"
"""Stands at the start of what is kept of a line over `LONGEST_LINE`."""

_KEPT_OF_OVERLONG = 2**16


def shortened(pieces: Iterator[str]) -> Iterator[str]:
    for piece in pieces:
        if len(piece) < LONGEST_LINE or piece.endswith("\n"):
            yield piece
            continue
        yield f"{OVERLONG}{piece[:_KEPT_OF_OVERLONG]}\n"
        while not piece.endswith("\n") and (piece := next(pieces, "")):
            pass


def _mark(error: UnicodeError) -> tuple[str, int]:
    escaped, end = codecs.backslashreplace_errors(error)
    assert isinstance(escaped, str)
    return UNDECODABLE + escaped, end


MARKED = "dateline-marked"
codecs.register_error(MARKED, _mark)


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
