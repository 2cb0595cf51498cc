"""Figures before and after a calibration, beside those of scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from pipeline.calibrate.scored import micro_f1, scored
from pipeline.evaluate.metrics.confidence import calibration_error
from pipeline.train.calibration.figures import changes, label_counts
from tiny_scores import CODES, overconfident


def test_figures_are_those_of_scikit_learn() -> None:
    data = scored(*overconfident(50), single=False)
    given = data.score >= 0.5
    truth = np.array([[c in codes for c in CODES] for codes in data.gold])
    said = np.zeros_like(truth)
    for document, code, one in zip(data.document, data.code, given, strict=True):
        said[document, CODES.index(str(code))] = one
    found = changes(data, given, data.score, given)
    assert found["micro_f1"].before.mean == pytest.approx(f1_score(truth, said, average="micro"))
    assert found["macro_f1"].after.mean == pytest.approx(f1_score(truth, said, average="macro"))
    assert found["coverage"].before.mean == said.any(axis=1).mean()
    assert found["ece_pairs"].before.mean == pytest.approx(
        calibration_error(data.score, data.right)
    )
    assert all(one.change.mean == one.change.low == one.change.high == 0 for one in found.values())
    sums = label_counts(data, given).sum(axis=0).reshape(3, -1).sum(axis=1)
    assert micro_f1(sums[None])[0] == pytest.approx(found["micro_f1"].before.mean)
