"""`dateline benchmark ingest`: how fast articles are ingested, how well duplicates are found, and
how memory grows with their number."""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from pipeline.core.errors import InputError

_SMALL, _LARGE = 5_000, 50_000
_WORDS, _SHORT = 450, 40


def benchmark_command(words: Sequence[str]) -> int:
    """Run `dateline benchmark WORDS`; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="dateline benchmark", description="Measure Dateline on this machine."
    )
    parser.add_argument("what", choices=("ingest",))
    parser.add_argument("--articles", type=int, default=_SMALL, help=f"of {_WORDS} words")
    parser.add_argument("--many", type=int, default=_LARGE, help=f"of {_SHORT} words, for memory")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    if options.articles < 100 or options.many < 1000:
        raise InputError("--articles: at least 100; --many: at least 1000")
    if options.step is not None:
        print(json.dumps(_STEPS[options.step](options.articles)))
        return 0
    out = Console()
    load = os.getloadavg()[0]
    table = Table(title=f"{os.cpu_count()} cores, load {load:.1f} before", title_justify="left")
    for column in ("what", "figure"):
        table.add_column(column)
    for name, figure in _figures(options.articles, options.many):
        table.add_row(name, figure)
    out.print(table)
    return 0


def _figures(articles: int, many: int) -> list[tuple[str, str]]:
    plain, near = _measured("plain", articles), _measured("near", articles)
    found = _measured("found", max(articles // 10, 200))
    few, lots = _measured("short", many // 10), _measured("short", many)
    night = _measured("night", articles)
    return [
        (f"articles/s, {articles:,} of {_WORDS} words", f"{articles / plain['seconds']:,.0f}"),
        ("the same, near-duplicates found", f"{articles / near['seconds']:,.0f}"),
        ("near-duplicates: precision, recall, F1",
         f"{found['precision']:.3f}, {found['recall']:.3f}, {found['f1']:.3f}"),
        (f"seconds for {many // 10:,} and {many:,} of {_SHORT} words",
         f"{few['seconds']:.1f}, {lots['seconds']:.1f}"),
        ("peak memory of the same", f"{few['mb']:,.0f} MB, {lots['mb']:,.0f} MB"),
        (f"a night of 100 new among {articles:,}, without models", f"{night['seconds']:.1f} s"),
    ]  # fmt: skip


def _measured(step: str, articles: int) -> dict[str, float]:
    """A step in a process of its own, whose memory is that of nothing else."""
    words = [sys.executable, "-m", "pipeline.cli", "benchmark", "ingest"]
    done = subprocess.run(
        [*words, "--step", step, "--articles", str(articles)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise InputError(f"benchmark {step}: {done.stderr.strip().splitlines()[-1:]}")
    values: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return values


def _plain(articles: int) -> dict[str, float]:
    return _ingested(articles, _WORDS, near=False)


def _near(articles: int) -> dict[str, float]:
    return _ingested(articles, _WORDS, near=True)


def _short(articles: int) -> dict[str, float]:
    return _ingested(articles, _SHORT, near=True)


def _ingested(articles: int, words: int, near: bool) -> dict[str, float]:
    from pipeline.ingest.generated import Generator

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "articles.jsonl")
        with path.open("w") as file:
            for one in Generator(1).articles(articles, words):
                row = {"id": one.id, "title": one.title, "text": one.text}
                file.write(json.dumps({**row, "published": one.published}) + "\n")
        begun = time.perf_counter()
        _run(["ingest", f"ingest.near_duplicates={near}"], path, folder)
        seconds = time.perf_counter() - begun
    usage = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return {
        "seconds": seconds,
        "mb": max(resource.getrusage(one).ru_maxrss for one in usage) / 1024,
    }


def _found(stories: int) -> dict[str, float]:
    """Pairs of articles of one story that were found to be one, and those that are."""
    from pipeline.article import Article
    from pipeline.ingest.duplicates import Search, find_duplicates
    from pipeline.ingest.generated import Generator
    from pipeline.ingest.keys import keys_of

    made = Generator(2).with_duplicates(stories, _WORDS)
    articles = [Article(id=one.id, text=one.text, published=one.published) for one in made]
    keys = keys_of(articles)
    found = find_duplicates(Search([lambda: keys], 0, lambda row: articles[row.row]))
    right = sum(made[one.place.row].story == made[one.of.row].story for one in found)
    there = len(made) - len({one.story for one in made})
    precision, recall = right / max(1, len(found)), right / there
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    return {"precision": precision, "recall": recall, "f1": f1}


def _night(articles: int) -> dict[str, float]:
    from pipeline.ingest.generated import Generator

    made = list(Generator(3).articles(articles + 100, _WORDS))
    without = ["topic=none", "region=none", "summarizer=none", "publish=[parquet]"]
    with tempfile.TemporaryDirectory() as folder:
        inbox = Path(folder, "inbox")
        inbox.mkdir()
        for name, part in (("old", made[:articles]), ("new", made[articles:])):
            lines = (json.dumps({"id": one.id, "text": one.text}) for one in part)
            (inbox / f"{name}.jsonl").write_text("\n".join(lines))
            begun = time.perf_counter()
            _run(["run", "run.grow=true", *without], inbox, folder)
    return {"seconds": time.perf_counter() - begun}


def _run(words: Sequence[str], path: Path, folder: str) -> None:
    from pipeline.cli.command import run_command

    names = ["source=jsonl", f"source.path='{path}'", "run.name=b", f"paths.runs='{folder}'"]
    code = run_command([words[0], "--quiet", *names, *words[1:]])
    if code:
        raise InputError(f"{words[0]}: exit code {code}")


_STEPS = {"plain": _plain, "near": _near, "short": _short, "found": _found, "night": _night}
