"""ROUGE of summaries against references, by Google's `rouge-score`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.core.extras import needs
from pipeline.text.sentences import split_sentences

ROUGE = ("rouge1", "rouge2", "rougeLsum")


def rouge(
    summaries: Sequence[str], references: Sequence[Sequence[str]]
) -> dict[str, NDArray[np.float64]]:
    """F1 in 0..100 of each summary, against the best of its references, shape (summaries,).

    With Porter's stemmer. ROUGE-Lsum (Lin 2004, on a sentence a line) is the figure that papers
    call ROUGE-L on CNN/DailyMail; it differs from plain ROUGE-L by up to ten points.
    """
    with needs("rouge_score", "evaluate"):
        from rouge_score.rouge_scorer import RougeScorer
    scorer = RougeScorer(list(ROUGE), use_stemmer=True)
    scores = np.zeros((len(summaries), len(ROUGE)))
    for row, (summary, several) in enumerate(zip(summaries, references, strict=True)):
        lines = _lines(summary)
        found = [scorer.score(_lines(reference), lines) for reference in several]
        for column, name in enumerate(ROUGE):
            scores[row, column] = max(score[name].fmeasure for score in found)
    return {name: 100 * scores[:, column] for column, name in enumerate(ROUGE)}


def _lines(text: str) -> str:
    return "\n".join(split_sentences(text))
