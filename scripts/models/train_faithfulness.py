"""Trains the check of rewritten sentences, prints its figures and writes the artefact.

    python scripts/models/train_faithfulness.py RETOLD JUDGED WORK

RETOLD (JSONL, also .gz) holds sentences that a reader retold: `title` or null, `text`, `retold`.
JUDGED holds what rewriters wrote, judged by a reader: `title`, `text`, `shipped` (whether the
shipped adapter wrote it, not one before it), and `candidates`, each with `text`, `ok` and
`log_probability`. The cross-encoder of the support check is trained further, first on the retold
sentences and errors made in them, then on what was judged; a logistic regression over its logit
and the other signals gives the probability, fitted on what the shipped adapter wrote by models
that did not see the passages. WORK keeps what is done: the same command goes on.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from safetensors.numpy import save_file

from pipeline.core.digest import digest_of
from pipeline.core.resources import resource
from pipeline.engines.weights.artefact import CARD
from pipeline.summarize.origin import how_of
from pipeline.summarize.support.faithfulness import (
    BASE,
    CROSS_WEIGHTS,
    FOLDER,
    SIGNALS,
    TRAINING,
    WEIGHTS,
    Rewriting,
    signals,
)
from pipeline.train.support.combination import logistic
from pipeline.train.support.cross_encoder import kept_differences, train, write_start
from pipeline.train.support.examples import Example
from pipeline.train.support.figures import calibration_error, figure, roc_area
from pipeline.train.support.mixture import Plan
from pipeline.train.support.role_corruptions import corrupted

_SEED = 1
_FOLDS = 3
_ERRORS = 2
"""Made from each retold sentence."""
_COPIES = 0.35
"""Share of passages that are an example of themselves, and of an error made in them."""
_PASSES = 4
"""Over what was judged."""
_MADE, _RATE, _RATE_JUDGED = 7_000, 5e-5, 4e-5

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """A rewriting and whether a reader found it true to its source; `group` tells passages,
    `shipped` whether the shipped adapter wrote it."""

    rewriting: Rewriting
    ok: bool
    group: int
    shipped: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name in ("retold", "judged", "work"):
        parser.add_argument(name, type=Path)
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    judged = list(_judged(given.judged))
    made = list(_made(given.retold))
    examples = [*made, *map(_example, judged)]
    shipped = resource("models") / "support" / "cross_encoder.safetensors"
    write_start(shipped, BASE, given.work / "start.safetensors")
    shares = {"retold": 0.85, "copied": 0.15}
    train(made, Plan("made", "start", shares, _MADE, _RATE), given.work, BASE, _SEED)
    fitted = [one for one in judged if one.shipped]
    rows = np.zeros((len(fitted), len(SIGNALS)))
    for fold in range(_FOLDS):
        held = [n for n, one in enumerate(fitted) if one.group % _FOLDS == fold]
        groups = {fitted[n].group for n in held}
        file = train(examples, _plan(f"fold{fold}", len(judged), groups), given.work, BASE, _SEED)
        reader = kept_differences(file, BASE, given.work / f"fold{fold}.differences.safetensors")
        rows[held] = signals([fitted[n].rewriting for n in held], reader)
    trained = train(examples, _plan("all", len(judged), set()), given.work, BASE, _SEED)
    means = np.nanmean(rows, axis=0)
    rows = np.where(np.isnan(rows), means, rows)
    labels = np.array([int(one.ok) for one in fitted])
    lines = _figures(fitted, rows, labels, np.array([one.group for one in fitted]))
    print("\n".join(lines))
    out = resource("models") / FOLDER
    out.mkdir(exist_ok=True)
    coefficients = logistic(rows, labels)
    save_file({"coefficients": coefficients, "means": means}, out / WEIGHTS)
    kept_differences(trained, BASE, out / CROSS_WEIGHTS)
    _write_card(out, lines)


def _figures(
    judged: list[Judged], rows: Floats, labels: NDArray[np.int64], groups: NDArray[np.int64]
) -> list[str]:
    """What the check is worth on passages that it did not see, and how much it lets through."""
    scores = np.zeros(len(labels))
    for part in range(5):
        held = groups // _FOLDS % 5 == part
        fitted = logistic(rows[~held], labels[~held])
        scores[held] = 1 / (1 + np.exp(-(rows[held] @ fitted[:-1] + fitted[-1])))
    lines = [
        f"{len(labels)} judged, {100 * labels.mean():.1f}% right",
        f"area under ROC: {figure(roc_area, scores, labels, groups)}",
        f"expected calibration error: {figure(calibration_error, scores, labels, groups)}",
    ]
    how = [how_of(one.rewriting.text, [one.rewriting.source]) for one in judged]
    best: dict[int, int] = {}
    for n, one in enumerate(judged):
        if one.group not in best or scores[n] > scores[best[one.group]]:
            best[one.group] = n
    surest = np.array(sorted(best.values()))
    for least in (0.5, 0.6, 0.7, 0.8, 0.9):
        passing = [n for n in surest if scores[n] >= least]
        rewritten = [n for n in passing if how[n] == "rewritten"]
        lines.append(
            f"at {least}: of {len(surest)} passages {len(passing)} pass, {_right(labels, passing)} "
            f"right; rewritten {len(rewritten)}, {_right(labels, rewritten)} right"
        )
    return lines


def _right(labels: NDArray[np.int64], rows: list[int]) -> str:
    return f"{100 * labels[rows].mean():.0f}%" if rows else "none"


def _plan(name: str, judged: int, groups: set[int]) -> Plan:
    shares = {"judged": 0.7, "retold": 0.25, "copied": 0.05}
    return Plan(name, "made", shares, _PASSES * judged, _RATE_JUDGED, groups=groups)


def _made(path: Path) -> Iterator[Example]:
    """Retold sentences, copies of passages, and both with an error made in them."""
    rows = list(_records(path))
    random = Random(_SEED)  # noqa: S311 - reproducible draws, no secret
    texts = [row["text"] for row in rows]
    for row in rows:
        source = Rewriting(row["text"], row["title"], row["retold"])
        others = [row["text"], row["title"] or "", *random.sample(texts, min(4, len(texts)))]
        group = _group(row["text"])
        for kind, text in (("retold", row["retold"]), ("copied", row["text"])):
            if kind == "copied" and random.random() >= _COPIES:
                continue
            errors = _ERRORS if kind == "retold" else 1
            for false, name in corrupted(text, others, random, errors):
                yield _of(source.premise, false, 0, kind, name, group)
            yield _of(source.premise, text, 1, kind, "", group)


def _of(premise: str, text: str, label: int, kind: str, error: str, group: int) -> Example:
    return Example(premise, text, label, 1.0, kind, error, group, "train", group, 0)


def _example(one: Judged) -> Example:
    return _of(one.rewriting.premise, one.rewriting.text, int(one.ok), "judged", "", one.group)


def _judged(path: Path) -> Iterator[Judged]:
    for row in _records(path):
        for one in row["candidates"]:
            rewriting = Rewriting(row["text"], row["title"], one["text"], one["log_probability"])
            yield Judged(rewriting, one["ok"], _group(row["text"]), row["shipped"])


def _group(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)


def _records(path: Path) -> Iterator[Mapping[str, Any]]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _write_card(out: Path, lines: list[str]) -> None:
    card = {
        "name": FOLDER,
        "task": "whether a rewritten sentence says only what its source sentences say",
        "licence": "Apache-2.0",
        "base": BASE,
        "files": {name: digest_of(out / name) for name in (WEIGHTS, CROSS_WEIGHTS)},
        "data": (
            "Passages of news articles retold by a large language model that read each under a "
            "guide, errors made in them by program, and sentences of this project's rewriter, each "
            "judged right or wrong by such a reader. English only. No text of them is in the "
            "artefact, and no held-out document among them."
        ),
        "training": f"{TRAINING} RETOLD JUDGED WORK",
        "figures": lines,
    }
    text = "# The check of rewritten sentences.\n" + yaml.safe_dump(card, sort_keys=False)
    (out / CARD).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
