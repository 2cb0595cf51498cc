"""Where sentences end, and what of a generated text is kept."""

from __future__ import annotations

import pytest

from pipeline.text.sentences import split_sentences
from pipeline.text.whole_sentences import is_whole, whole_sentences


def test_abbreviations_and_quotes_do_not_end_sentences() -> None:
    text = "Mr. Coale met U.S. officials at 3 p.m. in Minsk. “It was good,” he said. He left."
    assert split_sentences(text, "en") == [
        "Mr. Coale met U.S. officials at 3 p.m. in Minsk.",
        "“It was good,” he said.",
        "He left.",
    ]


def test_any_language_code_is_taken() -> None:
    assert split_sentences("Guten Tag. Auf Wiedersehen.", "de") == [
        "Guten Tag.",
        "Auf Wiedersehen.",
    ]
    assert split_sentences("One. Two.", "xx") == ["One.", "Two."]
    assert split_sentences("", None) == []


@pytest.mark.parametrize("sentence", ["It ended.", "Did it?", "“It ended.”", "It ended!)", "Fin…"])
def test_whole(sentence: str) -> None:
    assert is_whole(sentence)


@pytest.mark.parametrize("sentence", ["It ended", "It was Mr.", "He came in Sept.", "", "and,"])
def test_not_whole(sentence: str) -> None:
    assert not is_whole(sentence)


def test_a_text_that_was_cut_off_ends_with_its_last_whole_sentence() -> None:
    text = "The mayor resigned on Monday. The council will now elect"
    assert whole_sentences(text, finished=False) == ["The mayor resigned on Monday."]
    assert whole_sentences("The council will now elect", finished=False) == []


def test_a_finished_text_gets_the_full_stop_it_lacks() -> None:
    assert whole_sentences("The mayor resigned", finished=True) == ["The mayor resigned."]
    assert whole_sentences("The mayor resigned,", finished=True) == []


def test_the_models_own_end_may_stand_after_an_abbreviation() -> None:
    assert whole_sentences("He lives in Washington D.C.", True) == ["He lives in Washington D.C."]
    assert whole_sentences("He lives in Washington D.C.", False) == []


def test_labels_line_ends_and_repetitions_go() -> None:
    text = "**Summary:**\n\nThe mayor\nresigned. The mayor resigned. THE MAYOR RESIGNED. She left."
    assert whole_sentences(text, finished=True) == ["The mayor resigned.", "She left."]


def test_a_sentence_about_titles_keeps_its_words() -> None:
    assert whole_sentences("Title holders won again.", True) == ["Title holders won again."]
