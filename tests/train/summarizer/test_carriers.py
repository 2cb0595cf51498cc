"""Which source sentences a written summary is traced to."""

from __future__ import annotations

from pipeline.train.summarizer.carriers import carriers, details_missing

SOURCE = [
    "The council of Linden voted 7-2 on Tuesday to close its only swimming pool.",
    "Parents protested outside the town hall before the meeting.",
    "Repairs would cost 1.4 million dollars, the treasurer, Ana Holt, told members.",
    "The pool opened in 1961.",
]
RARITY = {"counc": 1.0, "linde": 5.0, "voted": 2.0, "close": 2.0, "pool": 4.0, "swimm": 4.0}


def test_a_sentence_is_traced_to_what_it_says() -> None:
    target = "Linden's council voted to close the town's only swimming pool."
    assert carriers([target], SOURCE, None, RARITY)[0] == 0


def test_a_number_from_elsewhere_brings_its_sentence() -> None:
    target = (
        "The council voted to close its only pool, whose repair would cost 1.4 million dollars."
    )
    assert carriers([target], SOURCE, None, RARITY) == [0, 2]


def test_targets_together_are_traced_in_the_order_of_the_article() -> None:
    targets = ["The pool dates from 1961.", "Linden voted on Tuesday to close its swimming pool."]
    assert carriers(targets, SOURCE, None, RARITY) == [0, 3]


def test_rare_words_of_other_sentences_are_missing_and_the_writer_s_own_are_not() -> None:
    chosen = [SOURCE[0]]
    assert details_missing("Parents lost their pool.", chosen, SOURCE, None, RARITY) == {"paren"}
    assert details_missing("Bathers lost their pool.", chosen, SOURCE, None, RARITY) == set()
    title = "Parents protest"
    assert details_missing("Parents lost their pool.", chosen, SOURCE, title, RARITY) == set()
