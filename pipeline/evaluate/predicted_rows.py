"""Rows that any tool predicted: an `id` and some of the label and summary fields of the row.

Lists are lists, JSON in a cell, or codes parted by ; or |. A label without a score has NaN, which
no figure of confidence stands on.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, ConfigDict, TypeAdapter, with_config

from pipeline.article import Article, Country, Share, SummarySentence, Topic
from pipeline.core.errors import InputError
from pipeline.evaluate.cells import (
    NO_REGION,
    article_id,
    json_list,
    known_codes,
    listed,
    region_code,
)
from pipeline.sources.rows import read_rows
from pipeline.taxonomy.regions import load_countries

_HINT = "a row has id, and region, countries, topics and summary as far as they are predicted"


def _score(value: object) -> object:
    return None if isinstance(value, float) and math.isnan(value) else value


Score = Annotated[Share | None, BeforeValidator(_score)]


@dataclass(frozen=True, slots=True)
class _Country:
    alpha2: str
    name: str | None = None
    score: Score = None
    focus: bool = True


@dataclass(frozen=True, slots=True)
class _Topic:
    qcode: str
    name: str | None = None
    score: Score = None


_Countries = tuple[_Country, ...]
_Topics = tuple[_Topic, ...]


def _labels(value: object, key: str) -> object:
    """The labels of a list as objects, where some may be codes alone."""
    items = listed(value)
    if not isinstance(items, list):
        return () if items is None else items
    return [item if isinstance(item, Mapping) else {key: item} for item in items]


def _known(countries: _Countries) -> _Countries:
    known_codes(tuple(one.alpha2 for one in countries), load_countries())
    return countries


def _once(topics: _Topics) -> _Topics:
    codes = tuple(one.qcode for one in topics)
    known_codes(codes, codes)  # which there are depends on the run's own topics
    return topics


def _region(value: object) -> str | None:
    code = region_code(value)
    return None if code == NO_REGION else code


def _sentences(value: object) -> object:
    return (json_list(value) if isinstance(value, str) else value) or ()


def _with_columns(row: Mapping[str, object]) -> Mapping[str, object]:
    return {**row, "columns": frozenset(row)}


@with_config(ConfigDict(coerce_numbers_to_str=True))
@dataclass(frozen=True, slots=True)
class PredictedRow:
    """A row as its tool wrote it; `columns` are the fields that it has."""

    id: Annotated[str, BeforeValidator(article_id)]
    columns: frozenset[str]
    title: str | None = None
    text: str | None = None
    url: str | None = None
    language: str | None = None
    region: Annotated[str | None, BeforeValidator(_region)] = None
    region_score: Score = None
    countries: Annotated[
        _Countries, BeforeValidator(lambda v: _labels(v, "alpha2")), AfterValidator(_known)
    ] = ()
    topic: str | None = None
    topic_score: Score = None
    topics: Annotated[
        _Topics, BeforeValidator(lambda v: _labels(v, "qcode")), AfterValidator(_once)
    ] = ()
    summary: str | None = None
    summary_support: Score = None
    summary_sentences: Annotated[tuple[SummarySentence, ...], BeforeValidator(_sentences)] = ()
    summary_note: str | None = None

    def article(self) -> Article:
        """The row as a run would publish it. The first of the strongest topics is the main one,
        unless `topic` says which."""
        topics = self.topics
        if self.topic and self.topic not in (one.qcode for one in topics):
            topics = (_Topic(self.topic, None, self.topic_score), *topics)
        main = max(
            topics, key=lambda one: (one.qcode == self.topic, one.score or 0.0), default=None
        )
        return Article(
            self.id,
            title=self.title,
            text=self.text or "",
            url=self.url,
            language=self.language,
            region=self.region,
            region_score=self.region_score,
            countries=tuple(
                Country(one.alpha2, one.name or one.alpha2, _or_nan(one.score), one.focus, 0, ())
                for one in self.countries
            ),
            topic=main.qcode if main else None,
            topic_name=main.name if main else None,
            topic_score=main.score if main and self.topic_score is None else self.topic_score,
            topics=tuple(
                Topic(one.qcode, one.name or one.qcode, _or_nan(one.score)) for one in topics
            ),
            summary=self.summary,
            summary_support=self.summary_support,
            summary_sentences=self.summary_sentences,
            summary_note=self.summary_note,
        )


def _or_nan(score: float | None) -> float:
    return math.nan if score is None else score


_ROW = TypeAdapter(Annotated[PredictedRow, BeforeValidator(_with_columns)])

_COLUMNS = {
    "region": {"region"}, "countries": {"countries"}, "topics": {"topics", "topic"},
    "summary": {"summary"},
}  # fmt: skip
"""The columns that answer to a label of this name."""


def read_predicted(path: Path) -> list[PredictedRow]:
    """The rows of a file.

    Raises:
        InputError: it cannot be read, or a row of it is wrong; or none predicts anything.
    """
    rows = list(read_rows(path, _ROW, _HINT))
    if rows and not predicted_names(rows):
        there = sorted({name for row in rows for name in row.columns})
        raise InputError(
            f"{path}: nothing is predicted in it (there are: {', '.join(there)}); {_HINT}"
        )
    return rows


def predicted_names(rows: Iterable[PredictedRow]) -> frozenset[str]:
    """The names of labels that any row has an answer to."""
    there = {name for row in rows for name in row.columns}
    return frozenset(name for name, columns in _COLUMNS.items() if columns & there)


def by_id(rows: Sequence[Article], file: Path, hint: str) -> dict[str, Article]:
    """The rows by id.

    Raises:
        InputError: there are none, or two have one id, or one has none.
    """
    if not rows:
        raise InputError(f"{file}: no articles in it, so there is nothing to evaluate")
    found: dict[str, Article] = {}
    for number, row in enumerate(rows, 1):
        if not row.id:
            raise InputError(f"{file}: article {number} has no id; {hint}")
        if row.id in found:
            raise InputError(f"{file}: two articles have the id {row.id!r}; {hint}")
        found[row.id] = row
    return found
