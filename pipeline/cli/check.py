"""`dateline check`: what of given summaries their articles support."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

from pydantic import TypeAdapter
from rich.console import Console

from pipeline.article import SummarySentence
from pipeline.core.errors import ConfigError, InputError
from pipeline.core.files import atomic
from pipeline.sources.rows import RowError, Text, checked, form_of, records
from pipeline.summarize.support.checker import Pair, load_checker

HELP = """\
dateline check FILE to=OUT [model=DIR]: what of given summaries their articles support.

FILE is JSONL, CSV or TSV, compressed or not, with `text`, `summary` and, if there is one, `title`.
OUT, JSONL or CSV by its name, has every row in its order with what was found:
  summary_support    0 to 1, the least supported sentence of the summary; null without a summary
  summary_sentences  of each sentence its text, its support (the probability that the article
                     supports it), the source sentences that it rests on, and the names and numbers
                     that the article lacks
OUT is replaced. English. DIR is a folder of dateline train-support.
"""

_ROWS = 64
_DOUBTED = 0.5
_SUPPORT, _SENTENCES = "summary_support", "summary_sentences"


@dataclass(frozen=True, slots=True)
class _Given:
    text: Text
    summary: str | None
    title: str | None = None


_GIVEN = TypeAdapter(_Given)


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it was given, and what is checked of it."""

    values: Mapping[str, object]
    pair: Pair


@dataclass
class Counts:
    """What is told at the end."""

    summaries: int = 0
    sentences: int = 0
    doubted: int = 0
    named: int = 0
    without: int = 0


def check_command(words: Sequence[str], out: Console | None = None) -> int:
    """Run `dateline check WORDS`; returns the exit code.

    Raises:
        ConfigError: the words are not a file and to=OUT.
        ModelError: the folder of model=DIR has no support check.
        InputError: the file cannot be read, or a line of it is no row with text and summary.
    """
    out = out or Console()
    if {"-h", "--help"} & set(words):
        out.print(HELP, end="", markup=False, highlight=False)
        return 0
    targets = [word.removeprefix("to=") for word in words if word.startswith("to=")]
    models = [word.removeprefix("model=") for word in words if word.startswith("model=")]
    files = [word for word in words if not word.startswith(("to=", "model="))]
    if len(files) != 1 or len(targets) != 1 or not targets[0] or len(models) > 1:
        raise ConfigError("check: give one FILE and to=OUT; see dateline check --help")
    source, target = Path(files[0]).expanduser(), Path(targets[0]).expanduser()
    if target.suffix not in (".jsonl", ".csv"):
        raise ConfigError(f"to={targets[0]}: end it in .jsonl or .csv")
    rows = _rows(source)
    first = next(rows, None)
    if first is None:
        raise InputError(f"{source}: no rows in it")
    counts = Counts()
    with atomic(target) as file:
        write = _csv_writer(file, first.values) if target.suffix == ".csv" else _JsonWriter(file)
        checker = load_checker(models[0] if models else None)
        every = chain([first], rows)
        while some := list(islice(every, _ROWS)):
            found = checker.check([row.pair for row in some])
            for row, sentences in zip(some, found, strict=True):
                _count(counts, sentences)
                write(row.values, sentences)
    out.print(_told(counts, target), markup=False, highlight=False, soft_wrap=True)
    return 0


def _count(counts: Counts, sentences: Sequence[SummarySentence]) -> None:
    counts.summaries += bool(sentences)
    counts.without += not sentences
    counts.sentences += len(sentences)
    counts.doubted += sum(one.support < _DOUBTED for one in sentences)
    counts.named += sum(bool(one.unsupported) for one in sentences)


def _told(counts: Counts, target: Path) -> str:
    parts = [
        f"{counts.summaries:,} summaries, {counts.sentences:,} sentences",
        f"{counts.doubted:,} with support below {_DOUBTED}",
        f"{counts.named:,} with names or numbers that the article lacks",
    ]
    if counts.without:
        parts.append(f"{counts.without:,} rows without a summary")
    return f"{'; '.join(parts)}; in {target}"


def _least(sentences: Sequence[SummarySentence]) -> float | None:
    return min((one.support for one in sentences), default=None)


class _JsonWriter:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def __call__(self, row: Mapping[str, object], sentences: Sequence[SummarySentence]) -> None:
        found = {_SUPPORT: _least(sentences), _SENTENCES: [asdict(one) for one in sentences]}
        self._file.write(json.dumps({**row, **found}, ensure_ascii=False).encode() + b"\n")


class _CsvWriter:
    def __init__(self, file: BinaryIO, columns: Sequence[str]) -> None:
        self._file, self._columns = file, columns
        self._write([*columns, _SUPPORT, _SENTENCES])

    def __call__(self, row: Mapping[str, object], sentences: Sequence[SummarySentence]) -> None:
        cells = [_cell(row.get(column)) for column in self._columns]
        found = json.dumps([asdict(one) for one in sentences], ensure_ascii=False)
        self._write([*cells, _cell(_least(sentences)), found])

    def _write(self, cells: Sequence[str]) -> None:
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(cells)
        self._file.write(line.getvalue().encode())


def _csv_writer(file: BinaryIO, first: Mapping[str, object]) -> _CsvWriter:
    return _CsvWriter(file, [name for name in first if name not in (_SUPPORT, _SENTENCES)])


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _rows(path: Path) -> Iterator[Row]:
    """The rows of the file, with `text` and `summary` in each.

    Raises:
        InputError: as `check_command`.
    """
    if form_of(path) not in (".jsonl", ".csv", ".tsv"):
        raise InputError(f"{path}: a file to check ends in .jsonl, .csv or .tsv, or that and .gz")
    if not path.is_file():
        raise InputError(f"{path}: there is no such file")
    for record in records(path):
        try:
            given = checked(record, _GIVEN)
        except RowError as error:
            there = ", ".join(map(str, record.values)) or "none"
            raise InputError(
                f"{path}:{record.number}: {error}; a row has text and summary (there are: {there})"
            ) from error
        yield Row(record.values, Pair(given.text, given.summary or "", given.title or None))
