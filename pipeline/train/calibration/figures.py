"""How good scores were before a calibration and are after it, over the same documents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pipeline.calibrate.calibration import Floats
from pipeline.calibrate.scored import Bools, Scored, micro_f1
from pipeline.core.bootstrap import Interval, sums_interval
from pipeline.evaluate.metrics.confidence import document_gaps, ece_of


@dataclass(frozen=True, slots=True)
class Change:
    """A figure before and after, and the difference over the same resamples of documents."""

    before: Interval
    after: Interval
    change: Interval


def changes(data: Scored, given_before: Bools, chances: Floats, given: Bools) -> dict[str, Change]:
    """ECE of all pairs and of the surest code of each document, micro and macro F1 and the share of
    documents with an answer, by which pairs were answers before and are now."""
    first = data.surest()
    every = np.ones(len(first), dtype=bool)
    found = {}
    for name, rows in (("ece_pairs", every), ("ece_strongest", first)):
        gaps = [
            document_gaps(s[rows], data.right[rows], data.document[rows], len(data.gold))
            for s in (data.score, chances)
        ]
        found[name] = _change(gaps[0], gaps[1], ece_of)
    old, new = label_counts(data, given_before), label_counts(data, given)
    found["micro_f1"] = _change(old, new, _micro)
    found["macro_f1"] = _change(old, new, _macro)
    found["coverage"] = _change(
        _answered(old), _answered(new), lambda sums: sums[:, 0] / sums[:, 1]
    )
    return found


def label_counts(data: Scored, given: Bools) -> Floats:
    """Hits, answers and labels of each document by label, shape (documents, 3 * labels)."""
    names = names_of(data)
    place = {name: number for number, name in enumerate(names)}
    found = np.zeros((len(data.gold), 3, len(names)))
    codes = np.array([place[code] for code in data.code.tolist()], dtype=np.int64)
    np.add.at(found[:, 0], (data.document, codes), given & data.right)
    np.add.at(found[:, 1], (data.document, codes), given)
    for number, gold in enumerate(data.gold):
        for code in gold:
            found[number, 2, place[code]] = 1
    return found.reshape(len(data.gold), -1)


def names_of(data: Scored) -> list[str]:
    """The codes that were scored or are gold, in the order of the columns of `label_counts`."""
    return sorted({*data.code.tolist(), *frozenset().union(*data.gold)})


def _change(before: Floats, after: Floats, figure: Callable[[Floats], Floats]) -> Change:
    width = before.shape[1]
    both = np.hstack([before, after])
    return Change(
        sums_interval(before, figure),
        sums_interval(after, figure),
        sums_interval(both, lambda sums: figure(sums[:, width:]) - figure(sums[:, :width])),
    )


def _answered(counts: Floats) -> Floats:
    said = counts.reshape(len(counts), 3, -1)[:, 1].sum(axis=1) > 0
    return np.stack([said, np.ones(len(counts))], axis=1).astype(float)


def _micro(sums: Floats) -> Floats:
    return micro_f1(sums.reshape(len(sums), 3, -1).sum(axis=2))


def _macro(sums: Floats) -> Floats:
    """Over the labels that occur in gold or answers, as `evaluate.metrics.classification`."""
    hits, said, gold = sums.reshape(len(sums), 3, -1).transpose(1, 0, 2)
    below = said + gold
    f1 = np.divide(2 * hits, below, out=np.zeros_like(hits), where=below > 0)
    occur = (below > 0).sum(axis=1)
    return np.asarray(np.divide(f1.sum(axis=1), occur, out=np.zeros(len(sums)), where=occur > 0))
