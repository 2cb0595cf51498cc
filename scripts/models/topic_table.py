"""Measures topic classifiers: macro-F1, calibration and coverage, with baselines beside.

    python scripts/models/topic_table.py DATA [--model models/topic] [--cache DIR] [--left-out]

`DATA/topic/*.jsonl.gz` are the labelled sets. They are split by document, near-duplicates together
(`pipeline/train/topic/rows.py`): what is measured are held parts that the model was neither trained
nor calibrated on, at most `validation`/`test` rows a set of the least digests. `topic_scores.py`
says how macro-F1 is counted and what sure means; brackets are 95% bootstrap intervals over
articles. The SVM has the rows that the model was trained on and those it was calibrated on.

`--left-out` also trains models and SVMs anew without each set, and measures them on that set.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from topic_data import labelled
from topic_scores import (
    answers,
    by_coverage,
    interval,
    questions,
    strongest,
)

from pipeline.core.resources import resource
from pipeline.engines.encoders.embedding import SentenceEncoder
from pipeline.engines.weights.artefact import CARD
from pipeline.evaluate.metrics.confidence import calibration_error
from pipeline.taxonomy.topics import load_topics, media_topics
from pipeline.topic.descriptions import DescriptionTopic, Nearest
from pipeline.topic.model import TopicModel, calibrated, load_topic_model
from pipeline.train.topic.build import Material, TopicSettings, build, logits_of
from pipeline.train.topic.command import concept_rows, described, material_of
from pipeline.train.topic.fit import Bools, Floats, Targets
from pipeline.train.topic.rows import splits
from pipeline.train.topic.vectors import VectorStore, chosen

_TEST_ROWS = 1500
_COVERAGES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)
LABELS = list(load_topics())

Rows = NDArray[np.int64]


class Bench:
    """The rows that take part, their features, and who is asked about them."""

    def __init__(self, data: Path, cache: Path, settings: TopicSettings) -> None:
        rows = labelled(data)
        parts = splits(rows)
        self.settings = settings
        self.asked = {
            name: questions([row for row in rows if row.set == name], LABELS)
            for name in sorted({row.set for row in rows})
        }
        fewer = chosen(rows, parts, {"validation": settings.validation_rows, "test": _TEST_ROWS})
        train = chosen(rows, parts, {"train": settings.most_rows})
        taken = np.concatenate([train, fewer])
        encoded = np.concatenate([chosen(rows, parts, {"train": settings.most_vectors}), fewer])
        self.encoder = SentenceEncoder("all-minilm-l6-v2")
        self.store = VectorStore(cache)
        concepts = concept_rows()
        self.material: Material = material_of(
            [*(rows[n] for n in taken), *concepts],
            LABELS,
            self.store,
            self.encoder,
            np.concatenate([np.isin(taken, encoded), np.ones(len(concepts), bool)]),
        )
        split = np.array([parts[n] for n in taken] + ["concept"] * len(concepts))
        self.part = {name: np.flatnonzero(split == name) for name in np.unique(split).tolist()}
        sets = self.material.targets.sets
        self.test = {
            name: self.part["test"][(sets == name)[self.part["test"]]] for name in self.asked
        }
        self.nearest = Nearest(media_topics(1), self.encoder, DescriptionTopic.temperature)
        self.nearest.open(1)
        self.described = described(LABELS, self.encoder)

    def without(self, rows: Rows, left_out: str) -> Rows:
        kept: Rows = rows[self.material.targets.sets[rows] != left_out]
        return kept

    def trained(self, left_out: str) -> TopicModel:
        train, validation = (self.without(self.part[p], left_out) for p in ("train", "validation"))
        concepts = self.part["concept"]
        told = self.described
        return build(self.material, LABELS, told, train, concepts, validation, self.settings)

    def chances(self, model: TopicModel, rows: Rows) -> Floats:
        return calibrated(logits_of(model, self.material, rows), model.slope, model.shift)

    def descriptions(self, rows: Rows) -> Floats:
        return self.nearest.shares(self.material.vectors[rows], "").astype(np.float32)

    def targets(self, rows: Rows) -> Targets:
        return self.material.targets.of(rows)

    def answers(self, name: str, model: TopicModel, svm: Svm) -> list[Bools]:
        """What the model, the SVM and the descriptions say of the held part of a set."""
        asked, rows = self.asked[name], self.test[name]
        return [
            answers(self.chances(model, rows), model.threshold, asked),
            answers(svm.scores(rows), np.zeros(len(LABELS), np.float32), asked),
            answers(self.descriptions(rows), np.full(len(LABELS), 9, np.float32), asked),
        ]


class Svm:
    """TF-IDF of words and pairs of words and a linear SVM for each topic over the rows whose set
    knows it; where several topics are accepted, each of them."""

    def __init__(self, material: Material, rows: Rows) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.svm import LinearSVC

        self._texts = [f"{row.title}\n{row.text}" for row in material.rows]
        self._tfidf = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), min_df=2)
        table = self._tfidf.fit_transform([self._texts[row] for row in rows])
        targets = material.targets.of(rows)
        self._of_label: list[Any] = []
        for label in range(len(LABELS)):
            known, right = targets.known[:, label], targets.right[:, label]
            machine = None
            if right.any():
                machine = LinearSVC().fit(table[known], right[known])
            self._of_label.append(machine)

    def scores(self, rows: Rows) -> Floats:
        table = self._tfidf.transform([self._texts[row] for row in rows])
        found = [
            machine.decision_function(table) if machine is not None else np.full(len(rows), -9.0)
            for machine in self._of_label
        ]
        return np.stack(found, 1).astype(np.float32)


def held_parts(bench: Bench, model: TopicModel) -> dict[str, float]:
    """Prints the table of the held parts and the curve; returns the model's macro-F1 by set."""
    svm = Svm(bench.material, np.concatenate([bench.part["train"], bench.part["validation"]]))
    print("macro-F1 on held parts")
    print(row_of("set", ["articles", "topics", "trained", "TF-IDF + SVM", "descriptions", "most"]))
    found, curves, chances, rights = {}, [], [], []
    for name, rows in bench.test.items():
        asked, targets, chance = bench.asked[name], bench.targets(rows), bench.chances(model, rows)
        given, *others = bench.answers(name, model, svm)
        most = majority(bench, name, len(rows))
        cells = [interval(g, targets, asked) for g in (given, *others, most)]
        print(row_of(name, [len(rows), len(asked.groups), *cells]))
        found[name] = cells[0].mean / 100
        best, right = strongest(chance, targets, asked)
        curves.append([by_coverage(given, best, targets, asked, c) for c in _COVERAGES])
        chances.append(best)
        rights.append(right)
    print("\nmacro-F1 by coverage: the surest articles alone")
    print(row_of("set", [f"{share:.0%}" for share in _COVERAGES]))
    for name, curve in zip(bench.test, curves, strict=True):
        print(row_of(name, [f"{value * 100:.1f}" for value in curve]))
    print(row_of("mean", [f"{value * 100:.1f}" for value in np.mean(curves, axis=0)]))
    print("\nexpected calibration error of the strongest topic, and of all pairs of article, topic")
    for name, best, right in zip(bench.test, chances, rights, strict=True):
        pairs = bench.chances(model, bench.test[name])[:, bench.asked[name].known].ravel()
        truth = bench.targets(bench.test[name]).right[:, bench.asked[name].known].ravel()
        errors = (calibration_error(best, right), calibration_error(pairs, truth))
        print(row_of(name, [f"{error:.3f}" for error in errors]))
    every = calibration_error(np.concatenate(chances), np.concatenate(rights))
    print(row_of("all", [f"{every:.3f}"]))
    return found


