"""Articles with known countries to train the model of focus on: reading and splitting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, TypeAdapter, ValidationInfo

from pipeline.article import Article
from pipeline.core.errors import InputError
from pipeline.evaluate.gold.labels import Gold
from pipeline.sources.rows import Text, read_rows
from pipeline.train.files import Files, named, paths
from pipeline.train.held_out import is_test


@dataclass(frozen=True, slots=True)
class RegionRow:
    """An article and the countries that it is about: none where it is empty, not known where it is
    None. `area` is the M49 code of a region or sub-region where that is known instead, and
    `area_country` the country that is meant where the article of an area names none of it."""

    article: Article
    countries: frozenset[str] | None
    area: str | None = None
    area_country: str | None = None
    set: str = ""


@dataclass(frozen=True, slots=True)
class _GoldRow(Gold):
    """A row of a labelled sample, with the article where it has it."""

    title: str | None = None
    text: str | None = None
    set: str | None = None


@dataclass(frozen=True, slots=True)
class _ArticleRow:
    id: str
    text: Text
    title: str | None = None


_FIELDS = ("title", "text", "countries", "region", "set", "split")


def _filled(row: Mapping[str, object], place: ValidationInfo) -> Mapping[str, object]:
    """What is looked at here, and the number of the row as its id where it has none."""
    known = {name: row[name] for name in _FIELDS if name in row}
    return {**known, "id": str(row.get("id") or place.context)}


_GOLD = TypeAdapter(Annotated[_GoldRow, BeforeValidator(_filled)])
_ARTICLE = TypeAdapter(Annotated[_ArticleRow, BeforeValidator(_filled)])


def read_region_rows(
    gold: Files, articles: Files | None
) -> tuple[list[RegionRow], list[RegionRow]]:
    """The rows to learn from, and those of `split: test` or, without a split, a fifth of all by
    their text, that are measured on. Articles stand in the rows or, by their id, in `articles`.

    Raises:
        InputError: a file cannot be read or a row is wrong, has no text, or none has a label.
    """
    texts = {one.id: one for one in read_articles(articles)} if articles is not None else {}
    train: list[RegionRow] = []
    test: list[RegionRow] = []
    hint = "a row has id, countries (or region) and text, or articles= has its text"
    for path in paths(gold):
        for row in read_rows(path, _GOLD, hint):
            article = Article(row.id, title=row.title, text=row.text or "")
            if not article.text.strip():
                if row.id not in texts:
                    raise InputError(f"{path}: row {row.id} has no text; {hint}")
                article = texts[row.id]
            if row.countries is None and not row.region:
                continue
            countries = None if row.countries is None else frozenset(row.countries)
            area = row.region if countries is None else None
            held = row.split == "test" if row.split else is_kept_back(article)
            found = RegionRow(article, countries, area, set=row.set or "")
            (test if held else train).append(found)
    if not train and not test:
        raise InputError(f"{named(gold)}: no row has countries or a region; {hint}")
    return train, test


def read_articles(files: Files) -> Iterator[Article]:
    """The articles of files with `text`, and where given `id` and `title`.

    Raises:
        InputError: a file cannot be read, or a row has no text.
    """
    for path in paths(files):
        for row in read_rows(path, _ARTICLE, "an article has text, and where given id and title"):
            yield Article(row.id, title=row.title, text=row.text)


def is_kept_back(article: Article) -> bool:
    """Whether an article without a split is measured on, in whatever file it comes."""
    return is_test(f"{article.title or ''}{article.text}")
