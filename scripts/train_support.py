"""Trains the support check's model, prints its scores beside plain baselines, writes the artefact.

    python scripts/train_support.py --data DIR [--encoder NAME] [--out models/support]

`DIR/support/*.jsonl.gz` are summaries labelled 1 (supported) or 0; the other folders hold articles,
of which the vocabulary and the corruptions are made. Seeded: the same data give the same model.
The shipped artefact is fitted on everything; the table is of models that never saw the document:
documents that share text are one group, and the groups are dealt to five folds at random, three
times over, since the dealing alone moves the mean by a point: a figure is the mean of the three.
There is one threshold for all sets, the best for the scores of the four other folds.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random

import numpy as np
import yaml
from numpy.typing import NDArray
from support_data import (
    Labelled,
    Table,
    labelled,
    shingles,
    table,
    unlabelled,
    vocabulary_arrays,
    vocabulary_of,
)
from support_scores import Floats, Ints, Truth, bars, best_threshold, class_weights, roc_area
from support_trees import Corrupted, Forest, Rows, fit, logits_of

from pipeline.artefact import CARD, lines_as_bytes
from pipeline.digest import digest_of
from pipeline.engines.embedding import SentenceEncoder
from pipeline.summarize.support import Case
from pipeline.summarize.support_corruptions import Example, examples
from pipeline.summarize.support_model import WEIGHTS

_FOLDS = 5
_DEALS = 3
_ARTICLES = 600
_HELD_OUT = 5
"""Every fifth article's corruptions are left for measuring."""


def least(scores: Floats, owner: Ints, count: int) -> Floats:
    """The score of each summary: that of its least supported sentence."""
    found = np.full(count, np.inf)
    np.minimum.at(found, owner, scores)
    return found


def calibration(logits: Floats, truth: Truth) -> Floats:
    """Slope and offset of a logistic regression on the logit (Platt 1999), by Newton's method."""
    weights, design = class_weights(truth), np.stack([logits, np.ones_like(logits)], 1)
    found = np.zeros(2)
    for _ in range(30):
        chance = 1 / (1 + np.exp(-design @ found))
        slope = design.T @ (weights * (truth.label - chance))
        curve = (design * (weights * chance * (1 - chance))[:, None]).T @ design
        found = found + np.linalg.solve(curve, slope)
    return found


def by_folds(
    truth: Truth, folds: Ints, score: Callable[[NDArray[np.bool_]], Floats]
) -> tuple[Floats, NDArray[np.bool_]]:
    """Scores of every summary by `score(train)`, and whether they pass the threshold that is best
    for the out-of-fold scores of the other folds."""
    scores = np.zeros(len(truth.label))
    for fold in range(_FOLDS):
        scores[folds == fold] = score(folds != fold)[folds == fold]
    yes = np.zeros(len(scores), bool)
    for fold in range(_FOLDS):
        train = folds != fold
        yes[~train] = scores[~train] > best_threshold(scores[train], truth.of(train))
    return scores, yes


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--data", type=Path, required=True, help="folder of the labelled samples")
    options.add_argument("--encoder", default="all-minilm-l6-v2")
    options.add_argument("--out", type=Path, default=Path("models/support"))
    given = options.parse_args()
    encoder = SentenceEncoder(given.encoder)
    encoder.open()
    rows = labelled(given.data / "support")
    taken = {shingle for row in rows for shingle in shingles(" ".join(row.source))}
    articles = unlabelled(given.data, taken)
    Random(0).shuffle(articles)  # noqa: S311 - a reproducible order, no secret
    words = vocabulary_arrays(articles)
    made = list(examples(articles[:_ARTICLES], seed=1))
    vocabulary = vocabulary_of(words)
    real = table([Case(row.source, None, [row.summary]) for row in rows], vocabulary, encoder)
    unreal = table(
        [Case(articles[one.article], None, [[one.text]]) for one in made], vocabulary, encoder
    )
    train(rows, real, made, unreal, words, encoder, given.out)


