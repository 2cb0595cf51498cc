"""The records of a file of labels as they stand there, JSONL, CSV or Parquet."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pipeline.core.errors import InputError, one_line
from pipeline.sources.csv_dialect import Dialect, form_of, separator_line
from pipeline.sources.files import marked_encoding

_DIALECT = Dialect(quote='"', escape="double", breaks="refuse")
"""A label is short and checked: only its delimiter and spaces are found, nothing is mended."""


class _Fields(dict[str, object]):
    """A JSON object, with the names that it has twice; which of the two is meant nobody knows."""

    def __init__(self, pairs: Sequence[tuple[str, object]]) -> None:
        super().__init__(pairs)
        self.twice = [name for name, n in Counter(name for name, _ in pairs).items() if n > 1]


def twice(record: Mapping[str, object]) -> Sequence[str]:
    """The names that a record has more than once."""
    return record.twice if isinstance(record, _Fields) else ()


def records(path: Path) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Each record with its place in the file: line of JSONL, number of the others.

    Raises:
        InputError: the file cannot be read, or is not what its name says.
    """
    try:
        if path.suffix == ".parquet":
            from pipeline.store.parquet import read_parquet

            rows = read_parquet(path).to_pylist()
            yield from ((str(number), row) for number, row in enumerate(rows, 1))
            return
        content = path.read_bytes()
        text = content.decode(marked_encoding(content, "utf-8"))
        if path.suffix == ".csv":
            yield from _csv(text, path)
            return
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: neither UTF-8 nor UTF-16 with its mark ({one_line(error)}); save it as "
            'UTF-8, which spreadsheets call "CSV UTF-8"'
        ) from error
    except (OSError, ValueError) as error:  # Arrow's errors are ValueErrors
        raise InputError(f"{path}: cannot be read: {one_line(error)}") from error
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line, object_pairs_hook=_Fields)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path}:{number}: no JSON: {error}") from error
        if not isinstance(value, dict):
            raise InputError(f"{path}:{number}: not a JSON object with the fields of a label")
        yield str(number), value


def _csv(text: str, path: Path) -> Iterator[tuple[str, Mapping[str, object]]]:
    lines = text.splitlines(keepends=True)
    hint = separator_line(lines[0]) if lines else None
    if hint is not None:
        text = text[len(lines.pop(0)) :]
    form = form_of(_DIALECT, lines, whole=True, hint=hint)
    rows = csv.DictReader(
        io.StringIO(text, newline=""),
        delimiter=form.delimiter,
        skipinitialspace=form.skip,
        strict=True,
    )
    try:
        rows.fieldnames = [name.strip() for name in rows.fieldnames or ()]
        for name, count in Counter(rows.fieldnames or ()).items():
            if count > 1:
                raise InputError(f"{path}: the header has {name!r} {count} times")
        for number, row in enumerate(rows, 1):
            if None in row or None in row.values():
                raise InputError(f"{path}: record {number} has not as many cells as the header")
            # A cell is empty where nothing is said; a reference cannot be given as empty here.
            yield str(number), {name: cell if cell.strip() else None for name, cell in row.items()}
    except csv.Error as error:
        raise InputError(f"{path}: broken CSV: {error}") from error
