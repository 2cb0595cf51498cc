"""Stages read an article in normal case; what is published is the article as it came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from pipeline.annotate.annotator import Annotator
from pipeline.annotate.planned import Planned
from pipeline.annotate.reading import as_published, reading
from pipeline.article import Article, Country, Evidence

CAPITALS = Article(
    id="1",
    title="PIER OPENS IN LIMA",
    text="A NEW PIER OPENED IN LIMA ON MONDAY. PERU PAID FOR IT.",
    language="en",
)


def test_only_the_copy_is_in_normal_case() -> None:
    read = reading(CAPITALS)
    assert read.title == "Pier opens in Lima"
    assert read.text == "A new pier opened in Lima on Monday. Peru paid for it."
    assert (read.id, read.language) == ("1", "en")


def test_an_article_in_normal_case_is_its_own_copy() -> None:
    article = replace(CAPITALS, title="Pier opens", text="A pier opened in Lima on Monday.")
    assert reading(article) is article


def test_names_have_their_hyphens() -> None:
    article = Article(id="1", text="Guinea–Bissau will vote – it says – in a Lima–Quito race.")
    assert reading(article).text == "Guinea-Bissau will vote – it says – in a Lima–Quito race."


def test_a_title_tells_how_words_of_the_text_are_written() -> None:
    article = replace(
        CAPITALS, title="A new chief for LexCorp, says Lima", text="THE HEAD OF LEXCORP WILL GO."
    )
    assert reading(article).text == "The head of LexCorp will go."
    assert reading(replace(article, title=None)).text == "The head of Lexcorp will go."


class Finds:
    """A stage that finds Lima where it reads it, and writes down what it was given."""

    needs_vector: ClassVar[bool] = False

    def __init__(self) -> None:
        self.given: list[str] = []

    def identity(self) -> Mapping[str, str]:
        return {}

    def open(self) -> None:
        pass

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        self.given += [article.text for article in articles]
        return [replace(article, countries=(_lima(article),)) for article in articles]


def _lima(article: Article) -> Country:
    title, start = article.title or "", article.text.index("Lima")
    evidence = (
        Evidence(start, start + 4, article.text[start : start + 4]),
        Evidence(title.index("Lima"), title.index("Lima") + 4, "Lima", in_title=True),
    )
    return Country("PE", "Peru", 1.0, True, 2, evidence)


def test_evidence_is_given_as_it_is_published() -> None:
    stage = Finds()
    result = Annotator({"region": Planned(stage, {})}, batch_rows=4)([CAPITALS])
    assert stage.given == [reading(CAPITALS).text]
    (country,) = result.table["countries"].to_pylist()[0]
    for evidence in country["evidence"]:
        source = CAPITALS.title if evidence["in_title"] else CAPITALS.text
        assert (source or "")[evidence["start"] : evidence["end"]] == evidence["text"] == "LIMA"


def test_an_article_in_normal_case_keeps_its_annotation() -> None:
    article = replace(CAPITALS, title="In Lima", text="A pier opened in Lima on Monday.")
    done = replace(article, countries=(_lima(article),))
    assert as_published(done, article) is done
