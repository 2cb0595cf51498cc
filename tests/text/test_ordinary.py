"""Which words are no names, and the list of them."""

from __future__ import annotations

import sys

import pytest

from command import ROOT
from pipeline.core.resources import resource
from pipeline.text.ordinary import is_ordinary

sys.path.insert(0, str(ROOT / "scripts" / "models"))
from build_words import ordinary_words


@pytest.mark.parametrize("word", "police lawyers veterinarian regaining minister ploughed".split())
def test_words_of_the_language_are_ordinary(word: str) -> None:
    assert is_ordinary(word)


@pytest.mark.parametrize("word", "johnson spicer swansea ofcom monday king erdogan nioko".split())
def test_names_are_not(word: str) -> None:
    assert not is_ordinary(word)


def test_the_list_is_of_single_words_in_small_letters_in_order() -> None:
    words = resource("text", "data", "words.txt").read_text("utf-8").split("\n")[:-1]
    assert words == sorted(set(words))
    assert all(word.isalpha() and word.isascii() and word.islower() for word in words)
    assert len(words) > 30_000


def test_words_that_are_mostly_names_and_headlines_are_left_out() -> None:
    prose = "Then the dog saw Brown and the cat, and a brown bear saw Brown and then Brown again."
    headline = "The Dog And The Cat And The Owl: See The Bear With An owl"
    assert ordinary_words(iter([prose] * 4 + [headline] * 9)) == sorted(
        "the dog saw and cat bear then again".split()
    )