def majority(bench: Bench, name: str, count: int) -> Bools:
    """The topic that most training rows of the set have, for every article."""
    train = bench.part["train"]
    own = bench.targets(train[bench.material.targets.sets[train] == name])
    given = np.zeros((count, len(LABELS)), dtype=bool)
    given[:, int(own.right.sum(axis=0).argmax())] = True
    return given


def left_out(bench: Bench) -> None:
    """Prints the table of models and SVMs that never saw the set."""
    print("\nmacro-F1 on held parts of a set that was left out of the training")
    heads = ["trained", "TF-IDF + SVM", "descriptions", "trained - SVM", "ECE"]
    print(row_of("set", heads))
    table = []
    for name, rows in bench.test.items():
        asked, targets, model = bench.asked[name], bench.targets(rows), bench.trained(name)
        both = np.concatenate([bench.part["train"], bench.part["validation"]])
        svm = Svm(bench.material, bench.without(both, name))
        cells = [interval(g, targets, asked) for g in bench.answers(name, model, svm)]
        error = calibration_error(*strongest(bench.chances(model, rows), targets, asked))
        gain = cells[0].mean - cells[1].mean
        print(row_of(name, [*cells, f"{gain:+.1f}", f"{error:.3f}"]), flush=True)
        table.append([*(cell.mean for cell in cells), gain])
    print(row_of("mean", [f"{value:.1f}" for value in np.mean(table, axis=0)]))


def row_of(name: str, cells: Sequence[object]) -> str:
    return f"{name:<18}" + "".join(f"{cell!s:>20}" for cell in cells)


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("data", type=Path, help="folder of the labelled samples")
    options.add_argument("--model", type=Path, default=resource("models") / "topic")
    options.add_argument("--cache", type=Path, default=Path("topic_vectors"))
    options.add_argument("--left-out", action="store_true", help="train anew without each set")
    given = options.parse_args()
    card = yaml.safe_load((given.model / CARD).read_text(encoding="utf-8"))
    bench = Bench(given.data, given.cache, TopicSettings(**card["training"]))
    model = load_topic_model(given.model)
    held_parts(bench, model)
    if given.left_out:
        left_out(bench)


if __name__ == "__main__":
    main()
