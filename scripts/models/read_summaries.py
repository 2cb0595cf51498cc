"""Have summaries of several systems read blind beside each other, and print what the reading gives.

    python scripts/models/read_summaries.py articles DATA FOLDER [--count 100] [--split test]
    dateline run source=jsonl source.path=FOLDER/articles.jsonl run.name=NAME ...   # each system
    python scripts/models/read_summaries.py sheets FOLDER default=runs/NAME lead3=runs/OTHER ...
    python scripts/models/read_summaries.py table FOLDER

`articles` draws held-out articles of DATA's `written/`, as a reader was given them. `sheets` writes
`sheets/NN.txt`, ten articles each, with the summaries of every system as lettered, numbered
sentences in an order drawn for each article, and `key.json`, which no reader may see. The reader
answers each with `answers/NN.jsonl`, in the form that DATA's `judged/JUDGE.md` asks for. `table`
prints sentences and summaries right, marks, and what can be counted, with 95% bootstrap intervals.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from pipeline.core.bootstrap import mean_interval, ratio, sums_interval
from pipeline.evaluate.metrics.rouge import rouge
from pipeline.text.sentences import split_sentences
from pipeline.train.held_out import document_split

LETTERS = "ABCDEFGHIJ"
ON_A_SHEET = 10
WRITTEN = "written brief"
MOST_OF_A_SET = 14
"""Articles of one set: many outlets count more than many articles."""


@dataclass(frozen=True)
class Summary:
    """One system's summary of one article: its sentences and how each came about."""

    system: str
    sentences: list[str]
    how: list[str]
    supported: list[bool]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("action", choices=("articles", "sheets", "table"))
    parser.add_argument("paths", nargs="+", help="DATA FOLDER; FOLDER NAME=RUN ...; FOLDER")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--split", default="test", choices=("test", "validation"))
    options = parser.parse_args()
    if options.action == "articles":
        data, folder = map(Path, options.paths)
        draw_articles(data, folder, options.count, options.split)
    elif options.action == "sheets":
        folder, *systems = options.paths
        write_sheets(Path(folder), dict(name.split("=", 1) for name in systems))
    else:
        Console(width=180).print(reading_table(Path(options.paths[0])))


def draw_articles(data: Path, folder: Path, count: int, split: str) -> None:
    """Write `articles.jsonl` and the written briefs of them, `written.json`."""
    with gzip.open(data / "written" / "written.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if document_split(row["text"]) == split]
    rows = [row for row in rows if row["brief"] and not row["note"]]
    random.Random(7).shuffle(rows)  # noqa: S311 not for secrets
    kept: list[dict[str, str]] = []
    sets = Counter[str]()
    for row in rows:
        if sets[row["set"]] < MOST_OF_A_SET and len(kept) < count:
            sets[row["set"]] += 1
            kept.append(row)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "articles.jsonl").open("w", encoding="utf-8") as out:
        for row in kept:
            article = {"id": row["id"], "title": row["title"], "text": row["given"]}
            out.write(json.dumps(article, ensure_ascii=False) + "\n")
    briefs = {row["id"]: row["brief"] for row in kept}
    (folder / "written.json").write_text(json.dumps(briefs, ensure_ascii=False), encoding="utf-8")
    print(f"{len(kept)} articles of {len(sets)} sets: {dict(sets.most_common())}")


