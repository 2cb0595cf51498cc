"""What a run came to, on the terminal: in short, or row by row."""

from __future__ import annotations

from collections import Counter

import pyarrow.compute as pc
from rich.console import Console

from pipeline.core.errors import RunError
from pipeline.publish.terminal import print_rows
from pipeline.store.directory import RunDirectory
from pipeline.store.shards import ShardStore
from pipeline.workflow.rows import published_rows, run_counts

_TOLD = {"region": "a region", "topic": "a topic", "summary": "a summary"}
"""Fields that an article may be without."""


def show(directory: RunDirectory, out: Console) -> None:
    """Print the table of a finished run, its counts and where it lies.

    Raises:
        RunError: it is not finished.
    """
    articles, annotations = _finished(directory)
    counts = run_counts(directory, articles, annotations)
    print_rows(published_rows(directory, articles, annotations), out, counts["annotated"])
    _say(out, f"{_outcomes(counts)}; in {directory.path}")


def told_in_short(directory: RunDirectory, out: Console) -> None:
    """Print the counts of a finished run, how many articles have what, and where it lies.

    Raises:
        RunError: it is not finished.
    """
    articles, annotations = _finished(directory)
    counts = run_counts(directory, articles, annotations)
    having: Counter[str] = Counter()
    for receipt in annotations.receipts():
        table = annotations.read(receipt.shard)
        for name in _TOLD:
            having[name] += pc.count(table[name]).as_py()
    parts = ", ".join(f"{having[name]} with {what}" for name, what in _TOLD.items())
    _say(out, f"{_outcomes(counts)}; {parts}")
    _say(out, f"in {directory.path}; to look at them: dateline show {directory.name}")


def _finished(directory: RunDirectory) -> tuple[ShardStore, ShardStore]:
    articles, annotations = directory.stores()
    if annotations is None or not annotations.finished():
        raise RunError(f"{directory.path}: not finished; the command that began it goes on with it")
    return articles, annotations


def _outcomes(counts: dict[str, int]) -> str:
    return ", ".join(f"{n} {name}" for name, n in counts.items() if n or name == "annotated")


def _say(out: Console, line: str) -> None:
    out.print(line, markup=False, highlight=False, soft_wrap=True)
