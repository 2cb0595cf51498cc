"""JSON Lines: one article a line, streamed; a broken line costs that line only."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import field
from pathlib import Path

from pydantic.dataclasses import dataclass

from pipeline.frames import innermost_frame
from pipeline.schema import PLUGIN
from pipeline.sources.base import BadRecord, Record
from pipeline.sources.fields import Fields
from pipeline.sources.files import UNDECODABLE, find_files, read_each, read_lines


@dataclass(config=PLUGIN)
class JsonlSource:
    """JSON Lines files, compressed or not."""

    path: str | None
    patterns: Sequence[str] = ("**/*.jsonl", "**/*.jsonl.*", "**/*.ndjson", "**/*.ndjson.*")
    encoding: str = "utf-8"
    fields: Fields = field(default_factory=Fields)

    def files(self) -> list[Path]:
        return find_files(self.path, self.patterns)

    def records(self) -> Iterator[Record | BadRecord]:
        yield from read_each(self.files(), self._read)

    def _read(self, file: Path) -> Iterator[Record | BadRecord]:
        for number, line in enumerate(read_lines(file, self.encoding), 1):
            if line.strip():
                yield self._parse(line, f"{file}:{number}")

    def _parse(self, line: str, where: str) -> Record | BadRecord:
        payload = line.rstrip("\n")
        if UNDECODABLE in line:
            reason = f"not {self.encoding}; set source.encoding, e.g. cp1252 or utf-16"
            payload = payload.replace(UNDECODABLE, "")
            return BadRecord(where, payload, f"{where}: {reason}", f"UnicodeError: {reason}")
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            reason = f"{where}: broken JSON: {error}; mend or remove the line"
            error_of = f"{type(error).__name__}: {error}"
            return BadRecord(where, payload, reason, error_of, innermost_frame(error))
        if not isinstance(row, dict):
            reason = f"{where}: a JSON {type(row).__name__}, not an object with named fields"
            return BadRecord(where, payload, reason, "TypeError: not an object")
        return self.fields.record(row, where)
