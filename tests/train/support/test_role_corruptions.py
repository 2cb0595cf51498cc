"""Corruptions of roles: what each changes, that nothing new comes in, and that draws repeat."""

from __future__ import annotations

import re
from random import Random

import pytest

from pipeline.train.support.role_corruptions import ROLE_CORRUPTIONS, corrupted
from pipeline.train.support.true_sentences import true_sentence

ARTICLE = [
    "Mayor Aoife Byrne of Cork accused John Walsh of taking 250 euros before the vote on Monday.",
    "The harbour union plans to open a second pier because the old one was closed in May.",
    "Walsh said the council may sell the land to Dublin Ferries after 12 months.",
    "Prosecutors have not charged anyone, and the harbour was cleared by 40 workers.",
    "Dublin Ferries is expected to hire more than 300 people, according to Byrne.",
    "Residents rejected the plan while the weather was bad.",
]


@pytest.mark.parametrize("name", sorted(ROLE_CORRUPTIONS))
def test_each_changes_some_sentence_the_same_way_every_time(name: str) -> None:
    corruption, _ = ROLE_CORRUPTIONS[name]
    made = [corruption(text, ARTICLE, Random(seed)) for text in ARTICLE for seed in range(6)]
    changed = {text for text in made if text}
    assert changed - set(ARTICLE)
    again = [corruption(text, ARTICLE, Random(seed)) for text in ARTICLE for seed in range(6)]
    assert made == again


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("certain", ARTICLE[1], "The harbour union has opened a second pier because"),
        ("certain", ARTICLE[2], "Walsh said the council has sold the land"),
        ("certain", "The man suspected of arson was taken away, police allegedly said.",
         "The man suspected of arson was taken away, police said."),
        ("roles", "Byrne sued Walsh.", None),
        ("roles", "Byrne has sued Walsh.", "Walsh has sued Byrne."),
        ("roles", "Byrne, Walsh came.", None),
        ("denial", ARTICLE[3], "Prosecutors have charged anyone"),
        ("turn", "Sales rose in May.", "Sales fell in May."),
        ("turn", "He fled before it burnt.", "He fled after it burnt."),
    ],
)  # fmt: skip
def test_a_corruption_does_what_it_is_for(name: str, text: str, wanted: str | None) -> None:
    made = ROLE_CORRUPTIONS[name][0](text, ARTICLE, Random(1))
    assert made is None if wanted is None else made and made.startswith(wanted)


def test_numbers_and_names_are_those_of_the_article() -> None:
    known = set(re.findall(r"[A-Z]\w+|\d+", " ".join(ARTICLE)))
    speakers = {"Police", "Officials", "Critics", "Witnesses", "Experts", "Researchers", "Lawyers",
                "His", "Campaigners", "The", "Prosecutors"}  # fmt: skip
    for seed in range(20):
        for text in ARTICLE:
            for false, kind in corrupted(text, ARTICLE, Random(seed), 3):
                assert false != text and kind in ROLE_CORRUPTIONS
                assert set(re.findall(r"[A-Z]\w+|\d+", false)) <= known | speakers


def test_a_sentence_without_a_place_for_an_error_gives_none() -> None:
    assert corrupted("Rain.", ["Rain."], Random(1), 3) == []


def test_true_sentences_keep_to_the_words_of_the_article() -> None:
    words = set(re.findall(r"\w+", " ".join(ARTICLE).lower())) | {"and"}
    kinds = set()
    for seed in range(40):
        made = true_sentence(ARTICLE, Random(seed))
        assert made is not None
        kinds.add(made[1])
        assert set(re.findall(r"\w+", made[0].lower())) <= words
    assert kinds == {"shortened", "joined", "copied"}
    assert true_sentence(["Too short."], Random(0)) is None
