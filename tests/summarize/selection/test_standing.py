"""A pronoun or a short name is completed where there is no choice, and never guessed."""

from __future__ import annotations

import pytest

from pipeline.summarize.selection.standing import standing


@pytest.mark.parametrize(
    ("before", "sentence", "completed"),
    [
        ("Mr Adeyemi was arrested at his home in Leeds.", "He denies the charges.",
         "Mr Adeyemi denies the charges."),
        ("Una Daly, 34, was arrested in Leeds on Monday.", "She denies the charges.",
         "Una Daly denies the charges."),
        ("“The port is safe,” said Prof Una Daly.", "She warned that storms would come.",
         "Prof Una Daly warned that storms would come."),
        ("Una Daly was elected on Monday.", "Her party lost two seats.",
         "Una Daly's party lost two seats."),
        ("Una Daly was elected on Monday.", "But she lost two seats.",
         "Una Daly lost two seats."),
        ("Una Daly said Tom Voss had been elected.", "He denies it.", None),
        ("Hollande spoke after an attack on Emmanuel Macron.", "He gave no details.", None),
        ("Mrs Daly was arrested on Monday.", "He denies it.", None),
        ("Una Daly met a man from Leeds.", "She denies it.", None),
        ("The council met on Monday.", "He denies it.", None),
        ("Perks Deconstruction took the house apart, said Perks.", "She was hired.", None),
        ("Author Una Daly tweeted: “I lost a friend.", "She was one of the best.”", None),
        ("The Port Authority was founded in 1911.", "It is the second largest.", None),
    ],
)  # fmt: skip
def test_a_pronoun_is_completed_where_one_person_is_named(
    before: str, sentence: str, completed: str | None
) -> None:
    stands = standing([before, sentence], 1)
    assert stands.text == (completed or sentence)
    assert stands.alone == (completed is not None)
    assert stands.origin == (0 if completed else None)


def test_a_surname_gets_the_name_that_the_article_gave_before() -> None:
    article = [
        "The harbour master, Una Daly, closed the port.",
        "Two ships had to wait.",
        "Daly said the port would open in May.",
    ]
    stands = standing(article, 2)
    assert (stands.text, stands.origin) == ("Una Daly said the port would open in May.", 0)
    assert standing([*article[:2], "Daly, who is 34, closed it."], 2).text == (
        "Una Daly, who is 34, closed it."
    )
    article[1] = "Her brother, Tom Daly, is a pilot."
    assert standing(article, 2).text == article[2], "two people have the name"


def test_an_office_held_before_is_not_put_back() -> None:
    article = ["It was decided by former President Una Daly.", "Daly said it was late."]
    assert standing(article, 1).text == "Una Daly said it was late."


def test_a_pronoun_goes_over_no_gap() -> None:
    assert not standing(["Una Daly was elected.", None, "She denies it."], 2).alone


@pytest.mark.parametrize(
    "sentence",
    [
        "They left on Monday.",
        "This was denied.",
        "The company said it was sorry.",
        "The 34-year-old was arrested.",
        "The pair were arrested.",
        "Both were arrested.",
        "Another was arrested.",
        "“It was late,” he said.",
        "But it's also one of the poorest nations.",
        "However, they left on Monday.",
        "Bestowed by the port since 1987, it comes with money.",
    ],
)
def test_a_sentence_that_points_back_does_not_stand_alone(sentence: str) -> None:
    assert not standing(["Two ships met.", sentence], 1).alone


@pytest.mark.parametrize(
    "sentence",
    [
        "The government said it was sorry.",
        "Una Daly said she was sorry.",
        "It is not clear whether the port will open.",
        "This week the port will open.",
        "Ships lost their way.",
        "“I am sorry,” Una Daly said.",
    ],
)
def test_a_sentence_that_names_what_it_speaks_of_stands_alone(sentence: str) -> None:
    stands = standing(["Two ships met.", sentence], 1)
    assert stands.alone and stands.text == sentence


@pytest.mark.parametrize(
    ("sentence", "alone"),
    [
        ("A court said such contracts were void.", False),
        ("A court said such contracts as these were void.", True),
        ("No contracts hold where such contracts have no date.", True),
        ("Rather, the board hides what it spends.", False),
    ],
)
def test_what_such_points_to_has_to_be_there(sentence: str, alone: bool) -> None:
    assert standing(["The council met on Monday.", sentence], 1).alone is alone
