"""What sites put around an article goes, line by line, and nothing of the article."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from news_texts import OTHER, STORY
from pipeline.text.boilerplate import RULES, trimmed, without_dateline

FIRST, REST = STORY[:200], STORY[200:]


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("photo_credit", "Photo: Maija Saar / Getty Images"),
        ("photo_credit", "(Photo by Jo Berg/AFP)"),
        ("photo_credit", "Image caption The harbour in 2019"),
        ("read_more", "Read more: How the port was built"),
        ("read_more", "READ ALSO | Ferries to Finland"),
        ("read_more", "Related stories"),
        ("read_more", "Lesen Sie auch: Der Hafen"),
        ("subscription", "Sign up for our daily newsletter to get the news in your inbox."),
        ("subscription", "Follow us on Facebook, X and Instagram."),
        ("copyright", "Copyright 2026 The Harbour Post. All rights reserved."),
        ("copyright", "© 2026 Harbour Post"),
        ("agency_tail", "(Reporting by Jo Berg; editing by Ann Lee)"),
        ("agency_tail", "Jo Berg in Riga contributed to this report."),
    ],
)
def test_a_line_of_a_site(rule: str, line: str) -> None:
    if rule == "agency_tail":
        text, left = f"{FIRST}\n\n{REST}\n\n{line}", f"{FIRST}\n\n{REST}"
        text = text.replace("Jo Berg in Riga", "The Associated Press")
    else:
        text, left = f"{FIRST}\n\n{line}\n\n{REST}", f"{FIRST}\n\n{REST}"
    found = trimmed(text)
    assert (found.text, found.rules) == (left, [rule])
    assert trimmed(text, [name for name in RULES if name != rule]).text == text
    assert trimmed(found.text).text == found.text


@pytest.mark.parametrize(
    "line",
    [
        "Image problems have haunted the harbour for a decade, the minister said.",
        "Reading between the lines, the port has no money left.",
        "More than 30 boats were lost in the storm.",
        "Watch makers in the canton sold fewer watches.",
        "Copyright law was changed in May.",
        "Follow-up talks will be held in Riga.",
        "Related charges were dropped in court on Friday.",
        "Subscribers to the service lost their money.",
        "Share prices fell in early trading.",
    ],
)
def test_a_sentence_stays(line: str) -> None:
    text = f"{FIRST}\n\n{line}\n\n{REST}"
    assert (trimmed(text).text, trimmed(text).rules) == (text, [])


@pytest.mark.parametrize(
    ("lead", "dateline"),
    [
        ("TALLINN, Estonia (AP) — ", "TALLINN, Estonia (AP)"),
        ("PARIS, March 2 (Reuters) - ", "PARIS, March 2 (Reuters)"),
        ("SANTIAGO (Reuters) - ", "SANTIAGO (Reuters)"),
        ("NEW YORK — ", "NEW YORK"),
        ("Riga, 3 May – ", "Riga, 3 May"),
    ],
)
def test_a_dateline_is_told_and_stays(lead: str, dateline: str) -> None:
    found = trimmed(lead + STORY)
    assert (found.dateline, found.text) == (dateline, lead + STORY)
    assert without_dateline(lead + STORY) == STORY


@pytest.mark.parametrize(
    "lead", ["UPDATE, May 3: ", "The harbour - ", "It rained. NEW YORK - ", ""]
)
def test_no_dateline(lead: str) -> None:
    assert trimmed(lead + STORY).dateline is None
    assert without_dateline(lead + STORY) == lead + STORY


def test_a_byline_is_the_author() -> None:
    found = trimmed(f"By Maija Saar and Jo Berg\n{STORY}")
    assert (found.author, found.text) == ("Maija Saar and Jo Berg", STORY)
    assert trimmed("By Tuesday Morning the rain had stopped.\nMore fell.").author is None


def test_nothing_but_boilerplate_stays() -> None:
    text = "Read more: this\nRead more: that"
    assert trimmed(text).text == text


@given(st.lists(st.sampled_from([*STORY.split(". "), *OTHER.split(". "), "Read more", "© 2026 x",
                                 "", "(Reporting by X)", "Photo: X"]), max_size=12))  # fmt: skip
def test_only_whole_lines_go(lines: list[str]) -> None:
    found = trimmed("\n".join(lines)).text
    assert {line for line in found.split("\n") if line} <= set(lines)
    assert trimmed(found).text == found


LEADS = st.text("ABCDEÉabc ,.-–—:()[]/123\n’", max_size=60)


@given(st.one_of(st.text(max_size=200), LEADS), st.sampled_from(["", STORY, f"\n{STORY}"]))
def test_any_text(lead: str, rest: str) -> None:
    """Nothing is made up: what stays are lines of the text, and what is told of stood in it."""
    text = lead + rest
    found = trimmed(text)
    assert len(found.text) <= len(text)
    assert set(found.rules) <= set(RULES)
    assert found.dateline is None or found.dateline in text
    assert found.author is None or found.author in text
    assert text.endswith(without_dateline(text))
    assert trimmed(text, []).text == text
    if text.strip():
        assert found.text.strip()
