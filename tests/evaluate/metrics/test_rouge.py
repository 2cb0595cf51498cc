"""ROUGE against values counted by hand."""

from __future__ import annotations

import pytest

from pipeline.evaluate.metrics.rouge import rouge


def scores(summary: str, *references: str) -> list[float]:
    return [float(values[0]) for values in rouge([summary], [references]).values()]


def test_the_same_text_has_100_and_another_0() -> None:
    text = "Rain fell in Cork. The river rose."
    assert scores(text, text) == [100, 100, 100]
    assert scores("Penguins adore jazz.", text) == [0, 0, 0]
    assert scores("", text) == [0, 0, 0]


def test_f1_of_words_pairs_and_longest_subsequence() -> None:
    # 4 words against 6: 3 in common (the, cat, mat); 1 pair of 3 and 5 (the cat); the longest
    # common subsequence is "the cat mat".
    found = scores("The cat ate mat.", "The cat sat on a mat.")
    assert found == pytest.approx([100 * 2 * 3 / 10, 100 * 2 * 1 / 8, 100 * 2 * 3 / 10])


def test_words_are_compared_by_their_stems() -> None:
    assert scores("Mayors voted.", "The mayor votes.")[0] == pytest.approx(100 * 2 * 2 / 5)


def test_lsum_compares_sentence_by_sentence() -> None:
    # Sentences in another order: a plain ROUGE-L would have 50.
    found = scores("Rain fell hard. Rivers rose fast.", "Rivers rose fast. Rain fell hard.")
    assert found[2] == pytest.approx(100)
    assert found[1] == pytest.approx(100 * 4 / 5)


def test_the_best_of_several_references_counts_for_each_figure() -> None:
    several = ["Penguins adore jazz.", "Rain fell.", "It rained in Cork all day."]
    assert scores("Rain fell.", *several) == [100, 100, 100]
    both = rouge(["Rain fell.", "Jazz."], [several, several])
    assert both["rouge1"].shape == (2,)
    assert both["rouge1"].tolist() == pytest.approx([100, 50])
