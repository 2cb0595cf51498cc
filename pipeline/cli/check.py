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

from rich.console import Console

from pipeline.article import SummarySentence
from pipeline.core.errors import ConfigError, InputError
from pipeline.core.files import atomic
from pipeline.sources.files import UNDECODABLE, DamagedFileError, read_lines
from pipeline.summarize.support.checker import Checker, Pair, load_checker

HELP = """\
dateline check FILE to=OUT: what of given summaries their articles support.

FILE is JSONL, CSV or TSV, compressed or not, with `text`, `summary` and, if there is one, `title`.
OUT, JSONL or CSV by its name, has every row in its order with what was found:
  summary_support    0 to 1, the least supported sentence of the summary; null without a summary
  summary_sentences  of each sentence its text, its support (the probability that the article
                     supports it), the source sentences that it rests on, and the names and numbers
                     that the article lacks
OUT is replaced. English.
"""

_ROWS = 64
_DOUBTED = 0.5
_SUPPORT, _SENTENCES = "summary_support", "summary_sentences"

Row = Mapping[str, object]


@dataclass
class Counts:
    """What is told at the end."""

    summaries: int = 0
    sentences: int = 0
    doubted: int = 0
    named: int = 0
    without: int = 0


def check_command(words: Sequence[str], out: Console) -> int:
    """Run `dateline check WORDS`; returns the exit code.

    Raises:
        ConfigError: the words are not a file and to=OUT.
        InputError: the file cannot be read, or a line of it is no row with text and summary.
    """
    if {"-h", "--help"} & set(words):
        out.print(HELP, end="", markup=False, highlight=False)
        return 0
    targets = [word.removeprefix("to=") for word in words if word.startswith("to=")]
    files = [word for word in words if not word.startswith("to=")]
    if len(files) != 1 or len(targets) != 1 or not targets[0]:
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
        write = _csv_writer(file, first) if target.suffix == ".csv" else _JsonWriter(file)
        checker = load_checker()
        every = chain([first], rows)
        while some := list(islice(every, _ROWS)):
            for row, sentences in zip(some, _checked(checker, some), strict=True):
                _count(counts, sentences)
                write(row, sentences)
    out.print(_told(counts, target), markup=False, highlight=False, soft_wrap=True)
    return 0


def _checked(checker: Checker, rows: Sequence[Row]) -> list[list[SummarySentence]]:
    pairs = [
        Pair(str(row["text"]), str(row["summary"] or ""), str(row.get("title") or "") or None)
        for row in rows
    ]
    return checker.check(pairs)


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

    def __call__(self, row: Row, sentences: Sequence[SummarySentence]) -> None:
        found = {_SUPPORT: _least(sentences), _SENTENCES: [asdict(one) for one in sentences]}
        self._file.write(json.dumps({**row, **found}, ensure_ascii=False).encode() + b"\n")


class _CsvWriter:
    def __init__(self, file: BinaryIO, columns: Sequence[str]) -> None:
        self._file, self._columns = file, columns
        self._write([*columns, _SUPPORT, _SENTENCES])

    def __call__(self, row: Row, sentences: Sequence[SummarySentence]) -> None:
        cells = [_cell(row.get(column)) for column in self._columns]
        found = json.dumps([asdict(one) for one in sentences], ensure_ascii=False)
        self._write([*cells, _cell(_least(sentences)), found])

    def _write(self, cells: Sequence[str]) -> None:
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(cells)
        self._file.write(line.getvalue().encode())


def _csv_writer(file: BinaryIO, first: Row) -> _CsvWriter:
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
    kinds = {".jsonl": _json_rows, ".csv": _csv_rows, ".tsv": _csv_rows}
    read = next((kinds[ending] for ending in path.suffixes[-2:] if ending in kinds), None)
    if read is None:
        raise InputError(f"{path}: a file to check ends in .jsonl, .csv or .tsv, or that and .gz")
    if not path.is_file():
        raise InputError(f"{path}: there is no such file")
    try:
        for where, row in read(path):
            yield _sound(row, where)
    except DamagedFileError as error:
        raise InputError(f"{path}: {error}") from error


def _sound(row: Row, where: str) -> Row:
    for name in ("text", "summary"):
        if name not in row:
            names = ", ".join(map(str, row)) or "none"
            raise InputError(f"{where}: no {name!r} (there are: {names})")
    text, summary, title = row["text"], row["summary"], row.get("title")
    if not isinstance(text, str) or not text.strip():
        raise InputError(f"{where}: 'text' is empty or not a string")
    for name, value in (("summary", summary), ("title", title)):
        if value is not None and not isinstance(value, str):
            raise InputError(f"{where}: {name!r} is a {type(value).__name__}, not a string")
    return row


def _lines(path: Path) -> Iterator[str]:
    for number, line in enumerate(read_lines(path, "utf-8"), 1):
        if UNDECODABLE in line:
            raise InputError(f"{path}:{number}: not UTF-8; convert it")
        yield line


def _json_rows(path: Path) -> Iterator[tuple[str, Row]]:
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path}:{number}: no JSON: {error}") from error
        if not isinstance(row, dict):
            raise InputError(f"{path}:{number}: not a JSON object with text and summary")
        yield f"{path}:{number}", row


def _csv_rows(path: Path) -> Iterator[tuple[str, Row]]:
    csv.field_size_limit(2**26)
    delimiter = "\t" if ".tsv" in path.suffixes else ","
    rows = csv.DictReader(_lines(path), strict=True, delimiter=delimiter)
    try:
        for number, row in enumerate(rows, 1):
            if None in row or None in row.values():
                raise InputError(f"{path}: record {number} has not as many cells as the header")
            yield f"{path}: record {number}", row
    except csv.Error as error:
        raise InputError(f"{path}: broken CSV: {error}") from error
