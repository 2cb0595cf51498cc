"""`dateline check`: what of given summaries their articles support."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain, islice
from pathlib import Path

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
    counts: Counter[str] = Counter()
    with atomic(target) as file:
        columns = None
        if target.suffix == ".csv":
            columns = [name for name in first[0] if name not in (_SUPPORT, _SENTENCES)]
            file.write(_csv_line([*columns, _SUPPORT, _SENTENCES]))
        checker = load_checker(models[0] if models else None)
        every = chain([first], rows)
        while some := list(islice(every, _ROWS)):
            found = checker.check([pair for _, pair in some])
            for (values, _), sentences in zip(some, found, strict=True):
                _count(counts, sentences)
                file.write(_line(values, sentences, columns))
    out.print(_told(counts, target), markup=False, highlight=False, soft_wrap=True)
    return 0


def _count(counts: Counter[str], sentences: Sequence[SummarySentence]) -> None:
    counts["summaries" if sentences else "without"] += 1
    counts["sentences"] += len(sentences)
    counts["doubted"] += sum(one.support < _DOUBTED for one in sentences)
    counts["named"] += sum(bool(one.unsupported) for one in sentences)


def _told(counts: Counter[str], target: Path) -> str:
    parts = [
        f"{counts['summaries']:,} summaries, {counts['sentences']:,} sentences",
        f"{counts['doubted']:,} with support below {_DOUBTED}",
        f"{counts['named']:,} with names or numbers that the article lacks",
    ]
    if counts["without"]:
        parts.append(f"{counts['without']:,} rows without a summary")
    return f"{'; '.join(parts)}; in {target}"


def _line(
    row: Mapping[str, object],
    sentences: Sequence[SummarySentence],
    columns: Sequence[str] | None,
) -> bytes:
    """A row with what was found, as CSV with these columns of it, else as JSON."""
    least = min((one.support for one in sentences), default=None)
    found = {_SUPPORT: least, _SENTENCES: [asdict(one) for one in sentences]}
    if columns is None:
        return json.dumps({**row, **found}, ensure_ascii=False).encode() + b"\n"
    return _csv_line([*(row.get(column) for column in columns), *found.values()])


def _csv_line(values: Sequence[object]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(map(_cell, values))
    return line.getvalue().encode()


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _rows(path: Path) -> Iterator[tuple[Mapping[str, object], Pair]]:
    """The rows of the file, and what is checked of each.

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
        yield record.values, Pair(given.text, given.summary or "", given.title or None)
