"""Claims stay claims when a sentence gets shorter."""

from __future__ import annotations

import pytest

from pipeline.summarize.support.stance import keeps_stance

CLAIM = "The mayor allegedly took 4,000 dollars from a builder, prosecutors said two weeks ago."


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("Prosecutors said the mayor allegedly took 4,000 dollars.", CLAIM),
        ("The bridge opened to cars.", "The bridge opened to cars on Monday after a long delay."),
        ("The bank may close 12 branches.", "The bank may close 12 branches, most in the north."),
        (
            "The strike was not called off.",
            "The strike, now in its third week, was not called off.",
        ),
    ],
)
def test_what_keeps_it(text: str, source: str) -> None:
    assert keeps_stance(text, source)


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("The mayor took 4,000 dollars from a builder.", CLAIM),
        ("Prosecutors said the mayor allegedly took it in two weeks.", CLAIM),
        ("The bank will close 12 branches in May.", "The bank closed 12 branches in May."),
        ("The bank closes 12 branches.", "The bank may close 12 branches."),
        ("The strike was called off.", "The strike was not called off."),
        ("The strike was never called off.", "The strike was called off."),
        ("Rates will rise in June.", "Rates will rise in June if prices do, the bank said."),
        ("The dam is safe.", "The dam is safe, the company insists."),
    ],
)
def test_what_loses_it(text: str, source: str) -> None:
    assert not keeps_stance(text, source)
