"""Making a text fit a number of tokens; here a token is a word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.summarize.source_text import LengthPolicy, fit, windows

TEXT = "The mayor resigned today. The council meets on Friday. A new mayor is due in May."


def words(text: str) -> int:
    return len(text.split())


def cut(text: str, budget: int, policy: LengthPolicy = "lead") -> tuple[str, int]:
    fitted = fit(text, budget, policy, words)
    [piece] = fitted.pieces
    return piece, fitted.dropped


@pytest.mark.parametrize("policy", ["lead", "head_tail", "windows"])
def test_what_fits_stays_as_it_is(policy: LengthPolicy) -> None:
    assert cut(TEXT, words(TEXT), policy) == (TEXT, 0)


def test_the_lead_ends_with_a_sentence() -> None:
    assert cut(TEXT, 10) == ("The mayor resigned today. The council meets on Friday.", 7)
    assert cut(TEXT, 9)[0].endswith("Friday.")
    assert cut(TEXT, 8)[0] == "The mayor resigned today."


def test_without_a_sentence_that_fits_between_words_and_then_characters() -> None:
    assert cut(TEXT, 2) == ("The mayor", 14)
    assert fit("x" * 1000, 300, "lead", len).pieces == ["x" * 300]
    assert cut(TEXT, 2, "head_tail") == ("The mayor", 14)


def test_head_and_tail() -> None:
    assert cut(TEXT, 12, "head_tail") == (
        "The mayor resigned today.\n\nA new mayor is due in May.",
        5,
    )
    assert cut(TEXT, 10, "head_tail") == ("The mayor resigned today.", 12)


def test_windows_hold_everything_in_parts_of_similar_size() -> None:
    sentences = [f"Sentence {n} has five words." for n in range(40)]
    parts = windows(" ".join(sentences), 60, words)
    assert " ".join(parts) == " ".join(sentences)
    assert [words(part) for part in parts] == [55, 55, 55, 35]
    assert windows(TEXT + " word" * 30, 12, words)[0] == (
        "The mayor resigned today. The council meets on Friday."
    )


@given(st.text(max_size=200), st.integers(1, 50))
def test_never_over_the_budget_and_nothing_unaccounted(text: str, budget: int) -> None:
    for policy in ("lead", "head_tail"):
        kept, dropped = cut(text, budget, policy)
        assert words(kept) <= budget
        assert words(kept) + dropped == words(text)


@given(st.text(max_size=200), st.integers(1, 50), st.sampled_from([words, len]))
def test_windows_lose_nothing(text: str, budget: int, count: type) -> None:
    parts = windows(text, budget, count)
    assert all(count(part) <= budget for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
