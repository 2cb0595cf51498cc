"""The steps of a run, from a composed configuration: ingest, annotate, publish, and all three."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

import pyarrow as pa

from pipeline.annotate.shard import ShardTask, claim_name
from pipeline.annotate.usage import Spent
from pipeline.core.digest import digest_of
from pipeline.core.errors import RunError, StoppedError
from pipeline.core.files import cannot, read_record
from pipeline.ingest.ingest import BOILERPLATE, FILTERED, UNREAD_DATE
from pipeline.ingest.repeats import DUPLICATE, TEXT_NOTE
from pipeline.publish.base import files_of
from pipeline.store.shards import Receipt, ShardStore, total
from pipeline.workflow.growth import (
    additions_of,
    nothing_new,
)
from pipeline.workflow.job import Job
from pipeline.workflow.manifest import counts_under, write_manifest
from pipeline.workflow.reading import ingest_verb, telling_rejects
from pipeline.workflow.rows import gone_annotated, published_rows, run_counts

_LOG = logging.getLogger(__name__)


def run_verb(job: Job) -> None:
    """Ingest, annotate and publish; nothing of a growing run that has nothing new."""
    if job.run.grow and nothing_new(job):
        job.say(f"run {job.run.name}: nothing new")
        job.worked = False
        return
    job.plan.build()
    if not job.directory.is_planned("annotate"):
        # Models take seconds to load, some of it in the background while ingest reads.
        job.plan.runner.prepare(job.plan.annotate)
    ingest_verb(job)
    annotate_verb(job)
    publish_verb(job)


def annotate_verb(job: Job, check: bool = True) -> None:
    """Article shards to annotation shards; `check` that not too much was rejected."""
    ingested = job.directory.fingerprint("ingest")
    articles = job.directory.articles(ingested)
    if not articles.finished():
        raise RunError(f"{job.directory.path}: ingest is not finished; run `dateline ingest` again")
    receipts = articles.receipts()
    with job.turn("plan"):
        fingerprint = job.directory.prepare(
            "annotate",
            job.plan.annotate_keys(ingested),
            job.run.overwrite,
            job.config.recorded("annotate"),
            receipts,
            alone=not job.claims.others(),
            grow=job.run.grow or bool(additions_of(job.directory)),
        )
        job.keep_config("annotate")
    store = job.directory.annotations(fingerprint, articles)
    task = ShardTask(
        job.runs, job.run.name, ingested, fingerprint, job.claims.token, job.run.claim_seconds
    )
    with telling_rejects(job, store):
        worked = _annotate(job, task, receipts, store, check)
    counts = run_counts(job.directory, articles, store)
    store.finish(counts)
    details = {
        "unread_dates": counts_under(receipts, UNREAD_DATE),
        "text_notes": counts_under(receipts, TEXT_NOTE),
        "boilerplate": counts_under(receipts, BOILERPLATE),
        "filtered": counts_under(receipts, FILTERED),
        "duplicates": Counter(counts_under(receipts, DUPLICATE))
        + Counter(updated=gone_annotated(job.directory, articles, store)["updated"]),
    }
    write_manifest(job.directory, counts, worked=worked, details=details)
    _LOG.info("annotated, records by outcome %s", counts)
    job.tell_rejects(store)
    if check:
        job.check_rate(counts["rejected"], counts["read"])


def _annotate(
    job: Job,
    task: ShardTask,
    articles: list[Receipt],
    store: ShardStore,
    check: bool,
) -> bool:
    """Have every shard annotated, by this process or by others that joined; False if all were."""
    done = {r.shard: r for a in articles if (r := store.receipt(a.shard)) is not None}
    if len(done) == len(articles):
        return False
    rows, begun = (sum(a.rows for a in some) for some in (articles, [articles[n] for n in done]))
    with (
        job.session.step("annotate", task.annotations) as spent,
        job.progress("annotate", rows, begun) as progress,
    ):
        while todo := [a.shard for a in articles if a.shard not in done]:
            free = [shard for shard in todo if job.claims.is_free(claim_name(shard))]
            try:
                for result in job.plan.runner.run(
                    job.plan.annotate, task, free, progress, job.stop
                ):
                    if result is not None:
                        done[result.receipt.shard] = result.receipt
                        spent += result.spent
                        job.session.save_sometimes()
                        if check:
                            rejected = total([*articles, *done.values()], "rejected")
                            job.check_rate(rejected, total(articles, "read"))
            except StoppedError as error:
                if isinstance(error.spent, Spent):
                    spent += error.spent
                raise
            if not free:  # others are at all that is left
                job.pause()
                for shard in todo:
                    if (receipt := store.receipt(shard)) is not None:
                        done[shard] = receipt
                        progress(articles[shard].rows)
    cache = job.plan.annotate.config.stage_cache()
    if cache is not None:
        cache.prune()
    return True


def publish_verb(job: Job) -> None:
    """Article and annotation shards to the published files and the table on the terminal."""
    publishers = job.plan.publishers
    articles, annotations = job.directory.stores()
    if annotations is None or not annotations.finished():
        raise RunError(
            f"{job.directory.path}: annotate is not finished; run `dateline annotate` again"
        )
    with job.turn("publish"):
        job.keep_config("publish")
        digests = {}
        with job.session.step("publish", job.directory.fingerprint("annotate")):
            for publisher in publishers:
                rows = _watched(
                    published_rows(job.directory, articles, annotations, job.config.published), job
                )
                for path in files_of(publisher.write(rows, job.directory.published)):
                    name = path.relative_to(job.directory.published).as_posix()
                    try:
                        digests[name] = digest_of(path)
                    except OSError as error:
                        raise cannot("read", path, error) from error
                    _LOG.info("published %s", name)
        _remove_stale(job, digests)
        recorded = job.config.recorded("publish")
        counts = run_counts(job.directory, articles, annotations)
        write_manifest(job.directory, counts, published=digests, publish=recorded, worked=False)


def _remove_stale(job: Job, published: Mapping[str, str]) -> None:
    """What was published before and is not any more would be of other annotations one day."""
    before = (read_record(job.directory.manifest) or {}).get("published")
    for name in before if isinstance(before, dict) else ():
        if name not in published:
            path = job.directory.published / name
            path.unlink(missing_ok=True)
            while path.parent != job.directory.published and not any(path.parent.iterdir()):
                path = path.parent
                path.rmdir()


def _watched(tables: Iterator[pa.Table], job: Job) -> Iterator[pa.Table]:
    for table in tables:
        job.stop.check()
        yield table


VERBS: Mapping[str, Callable[[Job], None]] = {
    "run": run_verb,
    "ingest": ingest_verb,
    "annotate": annotate_verb,
    "publish": publish_verb,
}
