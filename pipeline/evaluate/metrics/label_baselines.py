"""Plain labels that a run is held against: the sample's majority, and TF-IDF with linear SVMs.

Both are fitted on the gold labels of the sample itself: the majority on those it is scored on, the
SVMs on the other folds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.core.extras import needs
from pipeline.topic.tfidf_estimators import TfidfSettings, linear_svm, tfidf_vectorizer

MAJORITY, SVM = "majority_in_sample", "tfidf_svm"
FOLDS = 5
LEAST_DOCUMENTS = 20
"""Of a sample that SVMs are fitted on: sixteen in each training fold."""

NONE = ""
"""The label of a document that has none, which can be the most frequent and can be learnt."""

_SEED = 0

Codes = tuple[str, ...]


def majority(gold: Sequence[Codes]) -> Codes:
    """The label of most documents, the same for all; ties by code. Nothing if most have none.

    It is that of the very documents it is scored on, and so a little better than a majority that
    was known before.
    """
    counts = Counter(code for codes in gold for code in _or_none(codes))
    best = min(counts, key=lambda code: (-counts[code], code), default=NONE)
    return () if best == NONE else (best,)


def too_few(gold: Sequence[Codes]) -> str | None:
    """Why no SVMs are fitted on these labels, if none are."""
    if len(gold) < LEAST_DOCUMENTS:
        return f"{len(gold)} labelled documents, fewer than {LEAST_DOCUMENTS}"
    if len(_learnable(gold)) < 2:
        return f"fewer than two labels with {FOLDS} documents"
    return None


def cross_validated(texts: Sequence[str], gold: Sequence[Codes], single: bool) -> list[Codes]:
    """What SVMs say of each document that were fitted on the other folds, surest first.

    One SVM for each label of at least `FOLDS` documents, having none being a label like others;
    settings are those of `dateline train-topic classifier=tfidf_svm`. Every label with a positive
    margin is said, in any case the one with the greatest; with `single` that one alone. No
    document has any where the texts have no words.
    """
    with needs("scikit-learn", "evaluate"):
        from sklearn.model_selection import KFold
    labels = _learnable(gold)
    truth = np.array([[label in _or_none(codes) for label in labels] for codes in gold])
    margins = np.full(truth.shape, -np.inf)
    folds = KFold(FOLDS, shuffle=True, random_state=_SEED)
    for known, asked in folds.split(truth):
        margins[asked] = _margins(
            [texts[n] for n in known], truth[known], [texts[n] for n in asked]
        )
    return [_said(row, labels, single) for row in margins]


def _margins(
    texts: Sequence[str], truth: NDArray[np.bool_], asked: Sequence[str]
) -> NDArray[np.float64]:
    """Margins of each label, shape (asked, labels); -inf where there was nothing to learn from."""
    settings = TfidfSettings()
    margins = np.full((len(asked), truth.shape[1]), -np.inf)
    vectorizer = tfidf_vectorizer(settings, len(texts))
    try:
        inputs = vectorizer.fit_transform(texts)
    except ValueError:  # of scikit-learn: no term is left
        return margins
    questions = vectorizer.transform(asked)
    for column, answers in enumerate(truth.T):
        if answers.any() and not answers.all():
            margins[:, column] = (
                linear_svm(settings).fit(inputs, answers).decision_function(questions)
            )
        elif answers.any():
            margins[:, column] = np.inf
    return margins


def _said(margins: NDArray[np.float64], labels: Sequence[str], single: bool) -> Codes:
    order = np.argsort(-margins, kind="stable")
    if np.isneginf(margins[order[0]]):
        return ()
    kept = [n for place, n in enumerate(order) if place == 0 or (margins[n] > 0 and not single)]
    return tuple(labels[n] for n in kept if labels[n] != NONE)


def _learnable(gold: Sequence[Codes]) -> list[str]:
    counts = Counter(code for codes in gold for code in _or_none(codes))
    return sorted(code for code, documents in counts.items() if documents >= FOLDS)


def _or_none(codes: Codes) -> Codes:
    return codes or (NONE,)
