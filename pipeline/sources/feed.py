"""Feeds: RSS, Atom and JSON Feed, one article an entry."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import ClassVar

from pydantic import PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.core.workers import Failure, Workers
from pipeline.sources.base import BadRecord, LeftOut, Read, Record
from pipeline.sources.feed_entries import Entry, Feed, read_feed
from pipeline.sources.fetch import Fetching
from pipeline.sources.files import Paths, find_files, read_each
from pipeline.sources.linked import LinkedPages
from pipeline.sources.parts import Part

_LOG = logging.getLogger(__name__)

_PAYLOAD = 64 * 2**10
"""Bytes kept of a document that is no feed: enough to see what it is."""


@dataclass(config=PLUGIN)
class FeedSource(Fetching):
    """Feeds from files or URLs. With `follow` the text of an entry is that of the page that it
    links to, where that has more; of at most `pages` of them. A document is given up after
    `deadline` seconds."""

    path: Paths
    patterns: Sequence[str] = (
        "**/*.rss", "**/*.rss.*", "**/*.atom", "**/*.atom.*", "**/*.rdf", "**/*.xml", "**/*.xml.*",
    )  # fmt: skip
    follow: bool = False
    pages: PositiveInt = 500
    deadline: PositiveFloat = 120.0

    performance_fields: ClassVar[frozenset[str]] = Fetching.performance_fields | {"deadline"}

    def identity(self) -> Mapping[str, str]:
        return {"reader": "feed-1", "feedparser": version("feedparser")}

    def files(self) -> list[Path]:
        return find_files(self.path, self.patterns, self)

    def read(self) -> Iterator[Read]:
        entries: Iterator[Read] = read_each(self.files(), self.read_part, self)
        try:
            yield from entries
        finally:
            self._parsers.close()

    def read_part(self, part: Part) -> Iterator[Read]:
        """The entries of a feed, in their order."""
        data = part.data()
        # In a process of its own, since a feed can be made to take a parser years.
        [feed] = self._parsers.ordered([data])
        if isinstance(feed, Failure):
            way = f"raise source.deadline={self.deadline:g}" if feed.kind == "timed out" else ""
            yield _bad(part, data, f"cannot be read; {way or 'mend or remove it'}", feed.error)
            return
        if isinstance(feed, str):
            yield _bad(part, data, feed, f"ValueError: {feed}")
            return
        if feed.flaw is not None:
            _LOG.warning("%s: %s; its %d entries are read", part.name, feed.flaw, len(feed.entries))
        if not feed.entries:
            yield LeftOut(part.name, "feed without entries")
        for number, entry in enumerate(feed.entries, 1):
            where = f"{part.name}: entry {number}"
            if entry.title or entry.text:
                yield Record(where, self._values(entry))
            else:
                yield LeftOut(where, "empty entry")

    def _values(self, entry: Entry) -> dict[str, str]:
        text = entry.text
        if self.follow and entry.url:
            text = max(text, self._pages.text(entry), key=len)
        values = {
            "id": entry.id or entry.url,
            "url": entry.url,
            "title": entry.title,
            "text": text,
            "published": entry.published or entry.updated,
            "author": entry.author,
            "source": entry.source,
            "language": entry.language,
        }
        return {name: value for name, value in values.items() if value}

    @cached_property
    def _parsers(self) -> Workers[bytes, Feed | str]:
        return Workers(read_feed, 1, self.deadline)

    @cached_property
    def _pages(self) -> LinkedPages:
        return LinkedPages(self, self.pages)


def _bad(part: Part, data: bytes, reason: str, error: str) -> BadRecord:
    payload = data[:_PAYLOAD].decode("utf-8", "backslashreplace")
    return BadRecord(part.name, payload, f"{part.name}: {reason}", error)
