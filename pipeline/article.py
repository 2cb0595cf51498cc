"""The article, what a run adds to it, the same row as Arrow, and the way back from a row.

Everything here is a frozen dataclass whose fields carry the names of the published row; no stage
may keep state about an article anywhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import AfterValidator, BeforeValidator, ConfigDict, TypeAdapter, with_config

T = TypeVar("T")

_ROUNDING = 1e-6
"""By which a sum of shares may be over 1."""


def _in_unit_interval(value: float) -> float:
    if not 0 <= value <= 1 + _ROUNDING:  # NaN is in no range
        raise ValueError(f"is {value}, not in 0..1")
    return value


Share = Annotated[float, AfterValidator(_in_unit_interval)]
"""A score, a probability or a share, 0 to 1."""

Listed = Annotated[tuple[T, ...], BeforeValidator(lambda value: () if value is None else value)]
"""A list of a row, where null is none."""

SCORE_DIGITS = 4
"""Decimals of a published score. Scores are rounded before a threshold is applied to them, so that
the published score explains the decision."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place name as it stands in the article: `text[start:end]`, or the title's if `in_title`."""

    start: int
    end: int
    text: str
    in_title: bool = False


@dataclass(frozen=True, slots=True)
class Country:
    """A country named in the article; `focus` when the article is about it, not only names it."""

    alpha2: str
    name: str
    score: Share
    focus: bool
    mentions: int
    evidence: Listed[Evidence]


@dataclass(frozen=True, slots=True)
class Region:
    """A focus region: UN M49 `code`; `level` is world, region or sub-region; `score` in 0..1."""

    code: str
    name: str
    level: str
    score: Share


@dataclass(frozen=True, slots=True)
class Topic:
    """An IPTC Media Topic with its probability in 0..1."""

    qcode: str
    name: str
    score: Share


@dataclass(frozen=True, slots=True)
class TopicScore:
    """A topic with the score that a stage gave it, before any decision; `narrower` is the likeliest
    of the topics below it, where the stage was asked for those: it takes the place of its topic in
    the row, and the threshold remains that of the topic."""

    qcode: str
    name: str
    score: float
    narrower: Topic | None = None

    @property
    def topic(self) -> Topic:
        """The topic as it stands in the row."""
        return self.narrower or Topic(self.qcode, self.name, self.score)


@dataclass(frozen=True, slots=True)
class RegionScores:
    """What a region stage knows of an article before any decision: each candidate country with its
    score, best first, `focus` where nothing but a threshold keeps it from being in focus; and the
    most that World may score as the region of an article without a focus country, or None where it
    is no answer."""

    countries: tuple[Country, ...] = ()
    world: float | None = None


How = Literal["rewritten", "shortened", "as_is"]
"""How a summary sentence came about: written by a model, a source sentence with words left out, or
a source sentence as it stands."""


@dataclass(frozen=True, slots=True)
class SummarySentence:
    """A summary sentence and what carries it.

    `source_sentences` are indices of the article's sentences, `unsupported` the names and numbers
    that the article does not contain, `support` in 0..1.
    """

    text: str
    support: Share
    source_sentences: Listed[int] = ()
    unsupported: Listed[str] = ()
    how: How = "rewritten"


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a stage could not annotate an article: the exception's type and message, and `frame`,
    the innermost line of Dateline's code that it came through."""

    stage: str
    reason: str
    error: str
    frame: str | None = None


