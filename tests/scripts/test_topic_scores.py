"""How topic classifiers are scored: partial labels, several topics, coverage, calibration."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

from command import ROOT
from pipeline.evaluate.metrics.confidence import calibration_error
from pipeline.train.topic.fit import targets_of
from pipeline.train.topic.rows import TopicRow

sys.path.insert(0, str(ROOT / "scripts" / "models"))
import topic_scores as scores

A, B, C, D = LABELS = ["a", "b", "c", "d"]


def row(*topics: str, any_of: tuple[str, ...] = (), known: str = "abc") -> TopicRow:
    return TopicRow("", "s", "", "x", topics, tuple(known), any_of)


def test_only_topics_that_the_set_has_often_count() -> None:
    rows = [row(A)] * 100 + [row(B)] * 99 + [row(any_of=(B, C))] * 100
    asked = scores.questions(rows, LABELS)
    assert asked.groups == ((0,), (1, 2))
    assert asked.known.tolist() == [True, True, True, False]
    assert not asked.several
    assert scores.questions([*rows, row(A, B)], LABELS).several


def test_an_answer_is_looked_for_among_what_the_set_knows() -> None:
    asked = scores.questions([row(A)] * 100 + [row(B)] * 100, LABELS)
    chances = np.array([[0.2, 0.3, 0.1, 0.9], [0.8, 0.7, 0.1, 0.0]], np.float32)
    least = np.full(4, 0.5, np.float32)
    assert scores.answers(chances, least, asked).astype(int).tolist() == [
        [0, 1, 0, 0],
        [1, 0, 0, 0],
    ]
    several = scores.questions([row(A)] * 100 + [row(A, B)] * 100, LABELS)
    assert scores.answers(chances, least, several)[1].tolist() == [True, True, False, False]


def test_macro_f1_is_the_mean_of_the_topics_and_either_is_one() -> None:
    rows = [row(A)] * 100 + [row(any_of=(B, C))] * 100
    asked = scores.questions(rows, LABELS)
    told = targets_of([row(A), row(A), row(any_of=(B, C)), row(any_of=(B, C))], LABELS)
    given = np.zeros((4, 4), dtype=bool)
    given[[0, 1, 2, 3], [0, 1, 1, 2]] = True  # A right, A missed as B, both of either right
    assert scores.topic_f1(given, told, asked).tolist() == pytest.approx([2 / 3, 4 / 5])
    assert scores.macro_f1(given, told, asked) == pytest.approx((2 / 3 + 4 / 5) / 2)
    found = scores.interval(given, told, asked)
    assert found.low <= found.mean <= found.high
    assert found.mean == pytest.approx(100 * (2 / 3 + 4 / 5) / 2)


def test_the_surest_articles_are_measured_alone() -> None:
    asked = scores.questions([row(A)] * 100 + [row(B)] * 100, LABELS)
    told = targets_of([row(A), row(B), row(B), row(A)], LABELS)
    chances = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]], np.float32)
    chances = np.pad(chances, ((0, 0), (0, 2)))
    given = scores.answers(chances, np.ones(4, np.float32), asked)
    chance, right = scores.strongest(chances, told, asked)
    assert right.tolist() == [True, True, False, True]
    np.testing.assert_allclose(chance, [0.9, 0.8, 0.6, 0.7], rtol=1e-6)
    # What topics have that the set does not know is no answer to it.
    knows = replace(asked, known=np.array([True, True, False, False]))
    other = np.pad(chances[:, :2] / 2, ((0, 0), (0, 2)), constant_values=0.6)
    np.testing.assert_allclose(scores.strongest(other, told, knows)[0], chance, rtol=1e-6)
    whole = scores.by_coverage(given, chance, told, asked, 1.0)
    assert whole < scores.by_coverage(given, chance, told, asked, 0.75) == 1.0


def test_calibration_error_is_the_gap_between_chance_and_truth() -> None:
    chance = np.array([0.95] * 10 + [0.35] * 10, np.float32)
    right = np.array([True] * 9 + [False] + [True] * 3 + [False] * 7)
    assert calibration_error(chance, right) == pytest.approx(0.05, abs=1e-6)
    assert calibration_error(chance, ~right) > 0.3
