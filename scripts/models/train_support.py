"""Trains the support check, prints its table and writes the artefact.

    python scripts/models/train_support.py DATA WORK

DATA holds `judged/`, `support/`, `written/` and the articles that words are counted in. A
cross-encoder is trained from the sentence encoder in two parts, by made errors and by what
summarizers really wrote; trees are grown over the signals of words, facts and vectors; one logistic
combination of both gives the probability, fitted on judged sentences by models that did not see
their documents. WORK keeps what is done: the same command goes on after a kill, and the same data
give the same files. No held-out document is in any training; the last lines are of those.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

import numpy as np
import yaml
from safetensors.numpy import load_file, save_file

from pipeline.core.digest import digest_of
from pipeline.core.resources import resource
from pipeline.engines.encoders.embedding import SentenceEncoder
from pipeline.engines.weights.artefact import CARD, lines_as_bytes
from pipeline.summarize.support.check import Case, SupportChecker
from pipeline.summarize.support.model import (
    BASE,
    CROSS_WEIGHTS,
    FOLDER,
    TRAINING,
    WEIGHTS,
    vocabulary_of,
)
from pipeline.train.support.cross_encoder import kept_differences, train
from pipeline.train.support.examples import MADE, Example, examples
from pipeline.train.support.figures import Floats, calibration_error, figure, roc_area
from pipeline.train.support.folds import MEASURED, PARTS, SHIPPED, plans, unseen
from pipeline.train.support.measure import (
    Known,
    balanced_lines,
    judged,
    judged_lines,
    left_out,
)
from pipeline.train.support.signals_of import Signals, signals_of
from pipeline.train.support.statements import JUDGED, WRITTEN, Summary, summaries
from pipeline.train.support.vocabulary import Arrays, articles, vocabulary_arrays

_SEED = 1
_MADE, _WRITTEN = 2_500, 1_200
"""Made and written sentences that the trees see; they learn no more from more of them."""

_MOST_SUMMARIES = 700
"""Of a measured set, drawn by their numbers, that the cross-encoders are asked about."""

_TREES_DO_WITHOUT = frozenset({"rte", "summedits_other", "fib_synthetic", "bump"})


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    words = _vocabulary(given.data, given.work)
    vocabulary = vocabulary_of(words)
    rows = summaries(given.data)
    pool = list(examples(rows, vocabulary, _SEED))
    signals = _signals(pool, rows, words, given.work)
    tensors = {plan.name: train(pool, plan, given.work, BASE, _SEED) for plan in plans(pool)}
    cross = _unseen(pool, {name: tensors[name] for name in _folds()}, given.work)
    known = Known.of(signals, pool, cross)
    found = judged(known)
    lines = judged_lines(found)
    lines += balanced_lines(known, left_out(known), found.coefficients(), rows)
    print("\n".join(lines))
    arrays = {
        **known.forest(np.ones(len(known.labels), bool)),
        **words,
        "features": lines_as_bytes(signals.names),
        "calibration": found.coefficients().astype(np.float32),
    }
    out = resource("models") / FOLDER
    _write(out, arrays, tensors[SHIPPED])
    _write_card(out, lines)
    lines += _held_out(rows)
    print("\n".join(lines[-2:]))
    _write_card(out, lines)


def _folds() -> list[str]:
    return [f"fold{part}" for part in range(len(PARTS))]


def _vocabulary(data: Path, work: Path) -> Arrays:
    file = work / "vocabulary.safetensors"
    if not file.exists():
        arrays = vocabulary_arrays(articles(data))
        save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, file)
    return load_file(file)


def _signals(
    pool: Sequence[Example], rows: Sequence[Summary], words: Arrays, work: Path
) -> Signals:
    """What the trees are grown from: no held-out document, a part of what is made."""
    file = work / "signals.npz"
    if not file.exists():
        random = Random(_SEED)  # noqa: S311 - reproducible draws, no secret
        allowed = [n for n, one in enumerate(pool) if one.split != "test"]
        made = [n for n in allowed if pool[n].set == MADE and pool[n].split == "train"]
        written = [n for n in allowed if pool[n].set == WRITTEN]
        wanted = {
            n
            for n in allowed
            if pool[n].set not in {MADE, WRITTEN, *_TREES_DO_WITHOUT}
            and (pool[n].weight > 0 or pool[n].set in MEASURED)
        }
        wanted.update(random.sample(made, min(_MADE, len(made))))
        wanted.update(random.sample(written, min(_WRITTEN, len(written))))
        encoder = SentenceEncoder(BASE)
        encoder.open()
        found = signals_of(pool, wanted, rows, vocabulary_of(words), encoder)
        np.savez(file, numbers=found.numbers, rows=found.rows, names=np.array(found.names))
    kept = np.load(file)
    return Signals(kept["numbers"], kept["rows"], kept["names"].tolist())


def _unseen(pool: Sequence[Example], folds: Mapping[str, Path], work: Path) -> Floats:
    """The logit of each example that is measured, by a cross-encoder that did not see it."""
    by_set: dict[str, set[int]] = defaultdict(set)
    for one in pool:
        if one.split != "test":
            by_set[one.set].add(one.row)
    chosen = {
        name: set(sorted(by_set[name], key=lambda n: n * 2_654_435_761 % 2**32)[:_MOST_SUMMARIES])
        for name in MEASURED
    } | {JUDGED: by_set[JUDGED]}
    asked = [n for n, one in enumerate(pool) if one.row in chosen.get(one.set, ())]
    logits = []
    for name, path in folds.items():
        file = work / f"{name}.npy"
        if not file.exists():
            engine = kept_differences(path, BASE, work / f"{name}.differences.safetensors")
            engine.open()
            values = np.full(len(pool), np.nan)
            values[asked] = engine.logits(
                [pool[n].premise for n in asked], [pool[n].text for n in asked]
            )
            np.save(file, values)
        logits.append(np.load(file))
    return unseen(pool, logits)


def _write(out: Path, arrays: Arrays, trained: Path) -> None:
    """The files of the artefact."""
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    save_file(contiguous, out / WEIGHTS)
    kept_differences(trained, BASE, out / CROSS_WEIGHTS)


def _write_card(out: Path, lines: Sequence[str]) -> None:
    card = {
        "name": "support",
        "task": "whether an article supports a summary sentence",
        "licence": "Apache-2.0",
        "base": BASE,
        "files": {name: digest_of(out / name) for name in (WEIGHTS, CROSS_WEIGHTS)},
        "data": _DATA,
        "training": f"{TRAINING} DATA WORK",
        "figures": list(lines),
    }
    text = "# The trained models of the support check.\n" + yaml.safe_dump(card, sort_keys=False)
    (out / CARD).write_text(text, encoding="utf-8")


_DATA = (
    "Sentences of this project's own summaries, each judged right or wrong by a large language "
    "model that read the article under a written guide; summaries that such a model wrote by "
    "reading; the same made false by program (roles, speakers, modality, time, cause, comparison, "
    "denial, names and numbers of the same article). Summaries annotated by people or corrected by "
    "hand: FRANK, GenAudit/USB, Go-Figure, QAGS, XSumFaith, EntFA, FactCC, FIB, DeFacto, WiCE, "
    "AggreFact, Falke et al.; by program or language model: CG2C, SummEdits, BUMP, RTE, FactCC and "
    "MFMA corruptions. Word counts of news articles of about 300 outlets. English only. No text "
    "of them is in the artefact."
)


def _held_out(rows: Sequence[Summary]) -> list[str]:
    """The shipped check, as it runs, on judged sentences of held-out documents."""
    checker = SupportChecker(SentenceEncoder(BASE))
    checker.open()
    chosen = [row for row in rows if row.set == JUDGED and row.split == "test"]
    checked = checker.check([Case(row.source, row.title, [row.sentences]) for row in chosen])
    scores = np.array([one.support for [summary] in checked for one in summary])
    labels = np.array([verdict for row in chosen for verdict in row.verdicts])
    groups = np.array([row.group for row in chosen for _ in row.sentences])
    return [
        f"held out, {len(scores)} judged sentences, area under ROC: "
        f"{figure(roc_area, scores, labels, groups)}",
        f"held out, expected calibration error: "
        f"{figure(calibration_error, scores, labels, groups)}",
    ]


if __name__ == "__main__":
    main()
