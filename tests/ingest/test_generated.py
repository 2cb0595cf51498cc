"""What is measured with: the same articles for the same seed, and duplicates that are found."""

from __future__ import annotations

from pipeline.article import Article
from pipeline.ingest.duplicates import Search, find_duplicates
from pipeline.ingest.generated import Generator
from pipeline.ingest.keys import keys_of


def test_the_same_seed_gives_the_same_articles() -> None:
    assert [*Generator(4).articles(3, 90)] == [*Generator(4).articles(3, 90)]
    lengths = [len(one.text.split()) for one in Generator(4).articles(20, 90)]
    assert 90 <= min(lengths) <= max(lengths) < 90 + 26


def test_known_duplicates_are_found_and_notices_of_a_template_are_kept() -> None:
    """Twenty stories that come again with an edit, and twenty notices: F1 at least 0.95."""
    made = Generator(5).with_duplicates(40, 150)
    articles = [Article(id=one.id, text=one.text, published=one.published) for one in made]
    keys = keys_of(articles)
    found = find_duplicates(Search([lambda: keys], 0, lambda row: articles[row.row]))
    right = [one for one in found if made[one.place.row].story == made[one.of.row].story]
    assert len(right) == len(found)
    assert len(found) >= 19
