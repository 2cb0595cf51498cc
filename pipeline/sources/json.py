"""JSON and JSON Lines, streamed: objects in a line or over several, arrays, lists in objects; a
broken object costs that object only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path

from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.core.errors import InputError
from pipeline.sources.base import BadRecord, DateOrder, Notes, Record
from pipeline.sources.fetch import Fetching
from pipeline.sources.fields import AUTO, Fields
from pipeline.sources.files import Paths, find_files, read_each
from pipeline.sources.json_objects import inner, read_objects
from pipeline.sources.objects import Row, lists_of_objects
from pipeline.sources.parts import Part


@dataclass(config=PLUGIN)
class JsonSource(Fetching):
    """JSON and JSON Lines files.

    `records` is the (dotted) name of the list that each object keeps its articles in, where it is
    none itself; `auto`: the one list of objects in the first object of a file, if that has no text.
    """

    path: Paths
    patterns: Sequence[str] = (
        "**/*.json", "**/*.json.*", "**/*.jsonl", "**/*.jsonl.*", "**/*.ndjson", "**/*.ndjson.*",
    )  # fmt: skip
    encoding: str = AUTO
    records: str | None = AUTO
    fields: Fields = field(default_factory=Fields)
    dates: DateOrder = "auto"
    notes: Notes = field(default_factory=Notes, init=False, repr=False, compare=False)

    def identity(self) -> Mapping[str, str]:
        return {"reader": "json-2"}

    def files(self) -> list[Path]:
        return find_files(self.path, self.patterns, self)

    def read(self) -> Iterator[Record | BadRecord]:
        yield from self.fields.records(
            read_each(self.files(), self.rows, self), str(self.path), self.notes
        )

    def read_part(self, part: Part) -> Iterator[Record | BadRecord]:
        """The records of a file; raises `InputError` as `Fields.records`."""
        yield from self.fields.records(self.rows(part), part.name, self.notes)

    def rows(self, part: Part) -> Iterator[Row | BadRecord]:
        """The objects of a file."""
        within = "" if self.records in (AUTO, None) else str(self.records)
        rows = read_objects(part.pieces(self.encoding, self.notes), part.name, within)
        if self.records != AUTO:
            yield from rows
            return
        first = True
        for row in rows:
            if first and isinstance(row, Row):
                within, first = self._list_in(row) or "", False
            yield from inner(row, within) if within and isinstance(row, Row) else (row,)

    def _list_in(self, row: Row) -> str | None:
        """The one list of an object that is no article, if it holds some.

        Raises:
            InputError: there are several; with the key to set.
        """
        if not self.fields.text or self.fields.has("text", row.values):
            return None
        lists = list(lists_of_objects(row.values))
        likely = [name for name, first in lists if self.fields.has("text", first)]
        if likely and len(lists) == 1:
            self.notes.add(row.where, f"articles from the list {likely[0]!r}")
            return likely[0]
        if lists:
            name = (likely or [lists[0][0]])[0]
            raise InputError(
                f"{row.where}: an object without a text, with objects in "
                f"{', '.join(repr(name) for name, _ in lists)}; set source.records={name}"
            )
        return None
