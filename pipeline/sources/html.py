"""HTML: one article a page, without what stands around it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from pydantic import PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.sources.base import BadRecord, Read
from pipeline.sources.fetch import Fetching
from pipeline.sources.files import Paths, find_files, read_each
from pipeline.sources.html_page import Extractor, Page
from pipeline.sources.html_pages import Pages, extraction
from pipeline.sources.parts import DamagedFileError, Part


@dataclass(config=PLUGIN)
class HtmlSource(Fetching):
    """Files of saved pages. Each has `deadline` seconds in one of `workers` processes (null: one a
    core), after which the process is killed and the page is a bad record."""

    path: Paths
    patterns: Sequence[str] = ("**/*.html", "**/*.html.*", "**/*.htm", "**/*.xhtml")
    extractor: Extractor = "trafilatura"
    deadline: PositiveFloat = 20.0
    workers: PositiveInt | None = None

    performance_fields: ClassVar[frozenset[str]] = Fetching.performance_fields | {
        "deadline", "workers"
    }  # fmt: skip

    def identity(self) -> Mapping[str, str]:
        return {"reader": "html-1", "extraction": extraction(self.extractor)}

    def files(self) -> list[Path]:
        return find_files(self.path, self.patterns, self)

    def read(self) -> Iterator[Read]:
        try:
            yield from self._pages.read(read_each(self.files(), _pages_of, self))
        finally:
            self._pages.close()

    def read_part(self, part: Part) -> Iterator[Read]:
        """The article of a page."""
        yield from self._pages.read([_page(part)])

    def read_parts(self, parts: Iterable[Part]) -> Iterator[Read]:
        """The articles of several pages, read in parallel; a file that cannot be read is a bad
        record."""
        yield from self._pages.read(map(_page_or_bad, parts))

    @cached_property
    def _pages(self) -> Pages:
        return Pages(self.extractor, self.workers, self.deadline)


def _pages_of(part: Part) -> Iterator[Page | BadRecord]:
    yield _page(part)


def _page(part: Part) -> Page:
    return Page(part.name, part.data())


def _page_or_bad(part: Part) -> Page | BadRecord:
    try:
        return _page(part)
    except DamagedFileError as error:
        return error.bad
