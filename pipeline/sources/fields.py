"""Field mapping: from the column names of a table, or of nested objects, to the article's names."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass as plain_dataclass
from dataclasses import fields
from difflib import get_close_matches

from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.core.errors import InputError
from pipeline.sources.base import BadRecord, Record

LOOKED_AT = 5_000
"""Rows in which a field has to appear once: no more of them are held in memory."""

_SHOWN = 12
"""Columns named in an error."""

_NAMES: Mapping[str, tuple[str, ...]] = {
    "text": (
        "text", "content", "body", "maintext", "articlebody", "article_text", "full_text",
        "fulltext", "article", "story", "description", "summary",
    ),
    "title": ("title", "headline", "heading", "head", "main"),
    "published": (
        "published", "publishedat", "published_at", "date_publish", "date_published",
        "publish_date", "publication_date", "pubdate", "$date", "date", "datetime", "timestamp",
    ),
    "id": ("id", "_id", "$oid", "guid", "uuid", "article_id"),
    "url": ("url", "link", "uri", "canonical_url"),
    "source": ("name", "publisher", "outlet", "source_name", "domain"),
    "language": ("language", "lang", "language_code"),
}  # fmt: skip
"""What other data sets call a field, likeliest first: for suggestions only."""

ABSENT = object()


@plain_dataclass(frozen=True, slots=True)
class Row:
    """Values by column as a format has them, and where they stood."""

    where: str
    values: Mapping[str, object]


def look_up(row: Mapping[str, object], column: str) -> object:
    """The value of a column, or of a dotted path into nested objects; `ABSENT` without one."""
    if column in row:
        return row[column]
    head, dot, rest = column.partition(".")
    while dot:
        inner = row.get(head)
        if isinstance(inner, Mapping):
            value = look_up(inner, rest)
            if value is not ABSENT:
                return value
        part, dot, rest = rest.partition(".")
        head = f"{head}.{part}"
    return ABSENT


def paths(row: Mapping[str, object], prefix: str = "") -> Iterator[str]:
    """The names of all values of a row, dotted where they are nested."""
    for name, value in row.items():
        yield f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from paths(value, f"{prefix}{name}.")


def lists_of_objects(row: Mapping[str, object], prefix: str = "") -> list[str]:
    """The dotted names of the lists in a row that hold objects."""
    names: list[str] = []
    for name, value in row.items():
        if isinstance(value, Mapping):
            names += lists_of_objects(value, f"{prefix}{name}.")
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            names.append(f"{prefix}{name}")
    return names


@dataclass(config=PLUGIN)
class Fields:
    """For each field of the article the column it comes from; null for none.

    A dotted name is a path into nested objects, unless a column has that very name.
    """

    id: str | None = "id"
    url: str | None = "url"
    title: str | None = "title"
    text: str | None = "text"
    published: str | None = "published"
    language: str | None = "language"
    source: str | None = "source"

    def check(self, columns: Collection[str], where: str) -> None:
        """Refuse a table that lacks the text column or one that was mapped on purpose; `columns`
        are those of tables in tables as well, dotted.

        Raises:
            InputError: names the file, the column, what there is instead and the key to set.
        """
        for column in self.columns():
            if list(columns).count(column) > 1:
                raise InputError(f"{where}: two columns are named {column!r}; rename one")
        for field, column in self._wanted().items():
            if column not in columns:
                raise InputError(f"{where}: {self._missing(field, column, columns)}")

    def records(self, rows: Iterable[Row | BadRecord], where: str) -> Iterator[Record | BadRecord]:
        """The rows as records, or why one is none, where each may have columns of its own.

        Raises:
            InputError: as `check`, when none of the first `LOOKED_AT` rows has such a column.
        """
        rows = iter(rows)
        wanted = self._wanted()
        held: list[Row | BadRecord] = []
        columns: dict[str, None] = {}
        looked_at = 0
        while wanted and looked_at < LOOKED_AT:
            row = next(rows, None)
            if row is None:
                break
            held.append(row)
            if isinstance(row, Row):
                looked_at += 1
                for field, column in list(wanted.items()):
                    if look_up(row.values, column) is not ABSENT:
                        del wanted[field]
                if wanted:
                    columns |= dict.fromkeys(paths(row.values))
        if wanted and looked_at:
            field, column = next(iter(wanted.items()))
            raise InputError(f"{where}: {self._missing(field, column, columns)}")
        for part in (held, rows):
            for row in part:
                yield self.record(row.values, row.where) if isinstance(row, Row) else row

    def columns(self) -> set[str]:
        """The columns that are mapped to a field."""
        return {column for f in fields(self) if (column := getattr(self, f.name))}

    def record(self, row: Mapping[str, object], where: str) -> Record | BadRecord:
        """The row as a record, or why it is none."""
        values: dict[str, str] = {}
        for field in _FIELD_NAMES:
            column = getattr(self, field)
            if not column:
                continue
            value = row[column] if column in row else look_up(row, column)
            if value is ABSENT:
                if field == "text":
                    return _bad(row, where, self._missing(field, column, list(paths(row))),
                                "KeyError")  # fmt: skip
                continue
            if isinstance(value, str):
                values[field] = value
                continue
            if field == "source" and isinstance(value, Mapping) and look_up(value, "name"):
                value = value.get("name")  # the outlet of NewsAPI and schema.org
            text = _as_text(value, field)
            if isinstance(text, _Wrong):
                what = f"{column!r} is {text.what}; {_way(field, column, value)}"
                return _bad(row, where, what, "TypeError")
            if text is not None:
                values[field] = text
        return Record(where, values)

    def _wanted(self) -> dict[str, str]:
        """The columns that must be there, by field."""
        return {
            field.name: column
            for field in fields(self)
            if (column := getattr(self, field.name))
            and (field.name == "text" or column != field.default)
        }

    def _missing(self, field: str, column: str, columns: Collection[str]) -> str:
        shown = list(columns)[:_SHOWN]
        there = ", ".join(map(str, shown)) or "none"
        more = f" and {len(columns) - len(shown)} more" if len(columns) > len(shown) else ""
        near = get_close_matches(column, columns, n=1) or [_known(field, columns) or "COLUMN"]
        keys = [_setting(field, near[0])]
        for other in fields(self):
            mapped = getattr(self, other.name)
            known = _known(other.name, columns)
            unset = other.name not in (field, "id") and mapped == other.default
            if unset and known and mapped not in columns and known not in near:
                keys.append(_setting(other.name, known))
        return f"no column {column!r} (columns: {there}{more}); set {' '.join(keys)}"


_FIELD_NAMES = tuple(field.name for field in fields(Fields))


@plain_dataclass(frozen=True, slots=True)
class _Wrong:
    what: str


def _as_text(value: object, field: str) -> str | _Wrong | None:
    """A value as a text, None for none, or what is wrong with it."""
    if value is None or (
        isinstance(value, float) and math.isnan(value) and field not in ("title", "text")
    ):
        return None  # the mark of pandas for a value that is missing
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError as error:
            return _Wrong(f"bytes, not a string, and not utf-8 ({error.reason})")
    if isinstance(value, Mapping | list) or field in ("title", "text"):
        return _Wrong(f"a {type(value).__name__}, not a string")
    return str(value)


def _way(field: str, column: str, value: object) -> str:
    parts = [name for name in paths({column: value}) if name != column][:_SHOWN]
    if parts:
        likely = _known(field, parts) or parts[0]
        return f"set {_setting(field, likely)}, or =null to do without"
    return f"convert it or set source.fields.{field} to another column"


def _known(field: str, columns: Collection[str]) -> str | None:
    """A column with a name that other data sets have for the field."""
    by_leaf = {column.rpartition(".")[2].casefold(): column for column in reversed(list(columns))}
    return next((by_leaf[name] for name in _NAMES[field] if name in by_leaf), None)


def _setting(field: str, column: str) -> str:
    """The override, quoted where a shell would read it in its own way."""
    quoted = f"'{column}'" if "$" in column or " " in column else column
    return f"source.fields.{field}={quoted}"


def _bad(row: Mapping[str, object], where: str, reason: str, error: str) -> BadRecord:
    payload = json.dumps(row, ensure_ascii=False, default=str)
    return BadRecord(where, payload, f"{where}: {reason}", f"{error}: {reason}")
