"""`dateline labels check`: what is wrong with a labelled sample, all of it."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pipeline.core.errors import InputError
from pipeline.evaluate.gold.labels import SCORED, labels_path, number_of, read_sample
from pipeline.evaluate.predictions import find_predictions, match
from pipeline.taxonomy.labels import read_labels


def labels_command(words: Sequence[str]) -> int:
    """Run `dateline labels WORDS`; returns the exit code.

    Raises:
        InputError: something is wrong; what, was printed.
    """
    parser = argparse.ArgumentParser("dateline labels", description="Is a labelled sample sound?")
    parser.add_argument("action", choices=["check"])
    parser.add_argument("path", help="JSONL, CSV or Parquet; sample is the bundled one")
    parser.add_argument("--topic-labels", type=Path, help="CSV of your own topics")
    parser.add_argument(
        "--predictions", help="a run, or a file of rows: name the labels that it has no article of"
    )
    parser.add_argument("--runs", default="runs", help="folder of the runs (default: runs)")
    options = parser.parse_args(words)
    path = labels_path(options.path)
    own = read_labels(options.topic_labels.expanduser()).labels if options.topic_labels else None
    sample = read_sample(path, own)
    for problem in sample.problems:
        print(problem)
    if sample.ignored:
        print(f"not looked at: {', '.join(sample.ignored)}")
    for hint in sample.hints:
        print(f"note: {hint}")
    rows = sample.rows
    said = Counter(name for row in rows for name in row.said())
    splits = Counter(row.split for row in rows if row.split is not None)
    print(f"{len(rows)} labels; " + ", ".join(f"{name} {said[name]}" for name in SCORED))
    if splits:
        print("splits: " + ", ".join(f"{name} {n}" for name, n in splits.items()))
    if options.predictions is not None:
        predictions = find_predictions(options.predictions, options.runs)
        matched = match(rows, predictions.rows)
        for name in matched.unmatched:
            print(f"unmatched: {name}")
        print(", ".join(f"{name} {n}" for name, n in matched.counts().items()))
    if sample.problems:
        raise InputError(f"{path}: {number_of(sample.problems)} in the labels")
    return 0
