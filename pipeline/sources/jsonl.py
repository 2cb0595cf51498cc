"""JSON Lines: one article a line, streamed; a broken line costs that line only.

Objects over several lines, several in one line, arrays of them and commas behind them are read too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path

from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.core.errors import InputError
from pipeline.sources.base import BadRecord, Record
from pipeline.sources.fields import ABSENT, Fields, Row, lists_of_objects, look_up
from pipeline.sources.files import find_files, read_each, read_lines
from pipeline.sources.json_objects import read_objects


@dataclass(config=PLUGIN)
class JsonlSource:
    """JSON Lines files, compressed or not; `within` is the (dotted) name of the list that each
    object keeps its articles in, where it is none itself."""

    path: str | None
    patterns: Sequence[str] = ("**/*.jsonl", "**/*.jsonl.*", "**/*.ndjson", "**/*.ndjson.*")
    encoding: str = "utf-8"
    within: str | None = None
    fields: Fields = field(default_factory=Fields)

    def identity(self) -> Mapping[str, str]:
        return {"reader": "jsonl-1"}

    def files(self) -> list[Path]:
        return find_files(self.path, self.patterns)

    def records(self) -> Iterator[Record | BadRecord]:
        yield from self.fields.records(read_each(self.files(), self._read), str(self.path))

    def _read(self, file: Path) -> Iterator[Row | BadRecord]:
        first = True
        for row in read_objects(read_lines(file, self.encoding), file, self.encoding):
            if isinstance(row, BadRecord):
                yield row
                continue
            if first and self.within is None:
                self._check_wrapper(row, file)
            first = False
            yield from (row,) if self.within is None else _inner(row, self.within)

    def _check_wrapper(self, row: Row, file: Path) -> None:
        """Refuse an object that is no article but holds some.

        Raises:
            InputError: with the key to set.
        """
        if self.fields.text and look_up(row.values, self.fields.text) is ABSENT:
            names = lists_of_objects(row.values)
            if names:
                raise InputError(
                    f"{file}: an object without {self.fields.text!r} whose list {names[0]!r} holds "
                    f"objects; set source.within={names[0]}"
                )


def _inner(row: Row, within: str) -> Iterator[Row | BadRecord]:
    """The objects of the list in an object."""
    inner = look_up(row.values, within)
    if not isinstance(inner, list):
        reason = f"{row.where}: no list {within!r} in it; check source.within"
        yield BadRecord(row.where, str(dict(row.values)), reason, "KeyError: no such list")
        return
    for number, values in enumerate(inner, 1):
        where = f"{row.where}: {within} {number}"
        if isinstance(values, Mapping):
            yield Row(where, values)
        else:
            reason = f"{where}: a {type(values).__name__}, not an object with named fields"
            yield BadRecord(where, str(values), reason, "TypeError: not an object")
