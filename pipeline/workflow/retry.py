"""`dateline retry`: what was rejected is tried once more, and what comes out is merged."""

from __future__ import annotations

import logging
from dataclasses import replace

from pipeline.annotate.shard import ShardTask, retry_shard
from pipeline.core.errors import RunError
from pipeline.ingest.ingest import retry_rejects
from pipeline.store.shards import ShardStore, total
from pipeline.workflow.growth import additions_of
from pipeline.workflow.job import Job
from pipeline.workflow.reading import ingest_stores, input_keys
from pipeline.workflow.steps import annotate_verb, publish_verb

_LOG = logging.getLogger(__name__)


def retry_verb(job: Job) -> None:
    """Re-drive the rejects of a finished run: those of ingest from the source, unless it grows,
    those of annotate from the article shards; then annotate and publish what is new.

    Raises:
        RunError: the run is not finished, or its input is not what it was.
    """
    articles, annotations = job.directory.stores()
    if not articles.finished():
        raise RunError(f"{job.directory.path}: not finished; run it to its end before the retry")
    before = _rejected(articles, annotations)
    with job.turn("ingest"):
        if _rejected(articles) and additions_of(job.directory):
            job.say(
                "what ingest rejected stays so: mend its files and leave them in the folder, "
                "the next run reads them as new ones"
            )
        elif _rejected(articles):
            _retry_ingest(job, articles)
        _plan_anew(job, articles)
    annotate_verb(job, check=False)
    _, annotations = job.directory.stores()
    assert annotations is not None
    if _rejected(annotations):
        _retry_annotate(job, annotations)
        annotate_verb(job, check=False)  # counts, manifest, and what is left of the rejects
    publish_verb(job)
    left = _rejected(articles, annotations)
    job.say(f"{before} rejects tried again, {before - left} recovered, {left} left")
    job.check_rate(left, total(articles.receipts(), "read"))


def _retry_ingest(job: Job, articles: ShardStore) -> None:
    planned = job.directory.planned("ingest").keys
    for name, digest in input_keys(job.plan.files).items():
        if planned.get(name) != digest:
            raise RunError(
                f"{name.removeprefix('input.')}: changed since the run was made, so the positions "
                "of its rejects mean nothing any more; use another run.name"
            )
    # Should this end half-way, whatever goes on must not take the new shards for somebody else's.
    steps = job.directory.steps()
    if "annotate" in steps:
        anew = replace(steps["annotate"], shards=())
        job.directory.write_plan({**steps, "annotate": anew})
    recovered = retry_rejects(
        job.plan.source, job.plan.ingest, ingest_stores(job.directory, articles), job.stop.check
    )
    _LOG.info("ingest recovered %d records", recovered)


def _plan_anew(job: Job, articles: ShardStore) -> None:
    """Have annotate planned for the article shards as they are now."""
    steps = job.directory.steps()
    if "annotate" not in steps:
        raise RunError(f"{job.directory.path}: was not annotated; there is nothing to try again")
    work = [{"rows": receipt.rows, "sha256": receipt.sha256} for receipt in articles.receipts()]
    if list(steps["annotate"].shards) != work:
        job.directory.write_plan({**steps, "annotate": replace(steps["annotate"], shards=work)})


def _retry_annotate(job: Job, annotations: ShardStore) -> None:
    ingested = job.directory.fingerprint("ingest")
    planned = job.directory.fingerprint("annotate")
    task = ShardTask(job.runs, job.run.name, ingested, planned)
    with job.turn("retry"), job.session.step("annotate", planned) as spent:
        for receipt in annotations.receipts():
            if receipt.rejects:
                job.stop.check()
                spent += retry_shard(job.plan.annotate, task, receipt.shard, job.stop).spent


def _rejected(*stores: ShardStore | None) -> int:
    return sum(total(store.receipts(), "rejected") for store in stores if store is not None)