def write_sheets(folder: Path, systems: Mapping[str, str]) -> None:
    """Write the sheets of all articles that are in `articles.jsonl`, and the key."""
    briefs = json.loads((folder / "written.json").read_text(encoding="utf-8"))
    found = {name: _of_run(name, Path(run)) for name, run in systems.items()}
    found[WRITTEN] = {
        key: Summary(WRITTEN, split_sentences(text), [], []) for key, text in briefs.items()
    }
    lines = (folder / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    articles = [json.loads(line) for line in lines]
    key: dict[str, dict[str, object]] = {}
    (folder / "sheets").mkdir(exist_ok=True)
    (folder / "answers").mkdir(exist_ok=True)
    for start in range(0, len(articles), ON_A_SHEET):
        parts = []
        for article in articles[start : start + ON_A_SHEET]:
            order = list(found)
            random.Random(article["id"]).shuffle(order)  # noqa: S311 not for secrets
            shown = [found[name].get(article["id"]) for name in order]
            summaries = [summary for summary in shown if summary and summary.sentences]
            lettered = dict(zip(LETTERS, summaries, strict=False))
            key[article["id"]] = {letter: asdict(s) for letter, s in lettered.items()}
            parts.append(_shown(article, lettered))
        path = folder / "sheets" / f"{start // ON_A_SHEET:02}.txt"
        path.write_text("\n\n".join(parts), encoding="utf-8")
    (folder / "key.json").write_text(json.dumps(key, ensure_ascii=False), encoding="utf-8")
    print(f"{len(articles)} articles, {len(found)} systems: {folder / 'sheets'}")


def reading_table(folder: Path) -> Table:
    """Every system, by what the reader says of it and by what can be counted."""
    key = json.loads((folder / "key.json").read_text(encoding="utf-8"))
    briefs = json.loads((folder / "written.json").read_text(encoding="utf-8"))
    answers = [
        json.loads(line)
        for path in sorted((folder / "answers").glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]
    systems: dict[str, list[tuple[str, Summary, list[dict[str, object]], int, list[str]]]] = {}
    for answer in answers:
        for letter, shown in key[answer["id"]].items():
            summary = Summary(**shown)
            systems.setdefault(summary.system, []).append(
                (answer["id"], summary, answer[letter], answer[f"{letter}_quality"],
                 answer[f"{letter}_problems"])
            )  # fmt: skip
    table = Table(title=f"{len(answers)} articles, read blind", title_justify="left")
    for column in (
        "system", "sentences right %", "summaries right %", "mark", "rewritten %",
        "unsupported empty %", "words", "ROUGE-Lsum", "problems",
    ):  # fmt: skip
        table.add_column(column)
    for name in sorted(systems):
        rows = systems[name]
        right = [[bool(judged["ok"]) for judged in row[2]] for row in rows]
        texts = [" ".join(row[1].sentences) for row in rows]
        scores = rouge(texts, [[briefs[row[0]]] for row in rows])["rougeLsum"]
        how = [one for row in rows for one in row[1].how]
        clean = [one for row in rows for one in row[1].supported]
        problems = Counter(problem for row in rows for problem in row[4])
        table.add_row(
            f"{name} ({len(rows)})",
            _share(right),
            str(mean_interval(100 * np.array([all(row) for row in right], float))),
            str(mean_interval(np.array([row[3] for row in rows], float))),
            f"{100 * how.count('rewritten') / len(how):.0f}" if how else "",
            f"{100 * sum(clean) / len(clean):.1f}" if clean else "",
            f"{median(len(text.split()) for text in texts):.0f}",
            "" if name == WRITTEN else str(mean_interval(scores)),
            ", ".join(f"{problem} {count}" for problem, count in problems.most_common(5)),
        )
    return table


def _share(right: Sequence[Sequence[bool]]) -> str:
    """Sentences right of all, with an interval over documents."""
    counts = np.array([(100 * sum(row), len(row)) for row in right], float)
    return str(sums_interval(counts, ratio))


def _of_run(name: str, run: Path) -> dict[str, Summary]:
    table = pq.read_table(run / "published" / "articles.parquet")
    rows = table.select(["id", "summary_sentences"]).to_pylist()
    return {
        row["id"]: Summary(
            name,
            [part["text"] for part in row["summary_sentences"] or []],
            [part.get("how") or "" for part in row["summary_sentences"] or []],
            [not part["unsupported"] for part in row["summary_sentences"] or []],
        )
        for row in rows
    }


def _shown(article: Mapping[str, str], summaries: Mapping[str, Summary]) -> str:
    lines = [f"### {article['id']}", f"TITLE: {article['title'] or '(none)'}", article["text"], ""]
    for letter, summary in summaries.items():
        lines += [f"{letter}{n}. {text}" for n, text in enumerate(summary.sentences, start=1)]
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
