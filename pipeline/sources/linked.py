"""The articles that feed entries link to, one page at a time."""

from __future__ import annotations

import logging
from collections import Counter
from functools import cached_property
from importlib import import_module
from urllib.parse import urlsplit

from pipeline.core.errors import ConfigError, InputError
from pipeline.core.secrets import redacted
from pipeline.sources.base import Record
from pipeline.sources.feed_entries import Entry
from pipeline.sources.fetch import Fetching, fetch
from pipeline.sources.files import Format
from pipeline.sources.parts import DamagedFileError, parts_of

_LOG = logging.getLogger(__name__)

_PATIENCE = 3
"""Pages in a row that a host may fail to give before it is asked no more."""


class LinkedPages:
    """At most `most` pages, each fetched once for the same date of its entry."""

    def __init__(self, fetching: Fetching, most: int) -> None:
        self._fetching = fetching
        self._left = most
        self._failed: Counter[str] = Counter()

    def text(self, entry: Entry) -> str:
        """The text of the article on the page; empty without one, which is logged."""
        host = urlsplit(entry.url).netloc
        if self._failed[host] >= _PATIENCE:
            return ""
        self._left -= 1
        if self._left < 0:
            if self._left == -1:
                _LOG.warning("%s: from here on no page is followed; raise source.pages", entry.url)
            return ""
        try:
            file = fetch(entry.url, self._fetching, entry.updated or entry.published or None)
            self._failed[host] = 0
            for part in parts_of(file):
                for record in self._html.read_part(part):
                    if isinstance(record, Record):
                        return record.values.get("text", "")
            reason = f"{redacted(entry.url)}: no article"
        except InputError as error:
            self._failed[host] += 1
            reason = str(error)
            if self._failed[host] == _PATIENCE:
                reason += f"; {redacted(host)} is asked no more"
        except DamagedFileError as error:
            reason = error.bad.reason
        _LOG.warning("%s; the entry's own text is taken", reason)
        return ""

    @cached_property
    def _html(self) -> Format:
        try:
            source: Format = import_module("pipeline.sources.html").HtmlSource(path=None)
        except ImportError as error:
            raise ConfigError("source.follow=true needs source=html, which is missing") from error
        return source
