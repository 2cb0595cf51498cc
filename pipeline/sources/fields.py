"""Field mapping: from the column names of a table, or of nested objects, to the article's names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass as plain_dataclass
from dataclasses import fields
from difflib import get_close_matches

from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.core.errors import InputError
from pipeline.sources.base import BadRecord, Notes, Record
from pipeline.sources.field_names import NAMES, SUMMARIES, guessed, is_own_name, squashed
from pipeline.sources.objects import ABSENT, Row, look_up, paths, shape
from pipeline.sources.values import Wrong, as_text, bad_row

AUTO = "auto"
"""For a field: the column with its own name, or else with what other data sets call it."""

Names = str | list[str] | None
"""The column of a field, or several of which the first that a row has counts; null for none."""

LOOKED_AT = 5_000
"""Rows in which a field has to appear once: no more of them are held in memory."""

_SHOWN = 12
"""Columns named in an error."""
_DEEPEST = 3
"""Names in a path that `auto` looks for, such as `article.headline.main`."""
_MOST_SHAPES = 1_000
"""Sets of columns that are known at a time: rows may have names without end."""


@plain_dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table, or of rows of one shape, in which each field is looked for, in order;
    a field that is not wanted is absent."""

    by_field: Mapping[str, Sequence[str]]

    def names(self) -> set[str]:
        """All of them."""
        return {name for names in self.by_field.values() for name in names}

    def record(self, row: Mapping[str, object], where: str) -> Record | BadRecord:
        """The row as a record, or why it is none."""
        values: dict[str, str] = {}
        for field, names in self.by_field.items():
            value = row.get(names[0]) if len(names) == 1 else None
            if isinstance(value, str):  # as most are
                values[field] = value
                continue
            is_there = False
            for name in names:
                value = look_up(row, name)
                if value is ABSENT:
                    continue
                is_there = True
                text = as_text(value, field)
                if isinstance(text, Wrong):
                    reason = f"{name!r} is {text.what}; {_way(field, name, value)}"
                    return bad_row(row, where, reason, "TypeError")
                if text is not None:
                    values[field] = text
                    if text:
                        break
            if field == "text" and not is_there:
                reason = _missing(field, names or [field], list(paths(row)))
                return bad_row(row, where, reason, "KeyError")
        return Record(where, values)


