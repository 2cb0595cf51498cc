"""Files of every format in one run: what each is, its content and name say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import ClassVar

from pydantic import PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.core.errors import InputError
from pipeline.sources.base import BadRecord, DateOrder, Notes, Read, Source, TakesNotes
from pipeline.sources.csv import CsvSource
from pipeline.sources.feed import FeedSource
from pipeline.sources.fetch import Fetching
from pipeline.sources.fields import Fields
from pipeline.sources.files import Format, Paths, find_files, read_each
from pipeline.sources.formats import without_compression
from pipeline.sources.html import HtmlSource
from pipeline.sources.html_page import Extractor
from pipeline.sources.json import JsonSource
from pipeline.sources.newsml import NewsmlSource
from pipeline.sources.ninjs import NinjsSource
from pipeline.sources.page import PageSource
from pipeline.sources.parquet import ParquetSource
from pipeline.sources.parts import DamagedFileError, Part
from pipeline.sources.sniff import HEAD, Kind, NoFormat, kind_of
from pipeline.sources.warc import WarcSource
from pipeline.sources.xlsx import XlsxSource


@dataclass(config=PLUGIN)
class AutoSource(Fetching):
    """Files, folders and archives of any formats. The fields are those of the sources of the
    formats; a name in `fields` is wrong only where no file has it."""

    path: Paths
    patterns: Sequence[str] = ("**/*",)
    encoding: str = "auto"
    records: str | None = "auto"
    fields: Fields = field(default_factory=Fields)
    dates: DateOrder = "auto"
    sheet: str | None = None
    extractor: Extractor = "trafilatura"
    follow: bool = False
    crawl_date: bool = False
    deadline: PositiveFloat = 20.0
    workers: PositiveInt | None = None
    notes: Notes = field(default_factory=Notes, init=False, repr=False, compare=False)

    performance_fields: ClassVar[frozenset[str]] = Fetching.performance_fields | {
        "deadline", "workers"
    }  # fmt: skip

    def identity(self) -> Mapping[str, str]:
        identities = {
            f"{kind}.{name}": value
            for kind, source in self._formats.items()
            if isinstance(source, Source)
            for name, value in source.identity().items()
        }
        return {"reader": "auto-1", **identities}

    def files(self) -> list[Path]:
        return find_files(self.path, self.patterns, self)

    def read(self) -> Iterator[Read]:
        kinds: Counter[str] = Counter()
        wrong: list[InputError] = []
        tables = 0
        parts = read_each(self.files(), lambda part: iter([part]), self)
        for kind, some in groupby(parts, self._kind):
            if kind == "html":
                yield from self._html.read_parts(_counted(some, kinds))
                continue
            for part in some:
                if isinstance(part, BadRecord):
                    yield part
                    continue
                kinds[kind if isinstance(kind, str) else "of no known format"] += 1
                try:
                    if isinstance(kind, NoFormat):
                        yield _refused(part, kind)
                    elif kind is not None:
                        yield from self._formats[kind].read_part(part)
                        tables += kind in _WITH_FIELDS
                except DamagedFileError as error:
                    yield error.bad
                except InputError as error:
                    wrong.append(error)
                    yield BadRecord.of(part.name, "", str(error), error, named=False)
        if wrong and not tables:
            raise wrong[0]
        if kinds:
            self.notes.add("read", *(f"{n} {kind}" for kind, n in kinds.most_common()))

    def _kind(self, part: Part | BadRecord) -> Kind | NoFormat | None:
        if isinstance(part, BadRecord):
            return None
        try:
            return kind_of(without_compression(part.name), part.head(HEAD))
        except DamagedFileError as error:
            return NoFormat(str(error))

    @cached_property
    def _html(self) -> HtmlSource:
        return HtmlSource(
            None, extractor=self.extractor, deadline=self.deadline, workers=self.workers
        )

    @cached_property
    def _formats(self) -> Mapping[Kind, Format]:
        encoding, fields = self.encoding, self.fields
        feed = FeedSource(
            path=None, follow=self.follow, allow_private=self.allow_private, max_mb=self.max_mb,
            seconds=self.seconds,
        )  # fmt: skip
        warc = WarcSource(
            None, extractor=self.extractor, crawl_date=self.crawl_date, deadline=self.deadline,
            workers=self.workers,
        )  # fmt: skip
        formats: dict[Kind, Format] = {
            "html": self._html,
            "feed": feed,
            "warc": warc,
            "json": JsonSource(None, encoding=encoding, records=self.records, fields=fields),
            "csv": CsvSource(None, encoding=encoding, fields=fields),
            "xlsx": XlsxSource(None, sheet=self.sheet, fields=fields),
            "ninjs": NinjsSource(None, encoding=encoding),
            "newsml": NewsmlSource(None),
            "parquet": ParquetSource(None, fields=fields),
            "text": PageSource(None, encoding=encoding),
        }
        for source in formats.values():
            if isinstance(source, TakesNotes):
                source.notes = self.notes
        return formats


_WITH_FIELDS = frozenset(("json", "csv", "xlsx", "parquet"))


def _counted(parts: Iterable[Part | BadRecord | None], kinds: Counter[str]) -> Iterator[Part]:
    for part in parts:
        assert isinstance(part, Part)
        kinds["html"] += 1
        yield part


def _refused(part: Part, kind: NoFormat) -> BadRecord:
    reason = f"{part.name}: {kind.reason}"
    return BadRecord(part.name, "", reason, f"ValueError: {kind.reason}")
