"""How many labels may be without an article before a score is refused."""

from __future__ import annotations

import pytest

from pipeline.article import Article
from pipeline.core.errors import InputError
from pipeline.evaluate.checks import unmatched_note
from pipeline.evaluate.gold.labels import Gold
from pipeline.evaluate.predictions import Matched


def matched(found: int, missing: int) -> Matched:
    pairs = tuple((Gold(f"y{n}", topics=()), Article(f"y{n}")) for n in range(found))
    return Matched(pairs, tuple(f"n{n}" for n in range(missing)), ("u",), 0)


def test_all_found_is_nothing_to_speak_of() -> None:
    assert unmatched_note(matched(3, 0), allow=False) == []


def test_a_tenth_is_named_and_more_is_refused() -> None:
    [note] = unmatched_note(matched(18, 2), allow=False)
    assert note == (
        "2 of 20 labels have no article in the run (n0, n1); every score is on the other 18"
    )
    with pytest.raises(InputError, match=r"3 of 20 labels .*more than 10%.*allow_unmatched=true"):
        unmatched_note(matched(17, 3), allow=False)
    [note] = unmatched_note(matched(5, 15), allow=True)
    assert "15 of 20" in note and "n9, ...)" in note and "the other 5" in note
