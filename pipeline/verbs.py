"""The steps of a run, from a composed configuration: ingest, annotate, publish, and all three."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field, PositiveInt
from pydantic.dataclasses import dataclass
from rich.console import Console

from pipeline.engines.models import digest_of
from pipeline.errors import ConfigError, InputError, RejectRateError, RunError
from pipeline.ingest.ingest import INGEST_VERSION, IngestSettings, ingest
from pipeline.progress import progress_bar
from pipeline.publish.base import Publisher
from pipeline.publish.rows import joined_rows
from pipeline.publish.terminal import print_rows
from pipeline.runners.base import Runner
from pipeline.runs.annotate import STAGES, ShardTask, build_stages
from pipeline.runs.directory import RunDirectory
from pipeline.runs.files import write_text
from pipeline.runs.fingerprint import semantic_keys
from pipeline.runs.log import logging_to
from pipeline.runs.manifest import seconds_so_far, total_counts, update_manifest
from pipeline.runs.shards import ShardStore, read_rejects
from pipeline.schema import PLUGIN, build, construct, unknown_key
from pipeline.sources.base import Source
from pipeline.stage import Stage

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
        self.run = construct(RunSettings, _section(config, "run"), "run")
        self.annotate = construct(
            AnnotateSettings,
            _section(config, "annotate") if "annotate" in config else {},
            "annotate",
        )
        paths = construct(PathSettings, _section(config, "paths"), "paths")
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


def run_verb(job: Job) -> None:
    """Ingest, annotate and publish."""
    # All that can be wrong with the configuration is found before anything is read or written.
    source = build(_section(job.config, "source"), "source", Source)
    source.files()
    construct(IngestSettings, _section(job.config, "ingest"), "ingest")
    runner = build(_section(job.config, "runner"), "runner", Runner)
    stages = build_stages(job.config)
    for stage in stages.values():
        stage.identity()
    _publishers(job.config)
    if not job.directory.is_planned("annotate"):
        # Models take seconds to load, some of it in the background while ingest reads.
        runner.prepare(_stage_nodes(job.config, stages), job.annotate.batch_rows)
    ingest_verb(job)
    annotate_verb(job, runner)
    publish_verb(job)


def ingest_verb(job: Job) -> None:
    """Source to article shards."""
    settings = construct(IngestSettings, _section(job.config, "ingest"), "ingest")
    source = build(_section(job.config, "source"), "source", Source)
    files = source.files()
    keys = {
        **semantic_keys(_section(job.config, "source"), "source"),
        **semantic_keys(_section(job.config, "ingest"), "ingest"),
        **_input_keys(files),
        "ingest.version": INGEST_VERSION,
    }
    if files:
        # A run may go on where its input lies elsewhere; the digests say whether it is the same.
        keys.pop("source.path", None)
    print_of_keys = job.directory.prepare("ingest", keys, job.run.overwrite)
    job.keep_config("ingest")
    store = job.directory.articles(print_of_keys)
    if not store.finished():
        goes_on = bool(store.receipts())
        with job.timed("ingest", goes_on), progress_bar(job.console, "ingest") as progress:
            ingest(source, settings, store, progress)
    receipts = store.receipts()
    if not receipts:
        raise InputError(f"{_section(job.config, 'source').get('path')}: no records in it")
    job.check_rejects("ingest")


def annotate_verb(job: Job, runner: Runner | None = None) -> None:
    """Article shards to annotation shards."""
    runner = runner or build(_section(job.config, "runner"), "runner", Runner)
    stages = build_stages(job.config)
    identities = {name: dict(stage.identity()) for name, stage in stages.items()}
    articles = job.directory.articles(job.directory.fingerprint("ingest"))
    if not articles.finished():
        raise RunError(f"{job.directory.path}: ingest is not finished; run `dateline ingest` again")
    nodes = _stage_nodes(job.config, stages)
    keys = {
        "articles": job.directory.fingerprint("ingest"),
        **semantic_keys(_section(job.config, "annotate"), "annotate"),
        **semantic_keys(nodes, "stages"),
        **semantic_keys(identities, "identity"),
    }
    print_of_keys = job.directory.prepare("annotate", keys, job.run.overwrite)
    job.keep_config("annotate")
    store = job.directory.annotations(print_of_keys)
    receipts = articles.receipts()
    todo = [r.shard for r in receipts if store.receipt(r.shard) is None]
    task = ShardTask(
        job.runs,
        job.run.name,
        job.directory.fingerprint("ingest"),
        print_of_keys,
        job.annotate.batch_rows,
    )
    total = sum(receipt.rows for receipt in receipts)
    done = sum(receipt.rows for receipt in receipts if receipt.shard not in todo)
    if todo:
        with (
            job.timed("annotate", goes_on=done > 0),
            progress_bar(job.console, "annotate", total) as progress,
        ):
            progress(done)
            runner.run(nodes, task, todo, progress)
    counts = total_counts(receipts, store.receipts())
    store.finish(counts)
    update_manifest(job.directory.manifest, {"stages": identities, "counts": counts})
    _LOG.info("annotated, records by outcome %s", counts)
    job.check_rejects("annotate")


def publish_verb(job: Job) -> None:
    """Article and annotation shards to the published files and the table on the terminal."""
    publishers = _publishers(job.config)
    articles, annotations = job.stores()
    if annotations is None or not annotations.finished():
        raise RunError(
            f"{job.directory.path}: annotate is not finished; run `dateline annotate` again"
        )
    job.keep_config("publish")
    with job.timed("publish"):
        for publisher in publishers:
            path = publisher.write(joined_rows(articles, annotations), job.directory.published)
            _LOG.info("published %s", path.name)


def show(job: Job, out: Console) -> None:
    """Print the table of a finished run, its counts and where it lies."""
    articles, annotations = job.stores()
    assert annotations is not None
    print_rows(joined_rows(articles, annotations), out)
    counts = total_counts(articles.receipts(), annotations.receipts())
    outcomes = ", ".join(f"{n} {name}" for name, n in counts.items() if n or name == "annotated")
    out.print(f"{outcomes}; in {job.directory.path}", markup=False, highlight=False, soft_wrap=True)


def _stage_nodes(config: Config, stages: Mapping[str, Stage]) -> dict[str, object]:
    """The part of the configuration that the stages are built from."""
    return {name: config[name] for name in (*STAGES, "encoder") if name in stages}


def _publishers(config: Config) -> list[Publisher]:
    nodes = _section(config, "publish")
    return [
        build(_section(nodes, name), f"publish.{name}", Publisher)
        for name in nodes
        if nodes[name] is not None
    ]


def _input_keys(files: list[Path]) -> dict[str, object]:
    """`input.NAME: sha256` for each file, named from the folder that all of them share."""
    if not files:
        return {}
    shared = Path(os.path.commonpath([file.resolve().parent for file in files]))
    try:
        return {f"input.{f.resolve().relative_to(shared)}": digest_of(f) for f in files}
    except OSError as error:
        raise InputError(f"{error.filename}: cannot be read: {error.strerror}") from error


def _section(config: Config, key: str) -> Config:
    node = config.get(key)
    if not isinstance(node, Mapping):
        raise ConfigError(f"{key} is not set: choose one of the group, {key}=NAME")
    return node


VERBS: Mapping[str, Callable[[Job], None]] = {
    "run": run_verb,
    "ingest": ingest_verb,
    "annotate": annotate_verb,
    "publish": publish_verb,
}
