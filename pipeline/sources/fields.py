"""Field mapping: from the column names of a table to the names of the article."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import fields
from difflib import get_close_matches

from pydantic.dataclasses import dataclass

from pipeline.errors import InputError
from pipeline.schema import PLUGIN
from pipeline.sources.base import BadRecord, Record


@dataclass(config=PLUGIN)
class Fields:
    """For each field of the article the column it comes from; null for none."""

    id: str | None = "id"
    url: str | None = "url"
    title: str | None = "title"
    text: str | None = "text"
    published: str | None = "published"
    language: str | None = "language"
    source: str | None = "source"

    def check(self, columns: Collection[str], where: str) -> None:
        """Refuse a table that lacks the text column or one that was mapped on purpose.

        Raises:
            InputError: names the file, the column, what there is instead and the key to set.
        """
        for field in fields(self):
            column = getattr(self, field.name)
            wanted = field.name == "text" or column != field.default
            if column and list(columns).count(column) > 1:
                raise InputError(f"{where}: two columns are named {column!r}; rename one")
            if column and wanted and column not in columns:
                raise InputError(f"{where}: {self._missing(field.name, column, columns)}")

    def columns(self) -> set[str]:
        """The columns that are mapped to a field."""
        return {column for f in fields(self) if (column := getattr(self, f.name))}

    def record(self, row: Mapping[str, object], where: str) -> Record | BadRecord:
        """The row as a record, or why it is none."""
        values: dict[str, str] = {}
        for field in fields(self):
            column = getattr(self, field.name)
            if not column:
                continue
            value = row.get(column)
            if column not in row and field.name == "text":
                return _bad(row, where, self._missing(field.name, column, row), "KeyError")
            if value is None:
                continue
            if isinstance(value, dict | list) or (
                field.name in ("title", "text") and not isinstance(value, str)
            ):
                kind = type(value).__name__
                hint = f"; convert it or set source.fields.{field.name} to another column"
                return _bad(row, where, f"{column!r} is a {kind}, not a string{hint}", "TypeError")
            values[field.name] = str(value)
        return Record(where, values)

    @staticmethod
    def _missing(field: str, column: str, columns: Collection[str]) -> str:
        near = get_close_matches(column, columns, n=1) or ["COLUMN"]
        there = ", ".join(map(str, columns)) or "none"
        return f"no column {column!r} (columns: {there}); set source.fields.{field}={near[0]}"


def _bad(row: Mapping[str, object], where: str, reason: str, error: str) -> BadRecord:
    payload = json.dumps(row, ensure_ascii=False, default=str)
    return BadRecord(where, payload, f"{where}: {reason}", f"{error}: {reason}")
