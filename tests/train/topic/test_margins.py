"""The support vector machine of each topic: what it learns from, and what it leaves alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from pipeline.train.topic.fit import Targets, fit_margins

RIGHT = np.array([[1, 0, 0, 1]] * 4 + [[0, 1, 0, 1]] * 4 + [[0, 0, 0, 1]] * 4, dtype=bool)
WORDS = np.eye(3, dtype=np.float32)[[0] * 4 + [1] * 4 + [2] * 4]


def targets(known: NDArray[np.bool_]) -> Targets:
    rows = len(RIGHT)
    return Targets(RIGHT, known, np.zeros(rows, dtype=bool), np.array(["set"] * rows))


def test_each_topic_is_parted_from_the_others() -> None:
    coefficients, offsets = fit_margins(csr_matrix(WORDS), targets(np.ones_like(RIGHT)))
    assert coefficients.shape == (3, 4) and offsets.shape == (4,)
    margins = WORDS @ coefficients + offsets
    assert ((margins[:, :2] > 0) == RIGHT[:, :2]).all()


def test_rows_that_do_not_know_a_topic_say_nothing_of_it() -> None:
    known = np.ones_like(RIGHT)
    known[8:, 0] = False
    found = fit_margins(csr_matrix(WORDS), targets(known))
    alone = Targets(*(part[:8] for part in vars(targets(known)).values()))
    expected = fit_margins(csr_matrix(WORDS[:8]), alone)
    np.testing.assert_allclose(found[0][:, 0], expected[0][:, 0])
    assert found[0][2, 0] == 0 and found[0][2, 1] < 0


def test_a_topic_of_no_row_or_of_all_has_one_margin_for_every_row() -> None:
    coefficients, offsets = fit_margins(csr_matrix(WORDS), targets(np.ones_like(RIGHT)))
    assert not coefficients[:, 2:].any() and offsets[2:].tolist() == [-1, -1]
