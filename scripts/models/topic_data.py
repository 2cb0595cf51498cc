"""The labelled topic sets as rows to train and measure on: what each set's labels decide.

    python scripts/models/topic_data.py DATA OUT.jsonl.gz [--split train]

`DATA/topic/*.jsonl.gz` have `text`, `title`, `topics`, `topic_any_of`. A set knows the topics that
occur in it. With `--split`, only the rows of that part (`pipeline/train/topic/rows.py`).
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from pipeline.train.topic.rows import TopicRow, splits

_JOINED = re.compile(r"(?<=[a-z0-9?!.)”])(?=[A-Z“])|(?<=\S[\"'’])(?=[A-Z“])(?<![A-Z][\"'’])")
"""Where a description follows its headline without a space."""

_INNER = re.compile(r"\b(?:Mc|Mac|De|La|Le|Di|Du|Van|i|e|[A-Z]\.)$")
"""Capitals within a word follow these."""

_SHORTEST_HEADLINE = 4
"""Words; a name such as iPhone or McCain may stand before that."""


def labelled(data: Path) -> list[TopicRow]:
    """All rows of all sets, in the order of the files."""
    return [row for path in sorted((data / "topic").glob("*.jsonl.gz")) for row in _rows(path)]


def _rows(path: Path) -> Iterator[TopicRow]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        given = [json.loads(line) for line in lines]
    name = path.name.removesuffix(".jsonl.gz").removesuffix("_train")
    either = [row.get("topic_any_of") or [] for row in given]
    known = {code for row in given for code in row["topics"]} | {c for some in either for c in some}
    for row, any_of in zip(given, either, strict=True):
        title, text = row["title"] or "", row["text"]
        if name == "huffpost":
            title, text = _headline(text)
        yield TopicRow(
            row["id"], name, title, text, tuple(row["topics"]), tuple(sorted(known)), tuple(any_of)
        )


def _headline(text: str) -> tuple[str, str]:
    """HuffPost's headline and description run together without a space: the first such place."""
    for found in _JOINED.finditer(text):
        before = text[: found.start()]
        if len(before.split()) >= _SHORTEST_HEADLINE and not _INNER.search(before):
            return before, text[found.start() :]
    return text, ""


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("data", type=Path, help="folder of the labelled samples")
    options.add_argument("out", type=Path)
    options.add_argument("--split", choices=("train", "validation", "test"))
    given = options.parse_args()
    rows = labelled(given.data)
    with gzip.open(given.out, "wt", encoding="utf-8") as out:
        for row, split in zip(rows, splits(rows), strict=True):
            if given.split in (None, split):
                out.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
