"""JSON and JSON Lines, streamed: objects in a line or over several, arrays, lists in objects; a
broken object costs that object only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path

from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.core.errors import InputError
from pipeline.sources.base import BadRecord, Record
from pipeline.sources.fetch import Fetching
from pipeline.sources.fields import ABSENT, Fields, Row, lists_of_objects, look_up
from pipeline.sources.files import Paths, find_files, read_each
from pipeline.sources.json_objects import read_objects
from pipeline.sources.parts import Part


@dataclass(config=PLUGIN)
class JsonSource(Fetching):
    """JSON and JSON Lines files; `records` is the (dotted) name of the list that each
    object keeps its articles in, where it is none itself."""

    path: Paths
    patterns: Sequence[str] = (
        "**/*.json", "**/*.json.*", "**/*.jsonl", "**/*.jsonl.*", "**/*.ndjson", "**/*.ndjson.*",
    )  # fmt: skip
    encoding: str = "utf-8"
    records: str | None = None
    fields: Fields = field(default_factory=Fields)

    def identity(self) -> Mapping[str, str]:
        return {"reader": "json-1"}

    def files(self) -> list[Path]:
        return find_files(self.path, self.patterns, self)

    def read(self) -> Iterator[Record | BadRecord]:
        yield from self.fields.records(read_each(self.files(), self.rows, self), str(self.path))

    def read_part(self, part: Part) -> Iterator[Record | BadRecord]:
        """The records of a file; raises `InputError` as `Fields.records`."""
        yield from self.fields.records(self.rows(part), part.name)

    def rows(self, part: Part) -> Iterator[Row | BadRecord]:
        """The objects of a file."""
        first = True
        for row in read_objects(part.lines(self.encoding), part.name, self.encoding):
            if isinstance(row, BadRecord):
                yield row
                continue
            if first and self.records is None:
                self._check_wrapper(row, part.name)
            first = False
            yield from (row,) if self.records is None else _inner(row, self.records)

    def _check_wrapper(self, row: Row, name: str) -> None:
        """Refuse an object that is no article but holds some.

        Raises:
            InputError: with the key to set.
        """
        if self.fields.text and look_up(row.values, self.fields.text) is ABSENT:
            names = lists_of_objects(row.values)
            if names:
                raise InputError(
                    f"{name}: an object without {self.fields.text!r} whose list {names[0]!r} holds "
                    f"objects; set source.records={names[0]}"
                )


def _inner(row: Row, within: str) -> Iterator[Row | BadRecord]:
    """The objects of the list in an object."""
    inner = look_up(row.values, within)
    if not isinstance(inner, list):
        reason = f"{row.where}: no list {within!r} in it; check source.records"
        yield BadRecord(row.where, str(dict(row.values)), reason, "KeyError: no such list")
        return
    for number, values in enumerate(inner, 1):
        where = f"{row.where}: {within} {number}"
        if isinstance(values, Mapping):
            yield Row(where, values)
        else:
            reason = f"{where}: a {type(values).__name__}, not an object with named fields"
            yield BadRecord(where, str(values), reason, "TypeError: not an object")
