"""The figures of the baselines beside those of a run, under the same names and on the same
articles; and those of the sentence encoder, which only whoever asks for them waits for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.core.bootstrap import mean_interval
from pipeline.engines.base import EmbeddingEngine
from pipeline.evaluate.metrics.baselines import baseline_summaries
from pipeline.evaluate.metrics.label_baselines import (
    MAJORITY,
    SVM,
    cross_validated,
    majority,
    too_few,
)
from pipeline.evaluate.metrics.rouge import rouge
from pipeline.evaluate.metrics.scores import Metric, Pair, Scores, label_figures
from pipeline.evaluate.metrics.similarity import sentence_similarity
from pipeline.evaluate.metrics.summaries import text_figures

_NO_TEXTS = "there are no texts of the articles beside the predictions"

RUN = ""
"""The name of the run itself among the systems."""


def add_baselines(
    found: Scores,
    pairs: Sequence[Pair],
    baselines: bool = True,
    encoder: EmbeddingEngine | None = None,
) -> list[str]:
    """Add to scores those of the `baselines`, and with an open `encoder` the similarity of all
    summaries to their references; returns what a reader has to know besides."""
    notes = []
    if baselines:
        for task in ("region", "countries", "topics"):
            notes += _labels(found, pairs, task)
    referenced = [(gold, row) for gold, row in pairs if gold.summary is not None]
    if referenced:
        has_texts = any(row.text for _, row in referenced)
        if baselines and not has_texts:
            notes.append(f"summary without its baselines: {_NO_TEXTS}")
        _summaries(found, referenced, baselines and has_texts, encoder)
    return notes


def _labels(found: Scores, pairs: Sequence[Pair], task: str) -> list[str]:
    known = [(gold, said, row) for gold, row in pairs if (said := gold.codes(task)) is not None]
    if not known:
        return []
    notes = []
    codes = [said for _, said, _ in known]
    systems = {MAJORITY: [majority(codes)] * len(codes)}
    texts = [f"{row.title or ''}\n{row.text}".strip() for _, _, row in known]
    if why := too_few(codes) or (None if any(texts) else _NO_TEXTS):
        notes.append(f"{task} without the baseline {SVM}: {why}")
    else:
        systems[SVM] = cross_validated(texts, codes, single=task == "region")
    truth = [frozenset(one) for one in codes]
    for name, answers in systems.items():
        tops = [next(iter(answer), None) for answer in answers]
        figures, _ = label_figures(task, truth, [*map(frozenset, answers)], tops)
        for figure, metric in figures.items():
            _beside(found, f"{task}.{figure}", name, metric)
        for (gold, _, _), answer in zip(known, answers, strict=True):
            found.articles[gold.id].labels[task].baselines[name] = answer
    return notes


def _summaries(
    found: Scores, pairs: Sequence[Pair], baselines: bool, encoder: EmbeddingEngine | None
) -> None:
    rows = [row for _, row in pairs]
    references = [gold.summary or () for gold, _ in pairs]
    plain = baseline_summaries(rows, references) if baselines else {}
    for name, texts in plain.items():
        _add(found, pairs, name, rouge(texts, references))
        _add(found, pairs, name, {"coverage": np.array([bool(text) for text in texts], float)})
        # A figure that a text is too short for is none, and stands on the others.
        own = [text_figures(row.text, t) for row, t in zip(rows, texts, strict=True)]
        for kind in dict.fromkeys(kind for one in own for kind in one):
            some = [(pair, one[kind]) for pair, one, text in zip(pairs, own, texts, strict=True)
                    if text and kind in one]  # fmt: skip
            _add(found, [pair for pair, _ in some], name, {kind: np.array([v for _, v in some])})
    if encoder is not None:
        systems = {RUN: [row.summary or "" for row in rows], **plain}
        for name, figures in sentence_similarity(systems, references, encoder).items():
            _add(found, pairs, name, figures)


def _add(
    found: Scores, pairs: Sequence[Pair], name: str, figures: Mapping[str, NDArray[np.float64]]
) -> None:
    """Figures of a system's summaries, a value for each of `pairs`."""
    for figure, values in figures.items():
        metric = Metric(mean_interval(values), len(values))
        if name == RUN:
            found.metrics[f"summary.{figure}"] = metric
        else:
            _beside(found, f"summary.{figure}", name, metric)
        for (gold, _), value in zip(pairs, values, strict=True):
            scores = found.articles[gold.id]
            own = scores.summary if name == RUN else scores.baselines.setdefault(name, {})
            own[figure] = float(value)


def _beside(found: Scores, figure: str, name: str, metric: Metric) -> None:
    """Only beside a figure of the run: one that the run has not cannot be compared."""
    if figure in found.metrics:
        found.baselines.setdefault(figure, {})[name] = metric
