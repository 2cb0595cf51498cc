"""`dateline verify`: is a run what its receipts say, and does nothing lack? One line a problem."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipeline.annotate.plan import STAGES, annotate_config, plan_stages, stage_keys
from pipeline.config.schema import build
from pipeline.config.targets import check_targets
from pipeline.core.digest import digest_of
from pipeline.core.errors import DatelineError, InputError, RunError
from pipeline.core.files import read_record
from pipeline.core.fingerprint import differences, fingerprint, semantic_keys
from pipeline.core.parquet import read_parquet
from pipeline.ingest.gone import Gone
from pipeline.publish.rows import PublishedSettings
from pipeline.sources.base import Source
from pipeline.store.directory import RunDirectory, Step
from pipeline.store.shards import ShardStore
from pipeline.taxonomy.tables import check_tables
from pipeline.workflow.reading import input_keys
from pipeline.workflow.rows import published_rows, run_counts

_MOST_SHOWN = 3

_DECIDING = ("source", "ingest", "annotate", "calibration", "encoder", *STAGES)
"""Sections of the configuration that decide the output."""


def problems(directory: RunDirectory, allow_external: bool = False) -> Iterator[str]:
    """What is wrong with a run: plan, receipts, shards, rejects, the sum, published files, models,
    label files, inputs. Nothing for a whole one.

    Raises:
        RunError: there is no run, or its plan is damaged, so that nothing can be compared.
        ConfigError: it was made with code that is not Dateline's, and `allow_external` is off.
    """
    ingest = directory.planned("ingest")
    for step in directory.steps().values():
        check_targets(step.config, allow_external)
    articles = directory.articles(ingest.fingerprint)
    damaged = articles.problems()
    yield from damaged
    if not damaged:
        yield from _plan_problems(directory, articles)
    yield from _input_problems(ingest)
    try:
        check_tables()
    except DatelineError as error:
        yield str(error)
    if not directory.is_planned("annotate"):
        yield f"{directory.path}: annotate was not done"
        return
    annotate = directory.planned("annotate")
    annotations = directory.annotations(annotate.fingerprint, articles)
    yield from annotations.problems()
    yield from _identity_problems(annotate)
    if articles.finished() and annotations.finished():
        gone = Gone(directory.aside("duplicates"))
        yield from _law_problems(articles, annotations, gone)
        yield from _record_problems(directory, articles, annotations)


def _plan_problems(directory: RunDirectory, articles: ShardStore) -> Iterator[str]:
    for name, step in directory.steps().items():
        if fingerprint(step.keys) != step.fingerprint:
            yield f"{directory.plan}: the fingerprint of {name} is not that of its keys"
        if step.shards:
            now = [{"rows": r.rows, "sha256": r.sha256} for r in articles.receipts()]
            if list(step.shards) != now:
                yield f"{directory.plan}: {name} was planned for other articles than are here now"


def _input_problems(step: Step) -> Iterator[str]:
    """Inputs that are here but not as they were; of a run that grows they come and go."""
    if step.additions:
        return
    now = _inputs_now(step)
    if now is None:
        return
    planned = {key: value for key, value in step.keys.items() if key.startswith("input.")}
    for line in differences(planned, now):
        yield f"input {line.removeprefix('input.')} since the run was made"


def notes(directory: RunDirectory) -> Iterator[str]:
    """What `problems` could not compare."""
    if _inputs_now(directory.planned("ingest")) is None:
        yield f"{directory.path}: its input is not here, so it was not compared"


def _inputs_now(step: Step) -> dict[str, object] | None:
    node = step.config.get("source")
    try:
        return (
            input_keys(build(node, "source", Source).files()) if isinstance(node, Mapping) else {}
        )
    except InputError:
        return None


def _identity_problems(step: Step) -> Iterator[str]:
    """Models and label files that are not what the annotations were made with."""
    try:
        now = stage_keys(plan_stages(annotate_config(step.config)))
    except DatelineError as error:
        yield str(error)
        return
    planned, found = (
        {key: value for key, value in keys.items() if _is_identity(key)}
        for keys in (step.keys, now)
    )
    for line in differences(planned, found):
        yield f"{line.removeprefix('identity.')}: not what the annotations were made with"


def _is_identity(key: str) -> bool:
    # The precision is that of the CPU, which may be another where a run is verified.
    return key.startswith("identity.") and not key.endswith(".precision")


def _law_problems(articles: ShardStore, annotations: ShardStore, gone: Gone) -> Iterator[str]:
    """Every record ends as one thing, every article once, and the receipts say how many."""
    seen: Counter[str] = Counter()
    for receipt in articles.receipts():
        counts, where = receipt.counts, f"articles shard {receipt.shard}"
        rejects = articles.rejects(receipt.shard)
        ends = sum(counts.get(n, 0) for n in ("articles", "duplicate", "filtered", "rejected"))
        if counts.get("read", 0) != ends:
            yield f"{where}: {counts.get('read', 0)} records read, {ends} accounted for"
        if (receipt.rows, len(rejects)) != (counts.get("articles", 0), counts.get("rejected", 0)):
            yield f"{where}: {receipt.rows} articles and {len(rejects)} rejects, not as counted"
        given = articles.read(receipt.shard)["id"]
        stay = gone.stay(receipt.shard, receipt.rows)
        seen.update((given if stay is None else given.filter(stay)).to_pylist())
        kept = annotations.read(receipt.shard)["id"].to_pylist()
        refused = [reject.id for reject in annotations.rejects(receipt.shard)]
        if Counter([*kept, *refused]) != Counter(given.to_pylist()):
            yield f"annotations shard {receipt.shard}: not each of its articles exactly once"
    twice = [name for name, times in seen.items() if times > 1]
    if twice:
        yield f"articles: {len(twice)} ids more than once, such as {twice[:_MOST_SHOWN]}"


def _record_problems(
    directory: RunDirectory, articles: ShardStore, annotations: ShardStore
) -> Iterator[str]:
    """Manifest, kept configuration and published files against the shards."""
    manifest = read_record(directory.manifest)
    if manifest is None:
        yield f"{directory.manifest}: missing or damaged"
        return
    try:
        counts = run_counts(directory, articles, annotations)
    except DatelineError as error:
        yield str(error)
        return
    if manifest.get("counts") != counts:
        yield f"{directory.manifest}: its counts are not those of the receipts, {counts}"
    yield from _config_problems(directory)
    published = manifest.get("published")
    if not isinstance(published, Mapping):
        yield f"{directory.path}: publish was not done"
        return
    kept = manifest.get("config")
    section = kept.get("published") if isinstance(kept, Mapping) else None
    settings = PublishedSettings(**(section if isinstance(section, dict) else {}))
    tables = published_rows(directory, articles, annotations, settings)
    try:
        ids = [name for table in tables for name in table["id"].to_pylist()]
    except DatelineError as error:
        yield str(error)
        return
    for name, digest in published.items():
        path = directory.published / str(name)
        try:
            as_it_was = path.is_file() and digest_of(path) == digest
        except OSError as error:
            yield f"{path}: cannot be read: {error.strerror}"
            continue
        if not as_it_was:
            yield f"{path}: missing, or not as it was published"
        elif path.suffix == ".parquet" and read_parquet(path, ["id"])["id"].to_pylist() != ids:
            yield f"{path}: other articles, or another order, than were annotated"


def _config_problems(directory: RunDirectory) -> Iterator[str]:
    """The configuration kept for people, where it decides the output."""
    kept = directory.kept_config()
    if kept is None:
        yield f"{directory.config}: missing or damaged"
        return
    for step in directory.steps().values():
        names = [name for name in step.config if name in _DECIDING]
        planned, now = (
            semantic_keys({name: config.get(name) for name in names}, "config")
            for config in (step.config, kept)
        )
        for line in differences(planned, now):
            key = line.partition(":")[0].removeprefix("config.")
            yield f"{directory.config}: {key} is not what the run was planned with"


def directory_of(run: str, runs: str) -> RunDirectory:
    """The run directory that a name below `runs`, or a path, means."""
    path = Path(run).expanduser()
    if (path / "plan.json").exists():
        return RunDirectory(path.resolve().parent, path.resolve().name)
    if os.sep in run:
        raise RunError(f"{run}: no plan.json there, so it is not a run")
    return RunDirectory(runs, run)
