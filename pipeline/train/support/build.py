"""From judged sentences to the models of the support check: a cross-encoder, trees, and one
probability of both. `work` keeps what is done: the same call goes on, and gives the same files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import yaml
from rich.console import Console
from safetensors.numpy import save

from pipeline.core.digest import digest_of
from pipeline.core.files import atomic
from pipeline.core.progress import progress_bar
from pipeline.core.stopping import never, stopped
from pipeline.engines.encoders.embedding import SentenceEncoder
from pipeline.engines.weights.artefact import CARD, lines_as_bytes
from pipeline.summarize.support.model import CROSS_WEIGHTS, WEIGHTS, vocabulary_of
from pipeline.train.support.cross_encoder import kept_differences, train
from pipeline.train.support.examples import MADE, Example, examples
from pipeline.train.support.figures import Floats
from pipeline.train.support.folds import MEASURED, PARTS, SHIPPED, fold_name, unseen
from pipeline.train.support.measure import Judged, Known, judged
from pipeline.train.support.mixture import Plan
from pipeline.train.support.signals_of import Signals, signals_of
from pipeline.train.support.statements import JUDGED, WRITTEN, Summary
from pipeline.train.support.vocabulary import Arrays

_MADE, _WRITTEN = 2_500, 1_200
"""Made and written sentences that the trees see; they learn no more from more of them."""

_MOST_SUMMARIES = 700
"""Of a measured set, drawn by their numbers, that the cross-encoders are asked about."""

_TREES_DO_WITHOUT = frozenset({"rte", "summedits_other", "fib_synthetic", "bump"})


@dataclass(frozen=True, slots=True)
class Built:
    """What was trained: arrays of the artefact, the file of the cross-encoder's tensors, and what
    is known of the sentences for measuring."""

    arrays: Arrays
    cross: Path
    known: Known
    judged: Judged


def build(
    rows: Sequence[Summary],
    words: Arrays,
    plans: Callable[[Sequence[Example]], Sequence[Plan]],
    base: str,
    work: Path,
    seed: int,
    console: Console | None = None,
    stop: Callable[[], bool] = never,
) -> Built:
    """Train on the rows that are not held out. `words` are the arrays of the vocabulary, `base` is
    the sentence encoder; the `plans` have one named `SHIPPED` and one for each fold.

    Raises:
        StoppedError: an end was asked for; the same call goes on.
    """
    pool = list(examples(rows, vocabulary_of(words), seed))
    signals = _signals(pool, rows, words, base, work, seed)
    tensors = {}
    for plan in plans(pool):
        if stop():
            raise stopped()
        with progress_bar(console or Console(quiet=True), plan.name, plan.steps) as bar:
            tensors[plan.name] = train(pool, plan, work, base, seed, stop, bar)
    folds = {name: tensors[name] for name in map(fold_name, range(len(PARTS)))}
    known = Known.of(signals, pool, _unseen(pool, folds, base, work))
    found = judged(known)
    arrays = {
        **known.forest(np.ones(len(known.labels), bool)),
        **words,
        "features": lines_as_bytes(signals.names),
        "calibration": found.coefficients().astype(np.float32),
    }
    return Built(arrays, tensors[SHIPPED], known, found)


def write(out: Path, built: Built, base: str) -> None:
    """The files of the artefact, without its card."""
    out.mkdir(parents=True, exist_ok=True)
    arrays = {name: np.ascontiguousarray(array) for name, array in built.arrays.items()}
    (out / WEIGHTS).write_bytes(save(arrays))
    kept_differences(built.cross, base, out / CROSS_WEIGHTS)


def write_card(out: Path, base: str, more: Mapping[str, object]) -> None:
    """`card.yaml` of the files: their digests, and `more`."""
    card = {
        "name": "support",
        "task": "whether an article supports a summary sentence",
        "licence": "Apache-2.0",
        "base": base,
        "files": {name: digest_of(out / name) for name in (WEIGHTS, CROSS_WEIGHTS)},
        **more,
    }
    text = "# The trained models of the support check.\n" + yaml.safe_dump(card, sort_keys=False)
    (out / CARD).write_text(text, encoding="utf-8")


def _signals(
    pool: Sequence[Example],
    rows: Sequence[Summary],
    words: Arrays,
    base: str,
    work: Path,
    seed: int,
) -> Signals:
    """What the trees are grown from: no held-out document, a part of what is made."""
    file = work / "signals.npz"
    if not file.exists():
        random = Random(seed)  # noqa: S311 - reproducible draws, no secret
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
        encoder = SentenceEncoder(base)
        encoder.open()
        found = signals_of(pool, wanted, rows, vocabulary_of(words), encoder)
        with atomic(file) as out:
            np.savez(out, numbers=found.numbers, rows=found.rows, names=np.array(found.names))
    kept = np.load(file)
    return Signals(kept["numbers"], kept["rows"], kept["names"].tolist())


def _unseen(pool: Sequence[Example], folds: Mapping[str, Path], base: str, work: Path) -> Floats:
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
            engine = kept_differences(path, base, work / f"{name}.differences.safetensors")
            engine.open()
            values = np.full(len(pool), np.nan)
            values[asked] = engine.logits(
                [pool[n].premise for n in asked], [pool[n].text for n in asked]
            )
            with atomic(file) as out:
                np.save(out, values)
        logits.append(np.load(file))
    return unseen(pool, logits)
