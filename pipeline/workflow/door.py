"""The stages of a configuration, and runs, from Python: `pipeline.load` and `open_run`."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from pipeline.annotate.annotator import Annotator
from pipeline.article import ANNOTATION_SCHEMA, ROW_SCHEMA, Article, Rejection, from_table
from pipeline.config.compose import composed
from pipeline.config.overrides import as_typed
from pipeline.config.schema import unknown_key
from pipeline.core.errors import InputError
from pipeline.ingest.date_parts import Unread
from pipeline.ingest.normalise import normalise
from pipeline.ingest.prepare import detector
from pipeline.ingest.settings import IngestSettings
from pipeline.publish.flat import FLAT_SCHEMA, flat_table
from pipeline.sources.base import FIELDS, BadRecord, Record
from pipeline.store.directory import RunDirectory
from pipeline.store.shards import ShardStore
from pipeline.workflow.config import SECTION_TYPES, read_config
from pipeline.workflow.plan import Plan
from pipeline.workflow.rows import published_rows
from pipeline.workflow.verify import directory_of

if TYPE_CHECKING:
    import datasets
    import pandas as pd

_LOG = logging.getLogger(__name__)

Given = str | Mapping[str, object]
"""A text, or an article by the names of `pipeline.sources.base.FIELDS`."""

_ADDED = [name for name in ANNOTATION_SCHEMA.names if name != "id"]


class Dateline:
    """The stages of one configuration, opened when the first article comes and kept open."""

    def __init__(self, annotator: Annotator, settings: IngestSettings) -> None:
        self._annotator = annotator
        self._settings = settings

    def __call__(self, articles: Iterable[Given]) -> list[Article]:
        """The articles annotated, one for each that was given, in the same order.

        The rows are those that a run gives for the same articles in one shard. Nothing is left out
        as a duplicate or for its language; where `rejection` is set it says why there is nothing
        else.

        Raises:
            InputError: what was given is no text and no article; names its place.
            ModelError: a model is missing.
        """
        read = [self._read(given, place) for place, given in enumerate(articles)]
        places = [place for place, article in enumerate(read) if article.rejection is None]
        sound = [read[place] for place in places]
        annotated = self._annotator(sound)
        for row, rejection in annotated.rejections.items():
            read[places[row]] = replace(sound[row], rejection=rejection)
        kept = [place for row, place in enumerate(places) if row not in annotated.rejections]
        for place, added in zip(kept, from_table(annotated.table), strict=True):
            values = {name: getattr(added, name) for name in _ADDED}
            read[place] = replace(read[place], **values)
        return read

    def stream(self, articles: Iterable[Given], batch_size: int = 64) -> Iterator[Article]:
        """As a call, for articles without end: `batch_size` of them are read and annotated
        together, and given before the next are read."""
        left = iter(articles)
        while some := list(islice(left, batch_size)):
            yield from self(some)

    def _read(self, given: Given, place: int) -> Article:
        record = Record(f"articles[{place}]", _values(given, place))

        def unread(reason: Unread, date: str) -> None:
            _LOG.warning("%s: date %r not read, %s", record.where, date, reason)

        article = normalise(record, self._settings.max_chars, unread, detector())
        if isinstance(article, BadRecord):
            rejection = Rejection("ingest", article.reason, article.error)
            return Article(id=record.values.get("id", ""), rejection=rejection)
        return replace(article, where=None, gold_topics=None, gold_countries=None)


class Run:
    """A finished run, to be read."""

    def __init__(self, directory: RunDirectory) -> None:
        self._directory = directory
        articles, annotations = directory.stores()
        self._stores: tuple[ShardStore, ShardStore] | None = None
        if annotations is not None and annotations.finished():
            self._stores = articles, annotations

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self._directory.path

    def tables(self) -> Iterator[pa.Table]:
        """The rows as Arrow tables, a shard each, in the order of the run.

        Raises:
            InputError: the run is not finished.
        """
        if self._stores is None:
            raise InputError(f"{self.path}: not finished; the command that began it goes on")
        return published_rows(self._directory, *self._stores)

    def articles(self) -> Iterator[Article]:
        """The rows as articles."""
        for table in self.tables():
            yield from from_table(table)

    def to_dataset(self) -> datasets.Dataset:
        """The rows as a dataset of the Hugging Face library, lists of labels included."""
        from datasets import Dataset

        return Dataset(pa.concat_tables([ROW_SCHEMA.empty_table(), *self.tables()]))

    def to_pandas(self) -> pd.DataFrame:
        """One flat row an article, as in `articles.csv`: see `pipeline.publish.flat`."""
        tables = map(flat_table, self.tables())
        return pa.concat_tables([FLAT_SCHEMA.empty_table(), *tables]).to_pandas()


def load(*overrides: str, config_dir: str | Path | None = None) -> Dateline:
    """The stages of `dateline run OVERRIDES`, to be called with articles.

    Raises:
        ConfigError, ModelError: as on the command line.
    """
    folders = [] if config_dir is None else [Path(config_dir).expanduser().absolute()]
    words = as_typed("run", ["run.name=python", *overrides], SECTION_TYPES, folders=folders)
    plan = Plan(read_config(composed("run", words, folders).values()))
    return Dateline(plan.annotate.annotator, plan.ingest)


def open_run(run: str | Path) -> Run:
    """A run by the path of its directory, or by its name in `runs/`.

    Raises:
        RunError: there is no run.
    """
    return Run(directory_of(str(run), "runs"))


def _values(given: Given, place: int) -> dict[str, str]:
    if isinstance(given, str):
        return {"text": given}
    if not isinstance(given, Mapping):
        raise InputError(f"articles[{place}] is a {type(given).__name__}: give a text, or a dict")
    values = {}
    for name, value in given.items():
        if name not in FIELDS:
            raise InputError(f"articles[{place}]: {unknown_key(str(name), FIELDS)}")
        if value is not None and not isinstance(value, str):
            raise InputError(f"articles[{place}]: {name} is a {type(value).__name__}, not a str")
        if value is not None:
            values[name] = value
    return values
