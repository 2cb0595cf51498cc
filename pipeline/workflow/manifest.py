"""The manifest: what ran, on what, from what, and the sum that shows nothing was lost.

It is derived: from the plan, the receipts and the accounts of the processes that did the work.
"""

from __future__ import annotations

import os
import platform
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from pipeline.core.errors import RunError
from pipeline.core.extras import installed
from pipeline.core.files import read_record, write_record
from pipeline.core.version import __version__
from pipeline.store.directory import RunDirectory, Step
from pipeline.store.shards import Receipt, total
from pipeline.workflow.sessions import accounts

_PACKAGES = (
    "transformers", "torch", "datasets", "openvino", "openvino-genai", "pyarrow", "hydra-core",
    "numpy",
)  # fmt: skip

Sums = defaultdict[str, float]

DETAILS = ("unread_dates", "text_notes", "boilerplate", "filtered", "duplicates")
"""Counts of articles by reason: dates that were given and not read, notes of the text, rules of
boilerplate that took something, why they were left out, why they repeat another."""

OUTCOMES = ("annotated", "duplicate", "filtered", "rejected")


def total_counts(
    articles: Sequence[Receipt],
    annotations: Sequence[Receipt],
    gone: Mapping[str, int] = MappingProxyType({}),
) -> dict[str, int]:
    """Records by outcome over the whole run; `gone` are annotated articles that are published no
    more, since they were `updated` or `withdrawn`.

    Raises:
        RunError: they do not add up to the records read.
    """
    counts = {
        "read": total(articles, "read"),
        "annotated": total(annotations, "annotated") - sum(gone.values()),
        "duplicate": total(articles, "duplicate") + gone.get("updated", 0),
        "filtered": total(articles, "filtered") + gone.get("withdrawn", 0),
        "rejected": total([*articles, *annotations], "rejected"),
    }
    ended = sum(counts[outcome] for outcome in OUTCOMES)
    if ended != counts["read"]:
        raise RunError(
            f"{counts['read']} records were read but {ended} are accounted for ({counts}); "
            "the run is not whole: run it again"
        )
    return counts


def counts_under(receipts: Iterable[Receipt], prefix: str) -> dict[str, int]:
    """Articles by reason or note: the counts whose names begin with `prefix`, without it."""
    found: Counter[str] = Counter()
    for receipt in receipts:
        for name, count in receipt.counts.items():
            if name.startswith(prefix):
                found[name.removeprefix(prefix)] += count
    return dict(sorted(found.items()))


def write_manifest(
    directory: RunDirectory,
    counts: Mapping[str, int] | None = None,
    published: Mapping[str, str] | None = None,
    publish: Mapping[str, object] | None = None,
    worked: bool = True,
    details: Mapping[str, Mapping[str, int]] | None = None,
) -> None:
    """Write the manifest anew from what lies in the run directory.

    `counts` are those of `total_counts`, `details` further ones by reason, `published` sha256 by
    name of the published files and `publish` the sections that decide them; where they are not
    given, those of before stay. So do versions and hardware unless this process `worked` on the
    annotations.
    """
    before = read_record(directory.manifest) or {}
    steps = directory.steps()
    kept_counts = dict(counts) if counts is not None else before.get("counts")
    config = {key: value for step in steps.values() for key, value in step.config.items()}
    kept = _mapping(before.get("config"))
    kept_publish = publish or {n: kept[n] for n in ("publish", "published") if n in kept}
    where = {
        "versions": {
            "dateline": __version__,
            "python": platform.python_version(),
            **installed(_PACKAGES),
        },
        "git_revision": _git_revision(),
        "hardware": _hardware(),
    }
    manifest = {
        "run": directory.name,
        **{name: value if worked else before.get(name, value) for name, value in where.items()},
        "fingerprints": {name: step.fingerprint for name, step in steps.items()},
        "config": {**config, **kept_publish},
        "inputs": _under(steps.get("ingest"), "input."),
        "identities": _under(steps.get("annotate"), "identity."),
        "seeds": {"selection": _mapping(config.get("selection")).get("seed")},
        "counts": kept_counts,
        **{name: before.get(name) for name in DETAILS},
        **(details or {}),
        "published": dict(published) if published is not None else before.get("published"),
        **_spent(directory, steps, _integer(_mapping(kept_counts).get("read"))),
    }
    write_record(directory.manifest, manifest)


def _under(step: Step | None, prefix: str) -> dict[str, object]:
    keys = step.keys if step is not None else {}
    return {key.removeprefix(prefix): v for key, v in keys.items() if key.startswith(prefix)}


def _spent(directory: RunDirectory, steps: Mapping[str, Step], read: int) -> dict[str, object]:
    """Time, tokens and memory over all processes that worked on the steps as planned now; `read`
    records went through each step."""
    seconds: Sums = defaultdict(float)
    stages: dict[str, Sums] = {}
    tokens: Sums = defaultdict(float, read=0, written=0)
    settings: dict[str, object] = {}
    peak = sessions = 0
    for account in accounts(directory.sessions):
        took_part = False
        for values in _sequence(account.get("steps")):
            step = _mapping(values)
            name = str(step.get("step"))
            planned = steps.get(name) or steps.get("annotate")
            if planned is not None and step.get("fingerprint") != planned.fingerprint:
                continue
            took_part = True
            seconds[name] += _number(step.get("seconds"))
            _add(tokens, _mapping(step.get("tokens")))
            settings |= _mapping(step.get("settings"))
            for stage, cost in _mapping(step.get("stages")).items():
                _add(stages.setdefault(stage, defaultdict(float)), _mapping(cost))
        if took_part:
            sessions += 1
            peak = max(peak, _integer(account.get("peak_memory_bytes")))
    return {
        "sessions": sessions,
        "steps": {name: _rated({"seconds": s, "articles": read}) for name, s in seconds.items()},
        "stages": {name: _rated(cost) for name, cost in stages.items()},
        "tokens": {name: int(value) for name, value in tokens.items()},
        "effective_settings": settings,
        "peak_memory_bytes": peak,
    }


def _rated(cost: Mapping[str, float]) -> dict[str, object]:
    seconds, articles = cost.get("seconds", 0), cost.get("articles", 0)
    rated: dict[str, object] = {
        "seconds": round(seconds, 2),
        "articles": int(articles),
        "articles_per_second": round(articles / seconds, 2) if seconds else None,
    }
    return rated | ({"from_cache": int(cost["cached"])} if "cached" in cost else {})


def _add(sums: Sums, values: Mapping[str, object]) -> None:
    for name, value in values.items():
        sums[name] += _number(value)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _sequence(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def _number(value: object) -> float:
    return value if isinstance(value, int | float) else 0


def _integer(value: object) -> int:
    return value if isinstance(value, int) else 0


def _hardware() -> dict[str, object]:
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):  # not everywhere
        memory = None
    return {
        "machine": platform.machine(),
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_bytes": memory,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:  # not Linux
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


def _git_revision() -> str | None:
    """Commit of the source tree this runs from, with `-dirty` if it was changed since; None for an
    installed package."""
    here = Path(__file__).resolve().parents[2]
    if not (here / ".git").exists():
        return None
    command = ["git", "-C", str(here), "describe", "--always", "--dirty", "--abbrev=40"]
    command.append("--exclude=*")
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:  # no git here
        return None
    return done.stdout.strip() or None
