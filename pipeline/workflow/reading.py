"""The ingest step of a run: all of its source at once, or, of a run that grows, what is new."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from pipeline.core.errors import InputError, RejectRateError, RunError
from pipeline.core.files import write_text
from pipeline.ingest.date_parts import Unread
from pipeline.ingest.ingest import FILTERED, LABELLED, Stores, forget_addition, ingest
from pipeline.ingest.repeats import DUPLICATE, Addition
from pipeline.sources.base import Source, TakesNotes
from pipeline.store.directory import RunDirectory
from pipeline.store.shards import Receipt, ShardStore, total
from pipeline.workflow.growth import (
    UNREAD,
    Added,
    additions_of,
    begun,
    files_by_digest,
    input_digest,
    new_files,
    write_additions,
)
from pipeline.workflow.job import Job
from pipeline.workflow.manifest import counts_under


def ingest_verb(job: Job) -> None:
    """Source to article shards."""
    files = job.plan.files
    inputs = {} if job.run.grow else input_keys(files)
    _check_still_readable(job, files, inputs)
    keys = job.plan.ingest_keys(inputs)
    if job.run.grow:
        keys.pop("source.path", None)
    unread: dict[Unread, str] = {}
    with job.turn("ingest"):
        fingerprint = job.directory.prepare(
            "ingest",
            keys,
            job.run.overwrite,
            job.config.recorded("ingest"),
            alone=not job.claims.others(),
            grow=job.run.grow,
        )
        job.keep_config("ingest", "publish")
        store = job.directory.articles(fingerprint)
        if job.run.grow:
            _grow(job, store, fingerprint, files, unread)
        elif not store.finished():
            _read(job, job.plan.source, store, fingerprint, unread, Addition())
            if input_keys(files) != inputs:
                raise RunError(_changed(inputs, input_keys(files)))
    receipts = store.receipts()
    if not receipts:
        raise InputError(f"{job.config.node('source').get('path')}: no records in it")
    _write_gold(job, store, receipts)
    _tell_left_out(job, receipts)
    job.tell_unread_dates(receipts, unread)
    job.tell_rejects(store)
    job.check_rate(total(receipts, "rejected"), total(receipts, "read"))


def _check_still_readable(job: Job, files: Sequence[Path], inputs: Mapping[str, object]) -> None:
    """Refuse a file that was read when the run was planned, and cannot be now.

    Raises:
        InputError: names it and says why.
    """
    planned = job.directory.steps().get("ingest")
    for file, (key, digest) in zip(files, inputs.items(), strict=False):
        if planned is not None and digest == UNREAD != planned.keys.get(key, UNREAD):
            try:
                file.open("rb").close()
            except OSError as error:
                raise InputError(f"{file}: cannot be read: {error.strerror}") from error


def _grow(
    job: Job,
    store: ShardStore,
    fingerprint: str,
    files: Sequence[Path],
    unread: dict[Unread, str],
) -> None:
    """Read what is new among the files; first what an earlier process did not finish."""
    found = files_by_digest(files)
    additions = additions_of(job.directory)
    shards = len(store.receipts())
    for number, added in enumerate(additions):
        if added.end is not None and shards < added.end:
            _mend(job, store, fingerprint, found, number, unread)
            shards = len(store.receipts())
    if additions and additions[-1].shards is None:
        if not set(additions[-1].inputs.values()) <= set(found):
            job.say("files of an addition that was begun are gone or have changed: begun anew")
            _forget(job, store, additions)
        else:
            additions[-1] = _add(job, store, fingerprint, found, additions[-1], unread)
    new = new_files(additions, found)
    if new:
        additions.append(begun(new, len(store.receipts())))
        write_additions(job.directory, additions)
        additions[-1] = _add(job, store, fingerprint, new, additions[-1], unread)
    write_additions(job.directory, additions)


def _mend(
    job: Job,
    store: ShardStore,
    fingerprint: str,
    found: Mapping[str, Path],
    number: int,
    unread: dict[Unread, str],
) -> None:
    """Read an addition again of which a shard is damaged or gone.

    Raises:
        RunError: a file of it is here no more.
    """
    added = additions_of(job.directory)[number]
    if not set(added.inputs.values()) <= set(found):
        raise RunError(
            f"{job.directory.path}: a shard of {added.when} is damaged, and files that it was made "
            f"of are here no more: {', '.join(added.inputs)}; restore the shard or the files"
        )
    source = job.plan.source_of([found[digest] for digest in added.inputs.values()])
    addition = Addition(number, added.first_shard, True, added.end)
    _read(job, source, store, fingerprint, unread, addition)


def _forget(job: Job, store: ShardStore, additions: list[Added]) -> None:
    """Take the last addition back, with all that was decided over its shards."""
    first_shard = additions.pop().first_shard
    forget_addition(ingest_stores(job.directory, store), len(additions), first_shard)


def _add(
    job: Job,
    store: ShardStore,
    fingerprint: str,
    found: Mapping[str, Path],
    added: Added,
    unread: dict[Unread, str],
) -> Added:
    """The addition, with all of its records read."""
    files = [found[digest] for digest in added.inputs.values()]
    source = job.plan.source_of(files)
    number = len(additions_of(job.directory)) - 1
    _read(job, source, store, fingerprint, unread, Addition(number, added.first_shard, True))
    known = set(added.inputs.values())
    changed = [str(path) for digest, path in files_by_digest(files).items() if digest not in known]
    if changed:
        raise RunError(
            f"{', '.join(changed)}: changed while it was read; run again when nobody writes to it"
        )
    return replace(added, shards=len(store.receipts()) - added.first_shard)


def _read(
    job: Job,
    source: Source,
    store: ShardStore,
    fingerprint: str,
    unread: dict[Unread, str],
    addition: Addition,
) -> None:
    """Ingest the records of a source, with all that a job tells of it."""
    before = store.receipts()[addition.first_shard : addition.end]
    consumed = before[-1].consumed if before else 0

    def closed(receipt: Receipt) -> None:
        job.session.save_sometimes()
        before.append(receipt)
        job.check_rate(total(before, "rejected"), total(before, "read"))

    def unread_date(reason: Unread, given: str) -> None:
        unread.setdefault(reason, given)

    with (
        job.session.step("ingest", fingerprint),
        job.progress("ingest", done=consumed) as progress,
        telling_rejects(job, store),
    ):
        stores = ingest_stores(job.directory, store)
        ingest(
            source, job.plan.ingest, stores, progress, closed, job.stop.check, unread_date, addition
        )
    if isinstance(source, TakesNotes):
        for line in source.notes.lines:
            job.say(line)


def _tell_left_out(job: Job, receipts: Sequence[Receipt]) -> None:
    """Say what is no article of the run, by reason."""
    for what, prefix in (("left out", FILTERED), ("repeats another", DUPLICATE)):
        counts = counts_under(receipts, prefix)
        if counts:
            reasons = ", ".join(f"{count} {reason}" for reason, count in counts.items())
            job.say(f"{what}: {reasons}")


def _write_gold(job: Job, store: ShardStore, receipts: Sequence[Receipt]) -> None:
    """Keep the labels that articles came with as a labelled sample, `gold.jsonl`."""
    if not total(receipts, LABELLED):
        return
    rows: list[str] = []
    for receipt in receipts:
        table = store.read(receipt.shard).select(["id", "gold_countries", "gold_topics"])
        for row in table.to_pylist():
            labels = {"countries": row["gold_countries"], "topics": row["gold_topics"]}
            known = {name: value.split() for name, value in labels.items() if value}
            if known:
                rows.append(json.dumps({"id": row["id"], **known}) + "\n")
    path = job.directory.path / "gold.jsonl"
    write_text(path, "".join(rows))
    job.say(f"{len(rows)} articles came with labels, kept as gold in {path}")


def ingest_stores(directory: RunDirectory, articles: ShardStore) -> Stores:
    """Where ingest writes."""
    return Stores(articles, *map(directory.aside, ("keys", "duplicates", "filtered")))


def input_keys(files: list[Path]) -> dict[str, object]:
    """`input.NAME: sha256` for each file, named from the folder that all of them share."""
    if not files:
        return {}
    shared = Path(os.path.commonpath([file.resolve().parent for file in files]))
    return {f"input.{f.resolve().relative_to(shared)}": input_digest(f) for f in files}


def _changed(before: Mapping[str, object], after: Mapping[str, object]) -> str:
    names = sorted(
        key.removeprefix("input.")
        for key in before.keys() | after.keys()
        if before.get(key) != after.get(key)
    )
    return (
        f"{', '.join(names)}: changed while it was read; run again when nobody writes to it, with "
        "run.overwrite=true"
    )


@contextmanager
def telling_rejects(job: Job, store: ShardStore) -> Iterator[None]:
    """Say what was rejected, too, where that ends the step before its end."""
    try:
        yield
    except RejectRateError:
        job.tell_rejects(store)
        raise
