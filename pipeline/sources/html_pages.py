"""Many pages at once, in processes that may be killed: what files, archives and links share."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from importlib.metadata import version

from pipeline.core.workers import Done, Failure, Workers
from pipeline.sources.base import BadRecord, LeftOut, Read
from pipeline.sources.html_page import (
    PAYLOAD,
    Extractor,
    Page,
    by_resiliparse,
    by_trafilatura,
    warm,
)

_VERSION = "1"
"""Goes up with every change of what comes of the same page."""


def extraction(extractor: Extractor) -> str:
    """The name and version of what decides what comes of a page."""
    return f"{_VERSION}-{extractor}-{version(extractor)}"


class Pages:
    """Extraction by `workers` processes (None: one a core), `deadline` seconds a page."""

    def __init__(self, extractor: Extractor, workers: int | None, deadline: float) -> None:
        extract = by_trafilatura if extractor == "trafilatura" else by_resiliparse
        self._deadline = deadline
        self._workers: Workers[Page, Read] = Workers(
            extract, workers or _cores(), deadline, initializer=warm
        )

    def read(self, pages: Iterable[Page | BadRecord | LeftOut]) -> Iterator[Read]:
        """What is on the pages, in their order; what is none comes through as it is."""
        jobs: Iterator[Page | Done[Read]] = (
            page if isinstance(page, Page) else Done(page) for page in pages
        )
        for result in self._workers.ordered(jobs):
            yield self._bad(result) if isinstance(result, Failure) else result

    def close(self) -> None:
        """End the processes that are kept for the next pages."""
        self._workers.close()

    def _bad(self, failure: Failure[Page]) -> BadRecord:
        page = failure.item
        if failure.kind == "timed out":
            reason = (
                f"not read within {self._deadline:g} s; raise source.deadline, set "
                "source.extractor=resiliparse, or remove it"
            )
        else:
            reason = "cannot be read; mend it, such as by saving it anew, or remove it"
        payload = page.data[:PAYLOAD].decode("utf-8", "backslashreplace")
        return BadRecord(page.where, payload, f"{page.where}: {reason}", failure.error)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
