"""What every source hands to ingest: raw records with their position, or the reason for a bad one.

A source reads a format. It does not repair, filter or identify anything: that is ingest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

FIELDS = ("id", "url", "title", "text", "published", "language", "source")


@dataclass(frozen=True, slots=True)
class Record:
    """A raw record: values by the names in `FIELDS` (missing ones absent), and where it stood."""

    where: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that could not be read: its raw `payload`, and `reason` with the way out.

    `frame` is the line of our code that the exception came through, where there was one.
    """

    where: str
    payload: str
    reason: str
    error: str
    frame: str | None = None


@runtime_checkable
class Source(Protocol):
    """Where articles come from. Iterating again must give the same records in the same order."""

    def identity(self) -> Mapping[str, str]:
        """The name of the reader with a version that goes up with every change of what it reads of
        the same files, such as `{"reader": "csv-1"}`."""
        ...

    def files(self) -> list[Path]:
        """Local files whose content decides the records; empty for a remote source."""
        ...

    def records(self) -> Iterator[Record | BadRecord]:
        """Raw records in a stable order.

        Raises:
            InputError: the source as a whole cannot be read.
        """
        ...