def train(
    rows: Sequence[Labelled],
    real: Table,
    made: Sequence[Example],
    unreal: Table,
    words: Mapping[str, NDArray[np.generic]],
    encoder: SentenceEncoder,
    out: Path,
) -> None:
    """Measure, fit on everything, write."""
    sets = sorted({row.set for row in rows})
    truth = Truth(
        np.array([row.label for row in rows]),
        np.array([sets.index(row.set) for row in rows]),
        np.array([row.group for row in rows]),
        sets,
    )
    groups, member = np.unique(truth.group, return_inverse=True)
    deals = [
        (np.random.default_rng(deal).permutation(len(groups)) % _FOLDS)[member]
        for deal in range(_DEALS)
    ]
    corrupted = Corrupted(
        unreal.features,
        np.array([one.supported for one in made]),
        [one.kind for one in made],
        np.array([one.article % _HELD_OUT == 0 for one in made]),
    )
    verdicts = np.array([verdict for row in rows for verdict in row.verdicts])
    known = Rows(real, verdicts, truth)

    def model(chosen: NDArray[np.bool_]) -> Floats:
        forest = fit(known, chosen, corrupted)
        return least(logits_of(forest, real.features), real.owner, len(rows))

    def column(name: str, sign: float = 1.0) -> Callable[[NDArray[np.bool_]], Floats]:
        scores = least(sign * real.column(name), real.owner, len(rows))
        return lambda chosen: scores

    found = [by_folds(truth, folds, model) for folds in deals]
    logits = np.mean([scores for scores, _ in found], axis=0)
    table_rows = {"support model": [yes for _, yes in found]}
    for name, score in (
        ("names and numbers", column("missing_any", -1.0)),
        ("word overlap", column("carried_by_two")),
        ("encoder similarity", column("cosine")),
    ):
        table_rows[name] = [by_folds(truth, folds, score)[1] for folds in deals]
    left_out = np.zeros(len(rows))
    for number in range(len(sets)):
        held = truth.set == number
        left_out[held] = model(~held & ~np.isin(truth.group, truth.group[held]))[held]
    table_rows["model, set left out"] = [left_out > 0]
    card: dict[str, object] = {"balanced_accuracy": {}}
    print(f"{'balanced accuracy':22}" + "".join(f"{name:>18}" for name in [*sets, "mean"]))
    for name, decisions in table_rows.items():
        row = bars(decisions, truth)
        cells = [f"{p:.3f} {low:.3f}-{high:.3f}" for p, low, high in [*row.sets, row.mean]]
        print(f"{name:22}" + "".join(f"{cell:>18}" for cell in cells))
        card["balanced_accuracy"][name] = dict(zip([*sets, "mean"], cells, strict=True))  # type: ignore[index]

    forest = fit(known, np.ones(len(rows), bool), corrupted)
    scores = logits_of(forest, corrupted.features)
    true = scores[corrupted.held_out & corrupted.supported]
    card["corruption_roc_area"] = areas = {}
    for kind in sorted({one.kind for one in made if not one.supported}):
        chosen = np.array([one.kind == kind for one in made]) & ~corrupted.supported
        areas[kind] = round(roc_area(true, scores[chosen & corrupted.held_out]), 3)
    print("area under ROC, held-out corruptions: " + str(areas))
    platt = calibration(logits, truth)
    write(out, forest, platt, real.names, words, encoder, card)


def write(
    out: Path,
    forest: Forest,
    platt: Floats,
    features: Sequence[str],
    words: Mapping[str, NDArray[np.generic]],
    encoder: SentenceEncoder,
    scores: Mapping[str, object],
) -> None:
    """The artefact and its card."""
    from safetensors.numpy import save

    out.mkdir(parents=True, exist_ok=True)
    arrays = {**forest, "calibration": platt.astype(np.float32)}
    (out / WEIGHTS).write_bytes(save({**arrays, **words, "features": lines_as_bytes(features)}))
    card = {
        "name": "support",
        "task": "whether an article supports a summary sentence",
        "licence": "Apache-2.0",
        "encoder": dict(encoder.identity()),
        "files": {WEIGHTS: digest_of(out / WEIGHTS)},
        "data": (
            "Labelled summaries of FRANK, GenAudit/USB, Go-Figure, QAGS, XSumFaith, EntFA and "
            "FactCC (systems of 2018-2021, GenAudit 2023; BBC and CNN/DailyMail news); corruptions "
            "and word frequencies of news articles of NPR, BBC, CNN/DailyMail, Hindustan Times, "
            "India Today, The Guardian, Wikinews. English only. No text of them is in the artefact."
        ),
        "training": "scripts/train_support.py",
        **scores,
    }
    text = "# The trained model of the support check.\n" + yaml.safe_dump(card, sort_keys=False)
    (out / CARD).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
