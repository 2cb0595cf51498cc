"""Training of the plain topic baseline: TF-IDF, one calibrated linear SVM a topic, a card."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import yaml

from pipeline.core.digest import digest_of
from pipeline.core.errors import InputError, LabelError
from pipeline.core.extras import needs
from pipeline.engines.weights.keeping import part_of, put
from pipeline.taxonomy.topics import VERSION, load_topics
from pipeline.topic.tfidf import CARD, KIND, VOCABULARY, WEIGHTS
from pipeline.topic.tfidf_estimators import TfidfSettings, linear_svm, tfidf_vectorizer

_FOLDS = 3
"""Of the cross-validation whose margins the calibration is fitted on."""


class LabelledText(Protocol):
    """A row of the training set. `known` are the topics of which it says whether they apply, of
    others it says nothing; `topics` are those that do."""

    @property
    def title(self) -> str | None: ...
    @property
    def text(self) -> str: ...
    @property
    def topics(self) -> Iterable[str]: ...
    @property
    def known(self) -> Iterable[str]: ...


def train_tfidf_svm(rows: Sequence[LabelledText], to: Path, settings: TfidfSettings) -> Path:
    """Train and write the model's folder, whole or not at all; returns it.

    Raises:
        LabelError: a row has a code that the topic table lacks, or a topic that it does not know.
        InputError: no topic has examples enough.
        ConfigError: scikit-learn is not installed.
    """
    with needs("scikit-learn", "train"):
        vectorizer = tfidf_vectorizer(settings, len(rows))
    targets = _targets(rows)
    texts = [f"{row.title or ''}\n{row.text}".strip() for row in rows]
    try:
        inputs = vectorizer.fit_transform(texts)
    except ValueError as error:  # of scikit-learn: no term is left
        raise InputError(f"nothing to learn from {len(rows)} rows: {error}") from error
    learnt: list[tuple[str, Any, float, float, float]] = []
    counts: dict[str, dict[str, int]] = {}
    for column, qcode in enumerate(load_topics()):
        chosen = np.flatnonzero(targets[:, column] >= 0)
        answers = targets[chosen, column]
        counts[qcode] = {"for": int((answers == 1).sum()), "against": int((answers == 0).sum())}
        if min(counts[qcode].values()) >= max(settings.fewest, _FOLDS):
            learnt.append((qcode, *_fitted(inputs[chosen], answers, settings)))
    if not learnt:
        raise InputError(
            f"no topic has {settings.fewest} examples for and against it; the rows have {counts}"
        )
    arrays = {
        "idf": np.asarray(vectorizer.idf_, np.float32),
        "weights": np.ascontiguousarray(np.stack([one[1] for one in learnt], axis=1), np.float32),
        "offsets": np.array([one[2] for one in learnt], np.float32),
        "calibration": np.array([one[3:] for one in learnt], np.float32),
    }
    card = {
        "kind": KIND,
        "taxonomy": VERSION,
        "topics": [one[0] for one in learnt],
        "rows": len(rows),
        "examples": counts,
        "settings": {name: getattr(settings, name) for name in TfidfSettings.__annotations__},
    }
    return _written(to, arrays, vectorizer.get_feature_names_out().tolist(), card)


def _targets(rows: Sequence[LabelledText]) -> np.ndarray[tuple[int, int], np.dtype[np.int8]]:
    """1 for a topic that applies, 0 for one that does not, -1 where the row says nothing."""
    columns = {qcode: column for column, qcode in enumerate(load_topics())}
    targets = np.full((len(rows), len(columns)), -1, np.int8)
    for number, row in enumerate(rows):
        known, topics = set(row.known), set(row.topics)
        for qcode in sorted(known | topics):
            if qcode not in columns:
                raise LabelError(f"row {number}: {qcode!r} is no code of the topic table")
            if qcode not in known:
                raise LabelError(f"row {number}: has the topic {qcode!r}, which it does not know")
            targets[number, columns[qcode]] = qcode in topics
    return targets


def _fitted(inputs: Any, answers: Any, settings: TfidfSettings) -> tuple[Any, float, float, float]:
    """Weights and offset of the margin, slope and offset of its calibration."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.model_selection import StratifiedKFold

    calibrated = CalibratedClassifierCV(
        linear_svm(settings),
        method="sigmoid",
        cv=StratifiedKFold(_FOLDS, shuffle=True, random_state=settings.seed),
        ensemble=False,
    ).fit(inputs, answers)
    fitted = calibrated.calibrated_classifiers_[0]
    sigmoid = fitted.calibrators[0]
    # scikit-learn's sigmoid is 1 / (1 + exp(a * margin + b)).
    margin = fitted.estimator
    return margin.coef_[0], float(margin.intercept_[0]), -float(sigmoid.a_), -float(sigmoid.b_)


def _written(to: Path, arrays: dict[str, Any], words: list[str], card: dict[str, Any]) -> Path:
    from safetensors.numpy import save_file

    to.parent.mkdir(parents=True, exist_ok=True)
    part = part_of(to)
    part.mkdir()
    save_file(arrays, part / WEIGHTS)
    (part / VOCABULARY).write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")
    files = {name: digest_of(part / name) for name in (WEIGHTS, VOCABULARY)}
    text = yaml.safe_dump({**card, "files": files}, sort_keys=False, allow_unicode=True)
    (part / CARD).write_text(text, encoding="utf-8")
    put(part, to)
    return to
