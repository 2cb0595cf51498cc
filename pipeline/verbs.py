"""The steps of a run, from a composed configuration: ingest, annotate, publish, and all three."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from rich.console import Console

from pipeline.engines.models import digest_of
from pipeline.errors import InputError, RunError
from pipeline.ingest.ingest import INGEST_VERSION, IngestSettings, ingest
from pipeline.job import Config, Job, section
from pipeline.progress import progress_bar
from pipeline.publish.base import Publisher
from pipeline.publish.rows import joined_rows
from pipeline.publish.terminal import print_rows
from pipeline.runners.base import Runner
from pipeline.runs.annotate import STAGES, ShardTask, build_stages
from pipeline.runs.fingerprint import semantic_keys
from pipeline.runs.manifest import total_counts, update_manifest
from pipeline.schema import build, construct
from pipeline.sources.base import Source

_LOG = logging.getLogger(__name__)


def run_verb(job: Job) -> None:
    """Ingest, annotate and publish."""
    # All that can be wrong with the configuration is found before anything is read or written.
    source = build(section(job.config, "source"), "source", Source)
    source.files()
    construct(IngestSettings, section(job.config, "ingest"), "ingest")
    runner = build(section(job.config, "runner"), "runner", Runner)
    stages = build_stages(job.config)
    for stage in stages.values():
        stage.identity()
    _publishers(job.config)
    if not job.directory.is_planned("annotate"):
        # Models take seconds to load, some of it in the background while ingest reads.
        runner.prepare(_stage_nodes(job.config), job.annotate.batch_rows)
    ingest_verb(job)
    annotate_verb(job, runner)
    publish_verb(job)


def ingest_verb(job: Job) -> None:
    """Source to article shards."""
    settings = construct(IngestSettings, section(job.config, "ingest"), "ingest")
    source = build(section(job.config, "source"), "source", Source)
    files = source.files()
    keys = {
        **semantic_keys(section(job.config, "source"), "source"),
        **semantic_keys(section(job.config, "ingest"), "ingest"),
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
        raise InputError(f"{section(job.config, 'source').get('path')}: no records in it")
    job.check_rejects("ingest")


def annotate_verb(job: Job, runner: Runner | None = None) -> None:
    """Article shards to annotation shards."""
    runner = runner or build(section(job.config, "runner"), "runner", Runner)
    stages = build_stages(job.config)
    identities = {name: dict(stage.identity()) for name, stage in stages.items()}
    articles = job.directory.articles(job.directory.fingerprint("ingest"))
    if not articles.finished():
        raise RunError(f"{job.directory.path}: ingest is not finished; run `dateline ingest` again")
    nodes = _stage_nodes(job.config)
    keys = {
        "articles": job.directory.fingerprint("ingest"),
        **semantic_keys(section(job.config, "annotate"), "annotate"),
        **semantic_keys({name: nodes[name] for name in stages}, "stages"),
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


def _stage_nodes(config: Config) -> dict[str, object]:
    """The part of the configuration that the stages are built from."""
    return {name: config[name] for name in (*STAGES, "encoder") if config.get(name) is not None}


def _publishers(config: Config) -> list[Publisher]:
    nodes = section(config, "publish")
    return [
        build(section(nodes, name), f"publish.{name}", Publisher)
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


VERBS: Mapping[str, Callable[[Job], None]] = {
    "run": run_verb,
    "ingest": ingest_verb,
    "annotate": annotate_verb,
    "publish": publish_verb,
}
