"""Half a sentence at the end of a text that was cut off is known by its mark."""

from __future__ import annotations

import pytest

from pipeline.text.cut_off import cut_off

WHOLE = "The firm lost 4,000 lines in May."


@pytest.mark.parametrize(
    "rest",
    [
        "It asked for leave to cut its wholes… [+2829 chars]",
        "It asked for leave to cut its... [+17 chars]",
        "It asked for leave to cut its [...]",
        "It asked for leave, its chief said. … [+1,204 characters]",
    ],
)
def test_the_sentence_that_breaks_off_is_found(rest: str) -> None:
    text = f"{WHOLE} {rest}"
    assert cut_off(text, "en") == [(len(WHOLE) + 1, len(text))]


def test_a_whole_sentence_before_the_mark_is_kept() -> None:
    text = f"{WHOLE} It asked for leave. [+2829 chars]"
    ((start, end),) = cut_off(text, "en")
    assert text[:start].strip() == f"{WHOLE} It asked for leave." and end == len(text)


@pytest.mark.parametrize(
    "text", [WHOLE, "", "He thought [+2 chars] was a mark. It was.", "It went on and on…", "[...]x"]
)
def test_nothing_is_found_in_a_whole_text(text: str) -> None:
    assert cut_off(text, "en") == []


@pytest.mark.parametrize("text", ["[+2829 chars]", "… [...]", "a… [...]"])
def test_a_mark_alone_is_all(text: str) -> None:
    assert cut_off(text, "en") == [(0, len(text))]
