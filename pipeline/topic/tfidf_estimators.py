"""scikit-learn's parts of the plain topic baseline, unfitted: for training it, and for `evaluate`,
which fits the same on a labelled sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydantic import NonNegativeInt, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.topic.tfidf import terms

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC


@dataclass(config=PLUGIN)
class TfidfSettings:
    """`features` is the size of the vocabulary, of terms in at least `min_documents` texts; `c` the
    inverse of the SVM's regularisation. A topic with fewer than `fewest` examples for or against
    it is not learnt."""

    features: PositiveInt = 60_000
    min_documents: PositiveInt = 2
    c: PositiveFloat = 0.5
    fewest: PositiveInt = 10
    seed: NonNegativeInt = 0


def tfidf_vectorizer(settings: TfidfSettings, texts: int) -> TfidfVectorizer:
    """What makes vectors of so many texts: the weights of their terms. Unfitted."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(
        analyzer=terms,
        sublinear_tf=True,
        min_df=min(settings.min_documents, max(1, texts)),
        max_features=settings.features,
        dtype=np.float32,
    )


def linear_svm(settings: TfidfSettings) -> LinearSVC:
    """The classifier of one topic. Unfitted."""
    from sklearn.svm import LinearSVC

    return LinearSVC(C=settings.c, random_state=settings.seed)
