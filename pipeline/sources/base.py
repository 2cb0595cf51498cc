"""What every source hands to ingest: raw records with their position, or the reason for a bad one.

A source reads a format. It does not repair, filter or identify anything: that is ingest.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from pipeline.core.frames import innermost_frame

_LOG = logging.getLogger(__name__)

FIELDS = ("id", "url", "title", "text", "published", "language", "source", "author")


DateOrder = Literal["auto", "dmy", "mdy"]
"""Whether 09/10/2025 is in October or September; auto: what the other dates of its file say."""


@dataclass(frozen=True, slots=True)
class Record:
    """A raw record: values by the names in `FIELDS` (missing ones absent), and where it stood.

    `topics` (Media Topic codes such as `medtop:11000000`) and `countries` (ISO 3166 alpha-2) are
    labels that the record came with, which are gold for evaluation; None where it says nothing.
    """

    where: str
    values: Mapping[str, str]
    topics: Sequence[str] | None = None
    countries: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something of the input that is no article, and why: `reason` is a few words that counts are
    kept under, such as `listing page`."""

    where: str
    reason: str


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

    @classmethod
    def of(
        cls, where: str, payload: str, reason: str, error: BaseException, named: bool = True
    ) -> BadRecord:
        """One that an exception is the cause of; `named` puts the position before the reason."""
        return cls(
            where,
            payload,
            f"{where}: {reason}" if named else reason,
            f"{type(error).__name__}: {error}",
            innermost_frame(error),
        )


Read = Record | BadRecord | LeftOut
"""What a source gives, one after the other."""


class Notes:
    """What a source took for what where it was not told, each thing once."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._known: set[str] = set()

    def add(self, where: str, *things: str) -> None:
        """Say the things that were not said before in a line with the first place they hold at."""
        new = [thing for thing in dict.fromkeys(things) if thing not in self._known]
        if new:
            self._known.update(new)
            self.lines.append(f"{where}: {', '.join(new)}")
            _LOG.info("%s", self.lines[-1])


@runtime_checkable
class TakesNotes(Protocol):
    """A source, or a format of one, that finds out how its files are to be read."""

    notes: Notes
    """What it found so far; after reading, all of it."""


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

    def read(self) -> Iterator[Read]:
        """Raw records in a stable order, and what of the input is none.

        Raises:
            InputError: the source as a whole cannot be read.
        """
        ...
