"""How a sentence came about: a copy is never called anything else."""

from __future__ import annotations

import pytest

from pipeline.article import SummarySentence
from pipeline.summarize.origin import how_of, with_origin

SOURCE = [
    "The port of Galway, which handles timber, will close for three weeks in May.",
    "“We had no choice,” harbour master Una Daly said on Monday.",
    "About 40 ships a month call there.",
]


@pytest.mark.parametrize(
    ("text", "how"),
    [
        (SOURCE[0], "as_is"),
        ('"We had no choice", Harbour Master Una Daly said on Monday', "as_is"),
        ("The port of Galway will close for three weeks in May.", "shortened"),
        ("The port of Galway will close for three weeks in May", "shortened"),
        ("In May the port of Galway will close for three weeks.", "rewritten"),
        ("Galway's timber port shuts for three weeks, its harbour master said.", "rewritten"),
    ],
)
def test_a_sentence_is_told_from_its_words(text: str, how: str) -> None:
    assert how_of(text, SOURCE) == how


def test_a_word_put_in_does_not_make_a_sentence_rewritten() -> None:
    text = "The Irish port of Galway, which handles timber, will close for three weeks in May."
    assert how_of(text, SOURCE) == "shortened"


def test_a_copy_of_any_sentence_of_the_article_is_labelled_as_one() -> None:
    labelled = with_origin(
        [
            SummarySentence(SOURCE[2], 0.9, (0,)),
            SummarySentence("Galway sees 40 ships monthly.", 0.9, (2,)),
            SummarySentence(SOURCE[1], 0.9, (), how="shortened"),
            SummarySentence("Forty ships dock.", 0.2),
        ],
        SOURCE,
    )
    assert [sentence.how for sentence in labelled] == ["as_is", "rewritten", "as_is", "rewritten"]
