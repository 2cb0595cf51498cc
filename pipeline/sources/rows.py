"""Rows of a file that people or other tools write: JSONL, CSV or Parquet, checked by a typed model.

A model is the `TypeAdapter` of a frozen dataclass whose annotations say what a field may hold. What
a validator of theirs raises is the predicate of a sentence about the field: "is no M49 code".
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AfterValidator, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from pipeline.core.errors import InputError, one_line
from pipeline.sources.csv_dialect import Dialect, separator_line
from pipeline.sources.csv_dialect import form_of as csv_form
from pipeline.sources.line_marks import flaw_of
from pipeline.sources.parts import DamagedFileError, parts_of

T = TypeVar("T")

FORMS = (".jsonl", ".csv", ".tsv", ".parquet")


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("is empty")
    return value


Text = Annotated[str, AfterValidator(_not_blank)]
"""A text with something in it."""

_DIALECT = Dialect(quote='"', escape="double", breaks="refuse")
"""Such a file is checked: only its delimiter and spaces are found, nothing is mended."""
_SNIFFED = 1000
"""Lines of CSV that its delimiter is found in."""
_LONGEST_CELL = 2**26
_SHOWN = 60

_KINDS = {
    "string_type": "a text", "tuple_type": "a list", "float_type": "a number",
    "int_type": "a whole number", "bool_type": "true or false",
    "dataclass_type": "an object with named fields",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Record:
    """A row as it stands in the file. `number` is the line of JSONL, else the row counted from 1;
    `faults` are what is wrong whatever the model, such as a field that stands twice."""

    number: int
    values: Mapping[str, object]
    faults: tuple[str, ...] = ()


class RowError(Exception):
    """What is wrong with a row: a clause for each fault, which names the field."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def read_rows(
    path: Path, model: TypeAdapter[T], hint: str, needed: Sequence[str] = ()
) -> Iterator[T]:
    """The rows of a file, streamed, each with its number as the context of its validation.

    `hint` is the way out where a row is wrong. A field that is `needed` has to be there even where
    the model has a default.

    Raises:
        InputError: as `records`, or a row is not what the model says; names the row and its fields.
    """
    for record in records(path):
        lacks = [f"{name} is missing" for name in needed if name not in record.values]
        try:
            yield checked(replace(record, faults=(*record.faults, *lacks)), model, record.number)
        except RowError as error:
            raise InputError(f"{path}:{record.number}: {error}; {hint}") from error


def checked(record: Record, model: TypeAdapter[T], context: object = None) -> T:
    """The row that a record is.

    Raises:
        RowError: something is wrong with it.
    """
    faults = list(record.faults)
    try:
        row = model.validate_python(record.values, context=context)
    except ValidationError as error:
        faults += map(_fault, error.errors(include_url=False))
        raise RowError(faults) from error
    if faults:
        raise RowError(faults)
    return row


def form_of(path: Path) -> str:
    """Which of `FORMS` a file is of by its name, before an ending such as .gz; "" if of none."""
    return next((ending for ending in reversed(path.suffixes[-2:]) if ending in FORMS), "")


def records(path: Path) -> Iterator[Record]:
    """The rows of a file by its name, anything but CSV and Parquet as JSONL; the two text forms
    also compressed.

    Raises:
        InputError: the file cannot be read, or is not what its name says.
    """
    form = form_of(path)
    try:
        if form == ".parquet":
            from pipeline.core.parquet import read_parquet

            for number, row in enumerate(read_parquet(path).to_pylist(), 1):
                yield Record(number, row)
        else:
            yield from (_csv if form in (".csv", ".tsv") else _json)(_decoded(path), path)
    except (OSError, ValueError) as error:  # Arrow's errors are ValueErrors
        raise InputError(f"{path}: cannot be read: {one_line(error)}") from error
    except DamagedFileError as error:
        raise InputError(f"{path}: {error}") from error


def _fault(error: ErrorDetails) -> str:
    field = ".".join(part for part in error["loc"] if isinstance(part, str))
    kind, given = error["type"], error["input"]
    if kind == "value_error":
        return f"{field} {error['ctx']['error']}".lstrip()
    if kind == "missing" or given is None:
        return f"{field} is missing"
    if kind in _KINDS:
        return f"{field or 'it'} is a {type(given).__name__}, not {_KINDS[kind]}"
    if kind == "literal_error":
        return f"{field} {given!r} is none of {error['ctx']['expected']}"
    return f"{field} {str(given)[:_SHOWN]!r}: {error['msg']}"


def _decoded(path: Path) -> Iterator[str]:
    lines = (line for part in parts_of(path) for line in part.lines("utf-8"))
    for number, line in enumerate(lines, 1):
        if flaw_of(line, "utf-8"):
            raise InputError(
                f"{path}:{number}: cannot be read: neither UTF-8 nor UTF-16 with its mark; save it "
                'as UTF-8, which spreadsheets call "CSV UTF-8"'
            )
        yield line


def _json(lines: Iterator[str], path: Path) -> Iterator[Record]:
    repeated: list[str] = []

    def unique(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
        # Which of the two is meant nobody knows.
        found = dict(pairs)
        if len(found) < len(pairs):
            counts = Counter(name for name, _ in pairs)
            repeated.extend(f"field {name!r} twice" for name, n in counts.items() if n > 1)
        return found

    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line, object_pairs_hook=unique)
        except (ValueError, RecursionError) as error:
            raise InputError(
                f"{path}:{number}: no JSON: {error}; mend or remove the line"
            ) from error
        if not isinstance(value, dict):
            raise InputError(f"{path}:{number}: not a JSON object with the fields of a row")
        yield Record(number, value, tuple(repeated))
        repeated.clear()


def _csv(lines: Iterator[str], path: Path) -> Iterator[Record]:
    first = next(lines, "")
    separator = separator_line(first)
    head = [*([] if separator else [first]), *islice(lines, _SNIFFED)]
    hint = "\t" if ".tsv" in path.suffixes else separator
    form = csv_form(_DIALECT, head, whole=len(head) < _SNIFFED, hint=hint)
    csv.field_size_limit(_LONGEST_CELL)
    rows = csv.DictReader(
        chain(head, lines), delimiter=form.delimiter, skipinitialspace=form.skip, strict=True
    )
    try:
        rows.fieldnames = [name.strip() for name in rows.fieldnames or ()]
        for name, count in Counter(rows.fieldnames or ()).items():
            if count > 1:
                raise InputError(f"{path}: the header has {name!r} {count} times")
        for number, row in enumerate(rows, 1):
            if None in row or None in row.values():
                raise InputError(f"{path}: record {number} has not as many cells as the header")
            # A cell is empty where nothing is said.
            yield Record(number, {n: cell if cell.strip() else None for n, cell in row.items()})
    except csv.Error as error:
        raise InputError(f"{path}: broken CSV: {error}") from error
