"""A checked configuration at work in its run directory: who else is there, the log, the account."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import yaml
from rich.console import Console

from pipeline.core.errors import RejectRateError, RunError
from pipeline.core.files import write_text
from pipeline.core.progress import Progress, progress_bar
from pipeline.core.stopping import Stop
from pipeline.ingest.date_parts import Unread
from pipeline.ingest.ingest import UNREAD_DATE
from pipeline.store.directory import RunDirectory
from pipeline.store.leases import Claims
from pipeline.store.log import logging_to
from pipeline.store.shards import Receipt, ShardStore
from pipeline.workflow.config import RunConfig
from pipeline.workflow.manifest import counts_under
from pipeline.workflow.plan import Plan
from pipeline.workflow.sessions import Session

_LOG = logging.getLogger(__name__)
_REASONS_SHOWN = 5

LOOK_EVERY = 0.5
"""Seconds between two looks at whether another process is through."""


class Job:
    """A configuration at work in its run directory; `plan` has its parts. `worked` is whether there
    was anything to do."""

    def __init__(self, config: RunConfig, console: Console, plan: Plan | None = None) -> None:
        self.config = config
        self.plan = plan or Plan(config)
        self.console = console
        self.run = config.run
        self.runs = config.paths.runs
        self.directory = RunDirectory(self.runs, self.run.name)
        self.stop = Stop()
        self.claims = Claims(self.directory.claims, self.run.claim_seconds, self.say)
        self.session = Session(self.directory.sessions, self.claims.token)
        self._progress: Progress | None = None
        self.worked = True

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """This process at work on the run: alone, or joined to others; with the run's log.

        Raises:
            RunError: the place holds no run of ours, or others are at work and `run.join` is off.
        """
        self.directory.check_ours()
        if "source" not in self.config.nodes:
            self.directory.fingerprint("ingest")  # nothing is begun here without articles
        left = self.directory.half_written()
        with (
            self.claims.session(self.run.join),
            logging_to(self.directory.log, self.run.name),
        ):
            _LOG.info("started, process %d", os.getpid())
            if self.claims.alone:
                self.directory.clean(left)
            elif self.run.overwrite:
                raise RunError("run.overwrite=true replaces what others are working on: not with "
                               "run.join=true")  # fmt: skip
            yield
            left = self.directory.half_written()
            if not self.claims.others():
                self.directory.clean(left)
            _LOG.info("ended")

    @contextmanager
    def turn(self, what: str) -> Iterator[None]:
        """Be the only process that does this, waiting for another that is at it.

        Raises:
            StoppedError: an end was asked for while waiting.
        """
        waited = False
        while not self.claims.claim(what):
            if not waited:
                self.say(f"waiting for {', '.join(self.claims.others())}: {what}")
                waited = True
            self.pause()
        try:
            yield
        finally:
            self.claims.release(what)

    def pause(self) -> None:
        """Wait a moment for others; raises `StoppedError` when an end was asked for."""
        self.stop.check()
        time.sleep(LOOK_EVERY)

    @contextmanager
    def progress(self, label: str, total: int | None = None, done: int = 0) -> Iterator[Progress]:
        """A bar for the time of the block, and what `status` tells."""
        with progress_bar(self.console, label, total, done) as progress:
            self._progress = progress
            yield progress
        self._progress = None

    def status(self) -> str:
        """How far the run is, in a line."""
        progress = self._progress
        return f"run {self.run.name}: {progress if progress is not None else 'between two steps'}"

    def keep_config(self, *steps: str) -> None:
        """Write the steps' parts of the resolved configuration; those of other steps stay."""
        before = self.directory.kept_config()
        kept = dict(before or {})
        for step in steps:
            kept |= self.config.recorded(step)
        text = yaml.safe_dump(kept, sort_keys=False, allow_unicode=True)
        if kept != before:
            write_text(self.directory.config, text)

    def check_rate(self, rejected: int, read: int) -> None:
        """End the run when too much was rejected.

        Raises:
            RejectRateError: more than `run.max_reject_rate` of the records.
        """
        if rejected > self.run.max_reject_rate * read:
            raise RejectRateError(
                f"{rejected} of {read} records were rejected, more than "
                f"run.max_reject_rate={self.run.max_reject_rate}; see {self.directory.rejects}. To "
                "go on all the same, run.max_reject_rate=1; once the cause is gone, `dateline "
                f"retry {self.directory.name}`"
            )

    def tell_rejects(self, store: ShardStore) -> None:
        """Print the first few reasons of a step's rejects."""
        reasons = [
            reject.reason
            for receipt in store.receipts()
            if receipt.rejects
            for reject in store.rejects(receipt.shard)
        ]
        for reason in reasons[:_REASONS_SHOWN]:
            self.say(f"rejected: {reason}")
        if len(reasons) > _REASONS_SHOWN:
            more = len(reasons) - _REASONS_SHOWN
            self.say(f"... and {more} more, in {self.directory.rejects}")

    def tell_unread_dates(
        self, articles: Sequence[Receipt], examples: Mapping[Unread, str]
    ) -> None:
        """Say how many dates were given and not read; `examples` are some of them by reason."""
        reasons = counts_under(articles, UNREAD_DATE)
        if reasons:
            parts = (
                f"{reasons[reason]} {reason}"
                + (f" ({examples[reason]!r})" if reason in examples else "")
                for reason in Unread
                if reason in reasons
            )
            self.say(
                f"dates not read, published is null: {', '.join(parts)}; each is in "
                f"{self.directory.log}"
            )

    def say(self, line: str) -> None:
        """A line for whoever is watching."""
        self.console.print(line, markup=False, highlight=False, soft_wrap=True)
