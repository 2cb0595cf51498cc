"""Fitting on scores whose true chances are known: what is found and chosen."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from pipeline.calibrate.fit import _best_cut, cross_validated, fit
from pipeline.calibrate.scored import Scored, scored
from pipeline.evaluate.metrics.confidence import calibration_error
from tiny_scores import CODES, overconfident


def made(documents: int, seed: int = 0, sharper: float = 3.0, single: bool = False) -> Scored:
    return scored(*overconfident(documents, seed, sharper), single=single)


def test_overconfident_scores_become_calibrated_on_documents_not_seen() -> None:
    data = made(150)
    held = cross_validated(data)
    before = calibration_error(data.score, data.right)
    after = calibration_error(held.chances, data.right)
    assert before > 0.12 and after < 0.06
    found = fit(data).calibration
    assert found.method == "temperature" and 2.2 < 1 / found.slope < 4
    fresh = made(2000, seed=9)
    assert calibration_error(found.probabilities(fresh.score), fresh.right) < 0.05
    assert set(held.methods) == {"temperature"}


def test_calibrated_scores_are_left_alone() -> None:
    choice = fit(made(150, sharper=1.0))
    assert choice.calibration.method == "none"
    assert choice.losses["none"] <= min(choice.losses.values()) + 0.02


def test_a_shift_takes_an_offset_and_a_bend_takes_steps() -> None:
    data = made(150, sharper=1.0)
    odds = np.log(np.clip(data.score, 1e-4, 1 - 1e-4) / np.clip(1 - data.score, 1e-4, 1))
    shifted = Scored(data.gold, data.document, data.code, 1 / (1 + np.exp(-odds - 2)), data.right,
                     single=False)  # fmt: skip
    found = fit(shifted).calibration
    assert found.method == "platt" and found.offset == pytest.approx(-2, abs=0.6)
    # Half of what is scored 0.2 and more is right, and nearly nothing below.
    draw = np.random.default_rng(1)
    scores = draw.random(400)
    right = draw.random(400) < np.where(scores < 0.2, 0.02, np.where(scores < 0.8, 0.5, 0.55))
    codes = [frozenset({CODES[0]} if one else ()) for one in right]
    bent = scored(codes, [{CODES[0]: score} for score in scores.tolist()], single=False)
    assert fit(bent).calibration.method == "isotonic"
    assert "isotonic" not in fit(bent.of(np.arange(100))).losses


def test_nothing_is_scored_by_what_it_was_fitted_on() -> None:
    data = made(40)
    held = cross_validated(data)
    # With another truth for one document, nothing that is said of it changes.
    other = data.right.copy()
    mine = data.document == 7
    other[mine] = ~other[mine]
    gold = list(data.gold)
    gold[7] = frozenset(CODES) - gold[7]
    again = cross_validated(
        Scored(tuple(gold), data.document, data.code, data.score, other, single=False)
    )
    np.testing.assert_array_equal(held.chances[mine], again.chances[mine])
    np.testing.assert_array_equal(held.given[mine], again.given[mine])
    assert (held.chances[~mine] != again.chances[~mine]).any()


def test_the_cut_is_that_of_the_best_f1() -> None:
    draw = np.random.default_rng(3)
    chances = np.round(draw.random(60), 2)
    right = draw.random(60) < chances**2
    cut, f1 = _best_cut(chances, right, int(right.sum()))
    tried = [f1_score(right, chances >= least, zero_division=0.0) for least in np.unique(chances)]
    assert f1 == pytest.approx(max(tried)) == f1_score(right, chances >= cut)
    assert cut > 0.1 and cut not in chances


def test_thresholds_by_label_come_only_where_the_data_speak_for_them() -> None:
    draw = np.random.default_rng(0)
    gold, scores = [], []
    for _ in range(300):
        # One label is right from 0.1 on, the other from 0.8.
        row = dict(zip(CODES[:2], np.round(draw.random(2), 4).tolist(), strict=True))
        gold.append(
            frozenset(c for c, least in zip(CODES, (0.1, 0.8), strict=False) if row[c] > least)
        )
        scores.append(row)
    choice = fit(scored(gold, scores, single=False))
    labels = choice.calibration.labels
    assert labels[CODES[0]] < choice.calibration.threshold < labels[CODES[1]]
    assert choice.cuts["by label"] > choice.cuts["one"] + 0.03
    assert not fit(made(60)).calibration.labels


def test_with_a_single_answer_only_the_surest_counts() -> None:
    gold = [frozenset({CODES[0]}), frozenset({CODES[1]}), frozenset[str]()]
    data = scored(gold, [{CODES[1]: 0.8, CODES[0]: 0.9}, {CODES[0]: 0.7}, {}], single=True)
    assert data.surest().tolist() == [True, False, True]
    calibration = fit(made(40, single=True)).calibration
    assert data.chosen(np.array([0.9, 0.8, 0.1]), calibration).tolist() == [True, False, False]
    assert data.counts(np.array([True, False, True])).tolist() == [[1, 1, 1], [0, 1, 1], [0, 0, 0]]
