"""Content words: which count, and which forms of a word are equal."""

from __future__ import annotations

import pytest

from pipeline.text.content_words import content_words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("elected", "Election"),
        ("Cork's", "Cork"),
        ("the mayors’", "mayors"),
        ("1,200", "1200"),
        ("Three", "3"),
        ("ELECTION", "elections"),
        ("straße", "STRASSE"),
    ],
)
def test_forms_of_one_word_are_equal(one: str, other: str) -> None:
    assert content_words(one) == content_words(other) != []


@pytest.mark.parametrize(("one", "other"), [("Iran", "Iraq"), ("1.5", "15"), ("12", "123")])
def test_other_words_are_not(one: str, other: str) -> None:
    assert content_words(one) != content_words(other)


def test_function_words_and_signs_do_not_count() -> None:
    text = "The mayor said that it was, after all, up to him: 3-hour talk!"
    assert content_words(text) == ["mayor", "him", "3", "hour", "talk"]
    assert content_words("") == content_words("the of and -- _ !") == []


def test_order_and_repetitions_are_kept() -> None:
    assert content_words("trams, buses and trams") == ["trams", "buses", "trams"]