@dataclass(config=PLUGIN)
class Fields:
    """For each field of the article the column that it comes from.

    A dotted name is a path into nested objects, unless a column has that very name.
    """

    id: Names = AUTO
    url: Names = AUTO
    title: Names = AUTO
    text: Names = AUTO
    published: Names = AUTO
    language: Names = AUTO
    source: Names = AUTO
    author: Names = AUTO

    def of(self, columns: Collection[str], where: str, notes: Notes) -> Columns:
        """Where the fields are in a table; `columns` are those of tables in tables as well, dotted.

        Raises:
            InputError: it lacks the text or a field that was mapped on purpose, or has two columns
                of one name. Names the file, the column, what there is and the key to set.
        """
        counts = Counter(columns)
        mapped = self._mapped(columns, where, notes)
        present = {f: [n for n in names if n in counts] for f, names in mapped.by_field.items()}
        for name in Columns(present).names():
            if counts[name] > 1:
                raise InputError(f"{where}: two columns are named {name!r}; rename one")
        for field, names in self._wanted().items():
            if not present[field]:
                raise InputError(f"{where}: {_missing(field, names, columns)}")
        return Columns({field: names for field, names in present.items() if names})

    def records(
        self, rows: Iterable[Row | BadRecord], where: str, notes: Notes
    ) -> Iterator[Record | BadRecord]:
        """The rows as records, or why one is none, where each may have columns of its own.

        Raises:
            InputError: as `of`, when none of the first `LOOKED_AT` rows has such a column.
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
                for field in [field for field in wanted if self.has(field, row.values)]:
                    del wanted[field]
                if wanted:
                    columns |= dict.fromkeys(paths(row.values))
        if wanted and looked_at:
            field, names = next(iter(wanted.items()))
            raise InputError(f"{where}: {_missing(field, names, columns)}")
        by_shape: dict[object, Columns] = {}
        for part in (held, rows):
            for row in part:
                if isinstance(row, BadRecord):
                    yield row
                    continue
                key = shape(row.values, _DEEPEST)
                mapped = by_shape.get(key)
                if mapped is None:
                    if len(by_shape) == _MOST_SHAPES:
                        by_shape.clear()
                    names = list(paths(row.values, deepest=_DEEPEST))
                    mapped = by_shape[key] = self._mapped(names, row.where, notes)
                yield mapped.record(row.values, row.where)

    def has(self, field: str, row: Mapping[str, object]) -> bool:
        """Whether a row has one of the field's columns."""
        names = self._given()[field]
        if names == [AUTO]:
            return field in row or field in guessed(paths(row, deepest=_DEEPEST))
        return any(look_up(row, name) is not ABSENT for name in names)

    def _given(self) -> dict[str, list[str]]:
        """The names by field; none for a field that is not wanted."""
        given: dict[str, list[str]] = {}
        for field in fields(self):
            names: Names = getattr(self, field.name)
            given[field.name] = names if isinstance(names, list) else [names] if names else []
        return given

    def _wanted(self) -> dict[str, list[str]]:
        """The names of which one must be there, by field."""
        wanted = {field: names for field, names in self._given().items() if names}
        auto = [field for field, names in wanted.items() if names == [AUTO]]
        return {
            field: ["text"] if field in auto else names
            for field, names in wanted.items()
            if field == "text" or field not in auto
        }

    def _mapped(self, columns: Collection[str], where: str, notes: Notes) -> Columns:
        """The columns to look in, those that `auto` finds among the ones there are."""
        by_name = guessed(columns)
        mapped = {field: names for field, names in self._given().items() if names}
        taken: list[str] = []
        for field, names in mapped.items():
            if names == [AUTO]:
                mapped[field] = [by_name[field]] if field in by_name else []
                if field in by_name and not is_own_name(field, by_name[field]):
                    taken.append(f"{field} from {by_name[field]!r}")
        notes.add(where, *taken)
        return Columns({f: names for f, names in mapped.items() if names or f == "text"})


def _missing(field: str, names: Sequence[str], columns: Collection[str]) -> str:
    """What to say where none of the names is among the columns."""
    shown = list(columns)[:_SHOWN]
    there = ", ".join(map(str, shown)) or "none"
    more = f" and {len(columns) - len(shown)} more" if len(columns) > len(shown) else ""
    wanted = " or ".join(map(repr, names))
    near = get_close_matches(names[0], columns, n=1) or [_known(field, columns) or "COLUMN"]
    return f"no column {wanted} (columns: {there}{more}); set {_setting(field, near[0])}"


def _way(field: str, column: str, value: object) -> str:
    parts = [name for name in paths({column: value}) if name != column][:_SHOWN]
    if parts:
        likely = _known(field, parts) or parts[0]
        return f"set {_setting(field, likely)}, or =null to do without"
    without = "" if field == "text" else ", or =null to do without"
    return f"convert it or set source.fields.{field} to another column{without}"


def _known(field: str, columns: Collection[str]) -> str | None:
    """A column with a name that other data sets have for the field, however deep."""
    by_leaf = {squashed(column.rpartition(".")[2]): column for column in reversed(list(columns))}
    names = (*NAMES[field], *_LEAVES.get(field, ()))
    return next((by_leaf[name] for name in names if name in by_leaf), None)


_LEAVES: Mapping[str, Sequence[str]] = {"id": ("oid",), "source": ("name",), "text": SUMMARIES}


def _setting(field: str, column: str) -> str:
    """The override, quoted where a shell would read it in its own way."""
    quoted = f"'{column}'" if "$" in column or " " in column else column
    return f"source.fields.{field}={quoted}"
