"""Scores of labels: by hand, and against scikit-learn on random data."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, precision_recall_fscore_support
from sklearn.preprocessing import MultiLabelBinarizer

from pipeline.core.bootstrap import mean_interval, sums_interval
from pipeline.evaluate.metrics.classification import (
    answered,
    confusion,
    hierarchical_f1,
    set_scores,
)
from pipeline.evaluate.metrics.confidence import (
    calibration,
    reliability,
    risk_coverage,
    threshold_sweep,
)

SETS = st.frozensets(st.sampled_from("abcde"), max_size=3)


def sets(*words: str) -> list[frozenset[str]]:
    return [frozenset(word) for word in words]


def test_sets_by_hand() -> None:
    found = set_scores(sets("a", "ab", "", "c"), sets("a", "b", "a", ""))
    means = {name: figure.mean for name, figure in found.figures.items()}
    assert means["exact_match"] == 1 / 4
    assert means["micro_precision"] == pytest.approx(2 / 3)
    assert means["micro_recall"] == 2 / 4
    assert means["micro_f1"] == pytest.approx(4 / 7)
    assert means["macro_f1"] == pytest.approx((1 / 2 + 1 + 0) / 3)
    assert (found.labels["a"]["gold"], found.labels["a"]["predicted"]) == (2, 2)
    assert found.labels["b"]["f1"] == 1 and found.labels["c"]["f1"] == 0
    assert all(f.low <= f.mean <= f.high for f in found.figures.values())


@settings(max_examples=25, deadline=None)
@example([(frozenset(), frozenset()), (frozenset(), frozenset("a"))])
@given(st.lists(st.tuples(SETS, SETS), min_size=1, max_size=8))
def test_sets_as_scikit_learn_has_them(pairs: list[tuple[frozenset[str], frozenset[str]]]) -> None:
    gold, said = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    names = sorted(frozenset().union(*gold, *said))
    scores = set_scores(gold, said)
    found = scores.figures
    if not names:
        assert list(found) == ["exact_match"]
        return
    binarizer = MultiLabelBinarizer(classes=names)
    truth, guess = binarizer.fit_transform(gold), binarizer.transform(said)
    for place, name in enumerate(names):
        one = precision_recall_fscore_support(
            truth[:, place], guess[:, place], average="binary", zero_division=0
        )
        label = scores.labels[name]
        assert (label["precision"], label["recall"], label["f1"]) == pytest.approx(one[:3])
    if len(names) == 1:  # a matrix of one column has two classes for scikit-learn
        truth, guess = (np.hstack([m, np.zeros_like(m)]) for m in (truth, guess))
    for average in ("micro", "macro"):
        theirs = precision_recall_fscore_support(
            truth, guess, average=average, zero_division=0, labels=range(len(names))
        )
        for kind, value in zip(("precision", "recall", "f1"), theirs, strict=False):
            assert found[f"{average}_{kind}"].mean == pytest.approx(value)


def test_the_tree_forgives_a_neighbour_half() -> None:
    gold = [frozenset({"202"})] * 3
    found = hierarchical_f1(gold, [frozenset({"202"}), frozenset({"015"}), frozenset({"150"})])
    # {202, 002} against itself, {015, 002} and {150}
    assert found["hierarchical_precision"].mean == pytest.approx(3 / 5)
    assert found["hierarchical_recall"].mean == pytest.approx(3 / 6)
    assert found["hierarchical_f1"].mean == pytest.approx(6 / 11)


@pytest.mark.parametrize(
    ("gold", "said", "hits", "predicted", "true"),
    [
        ("202", "202", 2, 2, 2),  # {202, 002}
        ("202", "002", 1, 1, 2),  # the region alone: all right, half of it
        ("002", "202", 1, 2, 1),
        ("014", "202", 2, 2, 3),  # Eastern Africa is in Sub-Saharan Africa
        ("014", "017", 2, 3, 3),  # and so is Middle Africa
        ("202", "", 0, 0, 2),
        ("", "202", 0, 2, 0),
        ("001", "202", 0, 2, 0),  # World is above all, and says nothing
        ("", "", 0, 0, 0),
    ],
)
def test_the_tree_by_hand(gold: str, said: str, hits: int, predicted: int, true: int) -> None:
    pair = [[frozenset({code} - {""})] for code in (gold, said)]
    found = {name: figure.mean for name, figure in hierarchical_f1(*pair).items()}
    assert found == {
        "hierarchical_precision": hits / predicted if predicted else 0,
        "hierarchical_recall": hits / true if true else 0,
        "hierarchical_f1": 2 * hits / (predicted + true) if predicted + true else 0,
    }


def test_several_codes_share_what_is_above_them() -> None:
    found = hierarchical_f1([frozenset({"015", "202"})], [frozenset({"202", "151"})])
    # {015, 202, 002} and {202, 002, 151, 150}
    assert found["hierarchical_f1"].mean == pytest.approx(2 * 2 / 7)


def test_coverage_and_abstention() -> None:
    found = answered(sets("a", "b", "", "c"), ["a", "c", None, None])
    assert {name: figure.mean for name, figure in found.items()} == {
        "coverage": 0.5, "abstention": 0.5, "selective_accuracy": 0.5, "abstention_precision": 0.5
    }  # fmt: skip
    assert np.isnan(answered(sets("a"), [None])["selective_accuracy"].mean)
    assert confusion(["a", "a", ""], ["a", "b", "a"]) == (
        ["", "a", "b"], [[0, 1, 0], [0, 1, 1], [0, 0, 0]]
    )  # fmt: skip


def test_calibration_by_hand() -> None:
    confidence, correct = np.array([0.95, 0.85, 0.25, 1.0]), np.array([1.0, 0.0, 1.0, 1.0])
    found = calibration(confidence, correct)
    # last bin: |0.95 + 1.0 - 2| = 0.05
    assert found["ece"].mean == pytest.approx((0.05 + 0.85 + 0.75) / 4)
    assert found["brier"].mean == pytest.approx(brier_score_loss(correct, confidence))
    bins = reliability(confidence, correct)
    assert [one["count"] for one in bins] == [0, 0, 1, 0, 0, 0, 0, 0, 1, 2]
    assert bins[9]["accuracy"] == 1 and bins[9]["confidence"] == pytest.approx(0.975)
    assert bins[0]["accuracy"] is None


def test_risk_and_coverage() -> None:
    curve, area = risk_coverage(np.array([0.9, 0.5, 0.5, 0.1]), np.array([1.0, 0.0, 1.0, 0.0]))
    assert curve == [(0.25, 0), (0.75, pytest.approx(1 / 3)), (1, 0.5)]
    assert area == pytest.approx((0 + 2 / 3 + 1 / 2) / 4)


def test_thresholds() -> None:
    found = threshold_sweep(sets("a", "b"), [{"a": 0.9, "b": 0.4}, {"b": 0.6}], steps=2)
    assert [row["precision"] for row in found] == [pytest.approx(2 / 3), 1, 0]
    assert [row["recall"] for row in found] == [1, 1, 0]
    assert [row["coverage"] for row in found] == [1, 1, 0]


def test_sums_draw_the_documents_that_means_do() -> None:
    values = np.random.default_rng(3).normal(5, 2, 70)
    columns = np.stack([values, np.ones(70)], axis=1)
    ours = sums_interval(columns, lambda sums: sums[:, 0] / sums[:, 1], 450)
    theirs = mean_interval(values, 450)
    assert (ours.mean, ours.low, ours.high) == pytest.approx((theirs.mean, theirs.low, theirs.high))


def test_a_thousand_documents_in_less_than_five_seconds() -> None:
    chance = np.random.default_rng(1)
    gold = [frozenset({str(n)}) for n in chance.integers(0, 17, 1000)]
    said = [frozenset({str(n)}) for n in chance.integers(0, 17, 1000)]
    begun = time.process_time()
    set_scores(gold, said)
    assert time.process_time() - begun < 5
