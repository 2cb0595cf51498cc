"""Baselines of labels: what the majority is, and that no SVM has seen what it is asked."""

from __future__ import annotations

from pipeline.evaluate.metrics.label_baselines import cross_validated, majority, too_few


def test_the_majority_is_the_label_of_most_documents() -> None:
    assert majority([("b",), ("a", "b"), ("a",), ("b",)]) == ("b",)
    assert majority([("b",), ("a",)]) == ("a",), "ties by code"
    assert majority([("a",), (), ()]) == (), "none can be the most frequent"
    assert majority([]) == ()


def test_svms_learn_words_that_speak_for_a_label() -> None:
    texts = [f"{word} {word} today {n}" for n in range(12) for word in ("goal", "court", "quiet")]
    gold = [one for _ in range(12) for one in (("sport",), ("law", "crime"), ())]
    found = cross_validated(texts, gold, single=False)
    assert [set(codes) for codes in found] == [set(codes) for codes in gold]
    alone = cross_validated(texts, gold, single=True)
    assert {len(codes) for codes in alone} == {0, 1} and alone[0] == ("sport",)
    assert found == cross_validated(texts, gold, single=False)


def test_no_document_is_asked_of_svms_that_were_fitted_on_it() -> None:
    # Each text has words of its own alone: known from inside, a riddle from outside.
    texts = [f"only{n} here{n} only{n}" for n in range(40)]
    gold = [("a",) if n % 2 else ("b",) for n in range(40)]
    found = cross_validated(texts, gold, single=True)
    assert sum(one == other for one, other in zip(found, gold, strict=True)) < 30


def test_samples_that_are_too_small_say_why() -> None:
    gold = [("a",), ("b",)] * 10
    assert too_few(gold) is None
    assert too_few(gold[:18]) == "18 labelled documents, fewer than 20"
    assert too_few([("a",)] * 30) == "fewer than two labels with 5 documents"
    assert too_few([("a",)] * 26 + [("b",)] * 4) is not None
    assert too_few([("a",)] * 25 + [()] * 5) is None, "to have none is a label"


def test_texts_without_words_are_given_nothing() -> None:
    assert cross_validated(["..."] * 20, [("a",), ("b",)] * 10, single=False) == [()] * 20
