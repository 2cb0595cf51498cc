"""Calibration against scikit-learn on random answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from pipeline.evaluate.metrics.confidence import calibration, calibration_error, reliability

ANSWERS = st.lists(
    # In the middle of a thousandth: scikit-learn puts the edge of a bin on its other side.
    st.tuples(st.integers(0, 999).map(lambda n: (n + 0.5) / 1000), st.booleans()),
    min_size=1,
    max_size=30,
)


@settings(max_examples=40, deadline=None)
@given(ANSWERS)
def test_bins_and_brier_as_scikit_learn_has_them(answers: list[tuple[float, bool]]) -> None:
    confidence = np.array([sure for sure, _ in answers])
    correct = np.array([right for _, right in answers], dtype=float)
    theirs = calibration_curve(correct, confidence, n_bins=10)
    bins = [one for one in reliability(confidence, correct) if one["count"]]
    assert [one["accuracy"] for one in bins] == pytest.approx(theirs[0])
    assert [one["confidence"] for one in bins] == pytest.approx(theirs[1])
    counts = np.histogram(confidence, np.arange(11) / 10)[0]
    assert [one["count"] for one in reliability(confidence, correct)] == counts.tolist()
    found = calibration(confidence, correct)
    gaps = np.abs(theirs[0] - theirs[1]) * counts[counts > 0]
    assert found["ece"].mean == pytest.approx(gaps.sum() / len(answers))
    assert found["ece"].mean == pytest.approx(calibration_error(confidence, correct))
    assert found["brier"].mean == pytest.approx(
        brier_score_loss(correct, confidence, pos_label=1, labels=[0, 1])
    )
