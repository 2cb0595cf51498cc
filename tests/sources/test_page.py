"""Saved pages: the article, and the list of other headlines after it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.sources.base import BadRecord, Record
from pipeline.sources.page import PageSource, split_page

ARTICLE = (
    "Harbour reopens after storm\n\nThe harbour of Larn reopened on Friday.\n"
    "Ships had waited outside for two days.\n\nThe mayor thanked the crews."
)
HEADLINES = ["Bread prices fall for a third month", "Who will win the cup?", "New bridge opens"]


@pytest.mark.parametrize("between", ["\n", "\n\n", "\n \t\n\n"])
@pytest.mark.parametrize("gap", ["\n\n", "\n\n\n\n"])
def test_an_article_and_its_headlines(between: str, gap: str) -> None:
    page = ARTICLE + gap + between.join(HEADLINES) + "\n\n"
    assert split_page(page) == (ARTICLE, HEADLINES)


@pytest.mark.parametrize(
    "page",
    [
        ARTICLE,
        ARTICLE + "\n\nPhoto: a harbour at dawn",  # one closing line is a credit
        "Only a headline\n\nand one more line",
        "Only a headline",
        "",
    ],
)
def test_no_list(page: str) -> None:
    assert split_page(page) == (page, [])


def test_a_list_that_a_sentence_interrupts_begins_after_it() -> None:
    page = f"{ARTICLE}\n\nA heading inside\n\nMore of the text.\n\n" + "\n\n".join(HEADLINES)
    article, headlines = split_page(page)
    assert headlines == HEADLINES
    assert article.endswith("A heading inside\n\nMore of the text.")


def test_without_any_sentence_the_second_block_is_the_article() -> None:
    page = "\n\n".join(["A title", "A text without a stop", *HEADLINES])
    assert split_page(page) == ("A title\n\nA text without a stop", HEADLINES)


def test_records_of_a_page(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_text(ARTICLE.replace("\n", "\r\n") + "\r\n\r\n" + "\r\n".join(HEADLINES))
    (tmp_path / "torn.txt").write_bytes(b"\xff\xfe\x00")
    article, *others, bad = PageSource(path=str(tmp_path)).read()
    assert isinstance(article, Record)
    assert article.where == str(path)
    assert article.values["title"] == "Harbour reopens after storm"
    assert article.values["text"] == ARTICLE.partition("\n\n")[2]
    assert others == [
        Record(f"{path}: headline {n}", {"title": headline, "text": "", "source": "page.txt"})
        for n, headline in enumerate(HEADLINES, 1)
    ]
    assert isinstance(bad, BadRecord)
