"""`dateline withdraw`: articles are taken out of all that a run publishes, and that is recorded."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from pipeline.core.errors import InputError
from pipeline.ingest.duplicates import Row
from pipeline.ingest.gone import Gone, Withdrawal
from pipeline.workflow.job import Job
from pipeline.workflow.steps import publish_verb


def withdraw_verb(job: Job, ids: Collection[str], reason: str) -> None:
    """Withdraw the articles with these ids and publish anew. What repeats them, now or later, is
    not published either.

    Raises:
        InputError: the run has no article of such an id.
        RunError: the run is not finished.
    """
    articles, _ = job.directory.stores()
    aside = job.directory.aside("duplicates")
    gone = Gone(aside)
    places: dict[Row, str] = {}
    for receipt in articles.receipts():
        for row, name in enumerate(articles.read(receipt.shard)["id"].to_pylist()):
            if name in ids:
                places[Row(receipt.shard, row)] = name
    unknown = sorted(set(ids) - set(places.values()))
    if unknown:
        raise InputError(f"{job.directory.path}: no article has the id {unknown[0]!r}")
    when = datetime.now(UTC).isoformat(timespec="seconds")
    known = {Row(one.shard, one.row) for one in gone.withdrawn}
    gone.withdraw(
        [
            Withdrawal(name, place.shard, place.row, reason, when)
            for place, name in places.items()
            if place not in known
        ]
    )
    publish_verb(job)
    job.say(f"{len(set(ids))} withdrawn from run {job.run.name}: {', '.join(sorted(ids))}")
