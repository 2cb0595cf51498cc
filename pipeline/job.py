"""A checked configuration at work in its run directory: log, timings, kept config, rejects."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated

import yaml
from pydantic import Field, PositiveInt
from pydantic.dataclasses import dataclass
from rich.console import Console

from pipeline.errors import ConfigError, RejectRateError
from pipeline.runs.annotate import STAGES
from pipeline.runs.directory import RunDirectory
from pipeline.runs.files import write_text
from pipeline.runs.log import logging_to
from pipeline.runs.manifest import seconds_so_far, update_manifest
from pipeline.runs.shards import ShardStore, read_rejects
from pipeline.schema import PLUGIN, construct, unknown_key

_LOG = logging.getLogger(__name__)
_REASONS_SHOWN = 5

Config = Mapping[str, object]


@dataclass(config=PLUGIN)
class RunSettings:
    """The `run` section: see `configs/run.yaml`."""

    name: str
    overwrite: bool = False
    max_reject_rate: Annotated[float, Field(ge=0, le=1)] = 0.5


@dataclass(config=PLUGIN)
class AnnotateSettings:
    """The `annotate` section: articles that go through the stages together."""

    batch_rows: PositiveInt = 32


@dataclass(config=PLUGIN)
class PathSettings:
    """The `paths` section."""

    runs: str


_SECTIONS: Mapping[str, tuple[str, ...]] = {
    "ingest": ("run", "paths", "source", "ingest"),
    "annotate": ("annotate", "encoder", *STAGES, "engine", "runner"),
    "publish": ("publish",),
}
"""Sections of the configuration by the step that they belong to."""

_ALL_SECTIONS = [section for sections in _SECTIONS.values() for section in sections]


class Job:
    """A checked configuration with the run directory it works in."""

    def __init__(self, config: Config, console: Console) -> None:
        for key in config:
            if key not in _ALL_SECTIONS:
                raise ConfigError(unknown_key(key, _ALL_SECTIONS))
        self.config = config
        self.console = console
        self.run = construct(RunSettings, section(config, "run"), "run")
        self.annotate = construct(
            AnnotateSettings,
            section(config, "annotate") if "annotate" in config else {},
            "annotate",
        )
        paths = construct(PathSettings, section(config, "paths"), "paths")
        self.directory = RunDirectory(paths.runs, self.run.name)
        self.runs = paths.runs

    @contextmanager
    def logged(self) -> Iterator[None]:
        """The run's log file, for the time of the block."""
        self.directory.check_ours()
        if "source" not in self.config:
            self.directory.fingerprint("ingest")  # nothing is begun here without articles
        with logging_to(self.directory.log, self.run.name):
            _LOG.info("started, process %d", os.getpid())
            yield
            _LOG.info("ended")

    @contextmanager
    def timed(self, step: str, goes_on: bool = False) -> Iterator[None]:
        """Seconds of a step, into the manifest; added to those before where it goes on."""
        begun = time.perf_counter()
        yield
        seconds = time.perf_counter() - begun
        if goes_on:
            seconds += seconds_so_far(self.directory.manifest, step)
        update_manifest(self.directory.manifest, {f"{step}_seconds": round(seconds, 2)})

    def keep_config(self, step: str) -> None:
        """Write the step's part of the resolved configuration; that of other steps stays."""
        path = self.directory.config
        before = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
        own = {name: self.config[name] for name in _SECTIONS[step] if name in self.config}
        text = yaml.safe_dump({**before, **own}, sort_keys=False, allow_unicode=True)
        write_text(self.directory.config, text)

    def check_rejects(self, step: str) -> None:
        """Say what a step rejected; stop when it was too much with what was rejected before.

        Raises:
            RejectRateError: more than `run.max_reject_rate` of the records.
        """
        articles, annotations = self.stores()
        read = sum(receipt.counts.get("read", 0) for receipt in articles.receipts())
        rejected = sum(
            receipt.counts.get("rejected", 0)
            for store in (articles, annotations)
            if store is not None
            for receipt in store.receipts()
        )
        if not rejected:
            return
        reasons = [
            reject.reason
            for reject in read_rejects(self.directory.rejects)
            if (reject.stage == "ingest") == (step == "ingest")
        ]
        for reason in reasons[:_REASONS_SHOWN]:
            self._say(f"rejected: {reason}")
        if len(reasons) > _REASONS_SHOWN:
            more = len(reasons) - _REASONS_SHOWN
            self._say(f"... and {more} more, in {self.directory.rejects}")
        if rejected > self.run.max_reject_rate * read:
            raise RejectRateError(
                f"{rejected} of {read} records were rejected, more than "
                f"run.max_reject_rate={self.run.max_reject_rate}; see {self.directory.rejects}"
            )

    def _say(self, line: str) -> None:
        self.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def stores(self) -> tuple[ShardStore, ShardStore | None]:
        """Article and annotation shards as planned; None for annotations not yet planned."""
        articles = self.directory.articles(self.directory.fingerprint("ingest"))
        if not self.directory.is_planned("annotate"):
            return articles, None
        return articles, self.directory.annotations(self.directory.fingerprint("annotate"))


def section(config: Config, key: str) -> Config:
    """A section of the configuration that has to be there."""
    node = config.get(key)
    if not isinstance(node, Mapping):
        raise ConfigError(f"{key} is not set: choose one of the group, {key}=NAME")
    return node
