"""Rows as a format has them, with objects in objects, and dotted paths into them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

ABSENT = object()


@dataclass(frozen=True, slots=True)
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


def paths(row: Mapping[str, object], prefix: str = "", deepest: int = 50) -> Iterator[str]:
    """The names of all values of a row, dotted where they are nested, to `deepest` names."""
    for name, value in row.items():
        yield f"{prefix}{name}"
        if isinstance(value, Mapping) and deepest > 1:
            yield from paths(value, f"{prefix}{name}.", deepest - 1)


def shape(row: Mapping[str, object], deepest: int) -> tuple[object, ...]:
    """The same for rows with the same names, of objects in them as well, to `deepest` names."""
    if deepest == 1 or dict not in map(type, row.values()):
        return tuple(row)
    objects = [(k, shape(v, deepest - 1)) for k, v in row.items() if isinstance(v, dict)]
    return (*row, *objects)


def lists_of_objects(
    row: Mapping[str, object], prefix: str = ""
) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The lists in a row that hold objects, by dotted name, each with its first object."""
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from lists_of_objects(value, f"{prefix}{name}.")
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            yield f"{prefix}{name}", value[0]
