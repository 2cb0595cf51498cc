"""Corruptions change what a sentence says, in their own way, and the same way every time."""

from __future__ import annotations

from random import Random

import pytest

from pipeline.summarize.support_corruptions import CORRUPTIONS, examples

ARTICLE = [
    "On Monday the mayor of Cork met Mary Byrne and John Walsh in the city hall.",
    "The council will spend 250 euros more on the harbour after long talking with Dublin.",
    "It was the third meeting of the council that has dealt with the harbour (the last was short).",
]
OTHER = [
    "A striker from Leeds scored twice for Norway in the winter games on Friday.",
    "The federation was not pleased with the referee after losing the match against Sweden.",
    "Nobody in the stadium had expected that the visitors would come back so early.",
]


@pytest.mark.parametrize("name", sorted(CORRUPTIONS))
def test_a_corruption_changes_some_sentence(name: str) -> None:
    made = [
        CORRUPTIONS[name](sentence, ARTICLE, OTHER, Random(seed))
        for sentence in ARTICLE
        for seed in range(5)
    ]
    changed = {text for text in made if text}
    assert changed and not changed & set(ARTICLE)
    again = [
        CORRUPTIONS[name](sentence, ARTICLE, OTHER, Random(seed))
        for sentence in ARTICLE
        for seed in range(5)
    ]
    assert made == again


def test_what_has_no_place_for_an_error_is_left_alone() -> None:
    text = "they all went there together again."
    for name in ("name", "number", "negation", "opposite", "roles"):
        assert CORRUPTIONS[name](text, ARTICLE, OTHER, Random(1)) is None


def test_every_true_example_is_from_its_article_and_followed_by_a_false_one() -> None:
    made = list(examples([ARTICLE, OTHER] * 10, seed=3))
    assert made == list(examples([ARTICLE, OTHER] * 10, seed=3))
    true = [one for one in made if one.supported]
    assert len(true) == 20 and {one.kind for one in true} >= {"copied", "shortened"}
    assert len(made) - len(true) >= 18
    for one in true:
        if one.kind == "copied":
            assert one.text in [
                variant for s in (ARTICLE, OTHER)[one.article % 2] for variant in (s, s.lower())
            ]