@with_config(ConfigDict(arbitrary_types_allowed=True))
@dataclass(frozen=True, slots=True)
class Article:
    """One article and, stage by stage, its annotation: the row of the published dataset.

    `text_note` is `stub` where the text is none of an article, but a notice or a few words, and
    `repaired` where it reads otherwise than what came, without mark-up or broken lines.

    `dateline` is that of an agency, with which the text begins; `duplicate_of` the id of the
    article that this one repeats.

    `gold_topics` (Media Topic codes) and `gold_countries` (ISO 3166 alpha-2) are labels that the
    article came with. `topic_scores` and `region_scores` are what the fields of topic and region
    are decided from. They, `vector` (the encoder's, shared by every stage that needs one), `where`
    (its position in the source) and `rejection` travel with the article inside a run and are no
    part of the row.
    """

    id: str
    title: str | None = None
    text: str = ""
    url: str | None = None
    published: str | None = None
    language: str | None = None
    source: str | None = None
    author: str | None = None
    dateline: str | None = None
    text_note: str | None = None

    region: str | None = None
    region_name: str | None = None
    region_score: Share | None = None
    regions: Listed[Region] = ()
    countries: Listed[Country] = ()
    topic: str | None = None
    topic_name: str | None = None
    topic_score: Share | None = None
    topics: Listed[Topic] = ()
    summary: str | None = None
    summary_support: Share | None = None
    summary_sentences: Listed[SummarySentence] = ()
    summary_note: str | None = None
    summarizer: str | None = None
    dropped_tokens: int | None = None
    duplicate_of: str | None = None

    gold_topics: Listed[str] = ()
    gold_countries: Listed[str] = ()
    topic_scores: Listed[TopicScore] = ()
    region_scores: RegionScores | None = None
    vector: NDArray[np.float32] | None = field(default=None, repr=False, compare=False)
    where: str | None = None
    rejection: Rejection | None = None

    def with_topics(self, topics: Sequence[Topic]) -> Article:
        """The article with these topics, the first of which is its topic; without any it has
        none."""
        best = topics[0] if topics else None
        return replace(
            self,
            topics=tuple(topics),
            topic=best.qcode if best else None,
            topic_name=best.name if best else None,
            topic_score=best.score if best else None,
        )


ROW = TypeAdapter(Article)
"""Reads a row back: `ROW.validate_python(row)` of a dict as Arrow, Parquet or JSONL gives it.

Raises `pydantic.ValidationError`, which names every field that is missing or of another kind.
"""

_PLAIN_TYPES = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
_SENTENCE_ORDER = ("text", "how", "support", "source_sentences", "unsupported")
"""Of the published columns, which have had another order than the class from the beginning."""


def _arrow(hint: Any) -> pa.DataType:
    """The Arrow type of what a field of this type holds."""
    if is_dataclass(hint):
        types = get_type_hints(hint)
        names = _SENTENCE_ORDER if hint is SummarySentence else types
        return pa.struct([(name, _arrow(types[name])) for name in names])
    if get_origin(hint) is tuple:
        return pa.list_(_arrow(get_args(hint)[0]))
    if get_origin(hint) is Literal:
        return pa.string()
    if get_origin(hint) is np.ndarray:
        return pa.list_(pa.float32())
    # What is left is optional, and null is of every type.
    return _PLAIN_TYPES[hint] if hint in _PLAIN_TYPES else _arrow(get_args(hint)[0])


_TYPES = get_type_hints(Article)


def _schema(*names: str) -> pa.Schema:
    return pa.schema([(name, _arrow(_TYPES[name])) for name in names])


ARTICLE_SCHEMA = _schema(
    "id", "url", "title", "text", "published", "language", "source", "author", "dateline",
    "text_note",
)  # fmt: skip
"""The article as normalised: what a stage may look at."""

STORED_SCHEMA = pa.schema([*ARTICLE_SCHEMA, *_schema("where", "gold_topics", "gold_countries")])
"""What ingest writes: the article, its position in the source and the labels it came with."""

_ADDED = _schema(
    "region", "region_name", "region_score", "regions", "countries",
    "topic", "topic_name", "topic_score", "topics",
    "summary", "summary_support", "summary_sentences", "summary_note", "summarizer",
    "dropped_tokens",
)  # fmt: skip
ANNOTATION_SCHEMA = pa.schema([*_schema("id"), *_ADDED, *_schema("topic_scores")])
"""What annotate writes: the id, everything a run adds, and the scores that topics were decided
from, for calibration."""

ROW_SCHEMA = pa.schema([*ARTICLE_SCHEMA, *_ADDED, *_schema("duplicate_of")])
"""What publish writes: the whole row."""

RESULT_SCHEMA = pa.schema([*_ADDED, *_schema("topic_scores", "region_scores", "vector")])
"""What a stage can set."""

_LEAVES = (str, int, float, bool, type(None), np.ndarray)


def _plain(value: object) -> object:
    if isinstance(value, _LEAVES):
        return value
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}  # type: ignore[arg-type]


def to_table(articles: Iterable[Article], schema: pa.Schema) -> pa.Table:
    """Arrow table of the columns in `schema`, one row an article, in the given order."""
    articles = list(articles)
    columns = [
        pa.array([_plain(getattr(article, f.name)) for article in articles], type=f.type)
        for f in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def from_table(table: pa.Table) -> Iterator[Article]:
    """Articles of a table of rows, stored, annotated or published.

    Raises:
        pydantic.ValidationError: the table is of other rows.
    """
    return map(ROW.validate_python, table.to_pylist())
