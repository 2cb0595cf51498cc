"""The plain support check: sources, score, and names and numbers the article lacks."""

from __future__ import annotations

from pipeline.article import SummarySentence
from pipeline.summarize.support import check_support

SOURCE = [
    "Belarus freed 52 prisoners on Thursday after talks in Minsk.",
    "John Coale, a lawyer for the U.S. president, met the Belarusian leader.",
    "The three-hour meeting cost $1,200.",
]


def check(sentence: str) -> SummarySentence:
    return check_support([sentence], SOURCE, "Prisoners freed in Minsk")[0]


def test_a_copied_sentence_is_fully_supported_by_its_source() -> None:
    checked = check(SOURCE[1])
    assert checked.support == 1.0
    assert checked.source_sentences == (1,)
    assert checked.unsupported == ()


def test_two_sources_are_found_for_a_fused_sentence() -> None:
    checked = check("Belarus freed 52 prisoners after John Coale met its leader.")
    assert checked.source_sentences == (0, 1)
    assert checked.support > 0.9


def test_names_and_numbers_of_its_own_are_listed() -> None:
    checked = check("Belarus freed 53 prisoners after talks with Angela Merkel.")
    assert checked.unsupported == ("53", "Angela Merkel")
    assert check("Merkel met Coale.").unsupported == ()  # a capital at the start proves nothing
    assert check("Angela Merkel met Coale.").unsupported == ("Angela Merkel",)


def test_other_forms_of_the_same_name_or_number_are_found() -> None:
    text = "Belarusians paid 1200 dollars for a 3-hour talk, Coale's second in Minsk."
    assert check(text).unsupported == ()


def test_a_name_that_only_begins_alike_is_another() -> None:
    source = ["Austria and Iran signed it in June, after 1,000 days."]
    [checked] = check_support(["It was signed by Australia and Iraq in July."], source, None)
    assert checked.unsupported == ("Australia", "Iraq", "July")
    [checked] = check_support(["It was signed by Austrians after 100 days."], source, None)
    assert checked.unsupported == ("100",)


def test_an_invented_sentence_has_no_support() -> None:
    checked = check("Penguins adore jazz.")
    assert checked.support == 0.0 and checked.source_sentences == ()
