"""Hashed words: what counts, what is read, and that it is the same everywhere."""

from __future__ import annotations

import zlib

import numpy as np

from pipeline.topic.features import (
    BUCKETS,
    MOST_WINDOWS,
    WINDOW_WORDS,
    Features,
    features,
)


def as_dict(found: Features) -> dict[int, float]:
    return dict(zip(found.columns.tolist(), found.amounts.tolist(), strict=True))


def test_columns_ascend_and_do_not_depend_on_the_process() -> None:
    found = features("Tide", "The tide rises.")
    assert (np.diff(found.columns) > 0).all()
    assert found.columns.min() >= 0 and found.columns.max() < BUCKETS
    # Another hash would make nonsense of a trained model.
    assert zlib.crc32(b"tide") % BUCKETS in found.columns


def _crc(word: str) -> int:
    return zlib.crc32(word.encode()) % BUCKETS


def test_a_word_of_the_headline_counts_more() -> None:
    word = _crc("harbour")
    in_title = as_dict(features("harbour", "opens today"))[word]
    in_text = as_dict(features("opens today", "harbour"))[word]
    assert in_title > in_text > 0


def test_numbers_are_alike_and_case_does_not_count() -> None:
    one, other = features("", "SOLD 1234 boats"), features("", "sold 9876 BOATS")
    assert as_dict(one) == as_dict(other)
    assert as_dict(one) != as_dict(features("", "sold 12 boats"))


def test_order_is_seen_by_pairs() -> None:
    assert as_dict(features("", "dog bites man")) != as_dict(features("", "man bites dog"))


def test_the_end_of_a_long_text_counts_until_the_last_window() -> None:
    start = "boat " * (WINDOW_WORDS * 2)
    word = _crc("zither")
    assert word in features("", start + "zither").columns
    beyond = "boat " * (WINDOW_WORDS * MOST_WINDOWS) + "zither"
    assert word not in features("", beyond).columns


def test_any_text_has_features_that_can_be_used() -> None:
    for text in ("", "   ", "…!?", "🙂🙂", "שלום עולם", "<p>&nbsp;</p>", "x" * 1_000_000):
        found = features("", text)
        assert len(found.columns) == len(found.amounts)
        assert np.isfinite(found.amounts).all()
