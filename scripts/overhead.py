"""What a run costs besides its stages: plan, receipts, claims, cache, accounts, manifest.

    python scripts/overhead.py                 100,000 articles, engine=echo: about four minutes
    python scripts/overhead.py --embedded      64 articles, the embedded models

Every function that a plain loop over the articles would not need is timed, nested ones once, in
one run with an empty cache and in one that finds everything in it. Writing the shards counts as
overhead, reading them back does not: a plain loop reads its articles from somewhere too.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from pipeline.core.resources import resource

ARTICLES = 100_000
EMBEDDED_ARTICLES = 64
WORDS = 350
SHORT_WORDS = 60


class Clock:
    """Seconds by label; the time of a timed function inside another counts for the inner alone."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.calls: dict[str, int] = defaultdict(int)
        self._inner = [0.0]

    def timed(self, label: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: object, **named: object) -> object:
            self._inner.append(0.0)
            begun = time.perf_counter()
            try:
                return function(*args, **named)
            finally:
                whole = time.perf_counter() - begun
                self.seconds[label] += whole - self._inner.pop()
                self.calls[label] += 1
                self._inner[-1] += whole

        return call


def watched() -> list[tuple[str, object, str]]:
    """Label, owner and name of what is timed."""
    from pipeline.annotate import annotator
    from pipeline.store import directory, leases, shards, stage_cache
    from pipeline.workflow import sessions, steps

    store = shards.ShardStore
    return [
        ("plan", directory.RunDirectory, "prepare"),
        ("plan", directory.RunDirectory, "clean"),
        *(("receipts", store, name) for name in ("write", "receipt", "receipts", "finish")),
        *(("receipts", store, name) for name in ("finished", "rejects", "_compare")),
        *(("claims", leases.Claims, name) for name in ("enter", "leave")),
        *(("claims", leases.Member, name) for name in ("claim", "release")),
        *(("cache", stage_cache.StageCache, name) for name in ("get", "put", "prune")),
        ("cache", annotator, "_content_digest"),
        ("cache", annotator, "fingerprint"),
        ("account", sessions.Session, "save"),
        ("manifest", steps, "write_manifest"),
        ("manifest", steps, "total_counts"),
    ]


@contextmanager
def watching() -> Any:
    """A clock on all of `watched` for the time of the block."""
    clock = Clock()
    before = [(owner, name, getattr(owner, name)) for _, owner, name in watched()]
    for label, owner, name in watched():
        setattr(owner, name, clock.timed(label, getattr(owner, name)))
    try:
        yield clock
    finally:
        for owner, name, function in before:
            setattr(owner, name, function)


def write_articles(path: Path, count: int, words: int) -> None:
    """Articles put together from the bundled sample, each beginning at another word."""
    sample = resource("sources", "sample", "articles.jsonl").read_text(encoding="utf-8")
    text = " ".join(json.loads(line)["text"] for line in sample.splitlines()).split()
    with path.open("w", encoding="utf-8") as out:
        for number in range(count):
            start = number * 7919 % len(text)
            body = " ".join((text + text)[start : start + words])
            row = {"id": f"a{number}", "text": f"{number} {body}", "language": "en"}
            out.write(json.dumps(row) + "\n")


def measured(folder: Path, name: str, words: list[str]) -> tuple[float, Clock]:
    """Seconds of a whole `dateline run` in this process, and the clock on its book-keeping."""
    from pipeline.cli.command import run_command

    with watching() as clock, redirect_stdout(StringIO()):
        begun = time.perf_counter()
        words = ["run", "source=jsonl", f"source.path={folder / 'articles.jsonl'}", *words]
        words += [f"paths.runs={folder / 'runs'}", f"cache.path={folder / 'cache'}"]
        code = run_command([*words, f"run.name={name}"])
        seconds = time.perf_counter() - begun
    assert code == 0
    return seconds, clock


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--embedded", action="store_true", help="the embedded models")
    parser.add_argument("--articles", type=int, default=None)
    options = parser.parse_args()
    count = options.articles or (EMBEDDED_ARTICLES if options.embedded else ARTICLES)
    words = [] if options.embedded else ["topic=none", "engine=echo", "summarizer.encoder=null"]
    console = Console()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_articles(folder / "articles.jsonl", count, WORDS if options.embedded else SHORT_WORDS)
        runs = {
            "cache empty": measured(folder, "first", words),
            "all from the cache": measured(folder, "second", words),
        }
    labels = sorted({label for _, clock in runs.values() for label in clock.seconds})
    table = Table("", *runs, title=f"{count:,} articles: seconds (calls)")
    for label in labels:
        cells = (f"{c.seconds[label]:.2f} ({c.calls[label]:,})" for _, c in runs.values())
        table.add_row(label, *cells)
    sums = [sum(clock.seconds.values()) for _, clock in runs.values()]
    table.add_row("all of these", *(f"{total:.2f}" for total in sums))
    table.add_row("the whole run", *(f"{seconds:.2f}" for seconds, _ in runs.values()))
    shares = (total / seconds for total, (seconds, _) in zip(sums, runs.values(), strict=True))
    table.add_row("share", *(f"{share:.1%}" for share in shares))
    console.print(table)


if __name__ == "__main__":
    main()
