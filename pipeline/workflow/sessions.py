"""What each process that worked on a run spent on it: one small file a process, summed up later.

Kept apart from the shards, whose bytes tell nothing of how or where they were made.
"""

from __future__ import annotations

import logging
import os
import platform
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from pipeline.annotate.usage import Spent
from pipeline.core.errors import RunError
from pipeline.core.files import read_record, write_record

_LOG = logging.getLogger(__name__)

_SAVE_EVERY = 5.0
"""Seconds between two savings; a kill takes these, and the shard at hand, from the account."""


class Session:
    """This process's account; nothing that a run rests on."""

    def __init__(self, folder: Path, token: str) -> None:
        self._path = folder / f"{token}.json"
        self._started = datetime.now(UTC).isoformat(timespec="seconds")
        self._steps: list[dict[str, object]] = []
        self._saved = time.monotonic()

    @contextmanager
    def step(self, name: str, fingerprint: str) -> Iterator[Spent]:
        """Account for a step; what stages cost is added to the `Spent`."""
        spent, begun = Spent(), time.monotonic()
        values: dict[str, object] = {"step": name, "fingerprint": fingerprint}
        self._steps.append(values)
        self._running = (values, spent, begun)
        try:
            yield spent
        finally:
            _account(values, spent, begun)
            del self._running
            self.save()

    def save_sometimes(self) -> None:
        """Save if it was not done lately."""
        if time.monotonic() - self._saved > _SAVE_EVERY:
            _account(*self._running)
            self.save()

    def save(self) -> None:
        """Write the account as it stands; a full disk costs the account and not the run."""
        self._saved = time.monotonic()
        values = {
            "host": platform.node(),
            "pid": os.getpid(),
            "started": self._started,
            "saved": datetime.now(UTC).isoformat(timespec="seconds"),
            "steps": self._steps,
            "peak_memory_bytes": _peak_memory(),
        }
        try:
            write_record(self._path, values)
        except RunError as error:
            _LOG.warning("the account of time is not kept: %s", error)


def accounts(folder: Path) -> list[dict[str, object]]:
    """The accounts of all processes; damaged ones are left out."""
    found = []
    for path in sorted(folder.glob("*.json")):
        with suppress(RunError):  # nothing rests on it
            account = read_record(path)
            if account is not None:
                found.append(account)
    return found


def _account(values: dict[str, object], spent: Spent, begun: float) -> None:
    names = {*spent.seconds, *spent.articles, *spent.cached}
    values["seconds"] = round(time.monotonic() - begun, 3)
    values["stages"] = {
        name: {
            "seconds": round(spent.seconds[name], 3),
            "articles": spent.articles[name],
            "cached": spent.cached[name],
        }
        for name in sorted(names)
    }
    values["settings"] = spent.settings
    values["tokens"] = {"read": spent.tokens_read, "written": spent.tokens_written}


def _peak_memory() -> int:
    """Bytes, of this process or the largest of its workers."""
    peak = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return peak if sys.platform == "darwin" else peak * 1024
