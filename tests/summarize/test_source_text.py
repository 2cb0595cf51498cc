"""Cutting to a number of tokens; here a token is a word."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.summarize.source_text import cut_to_tokens

TEXT = "The mayor resigned today. The council meets on Friday. A new mayor is due in May."


def words(text: str) -> int:
    return len(text.split())


def test_what_fits_stays_as_it_is() -> None:
    assert cut_to_tokens(TEXT, words(TEXT), words) == (TEXT, 0)


def test_the_cut_is_on_a_sentence() -> None:
    assert cut_to_tokens(TEXT, 10, words) == (
        "The mayor resigned today. The council meets on Friday.",
        7,
    )
    assert cut_to_tokens(TEXT, 9, words)[0].endswith("Friday.")
    assert cut_to_tokens(TEXT, 8, words)[0] == "The mayor resigned today."


def test_without_a_sentence_that_fits_between_words_and_then_characters() -> None:
    assert cut_to_tokens(TEXT, 2, words) == ("The mayor", 14)
    assert cut_to_tokens("x" * 1000, 300, len) == ("x" * 300, 700)


@given(st.text(max_size=200), st.integers(1, 50))
def test_never_over_the_budget_and_nothing_unaccounted(text: str, budget: int) -> None:
    kept, dropped = cut_to_tokens(text, budget, words)
    assert words(kept) <= budget
    assert words(kept) + dropped == words(text)
