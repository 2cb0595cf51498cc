"""The manifest: what ran, on what, from what, and the sum that shows nothing was lost."""

from __future__ import annotations

import platform
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pipeline import __version__
from pipeline.errors import RunError
from pipeline.runs.files import read_json, write_json
from pipeline.runs.shards import Receipt

_PACKAGES = ("transformers", "torch", "datasets", "openvino-genai", "pyarrow", "hydra-core")


def total_counts(articles: Iterable[Receipt], annotations: Iterable[Receipt]) -> dict[str, int]:
    """Records by outcome over the whole run.

    Raises:
        RunError: they do not add up to the records read.
    """
    ingested: Counter[str] = Counter()
    annotated: Counter[str] = Counter()
    for receipt in articles:
        ingested.update(receipt.counts)
    for receipt in annotations:
        annotated.update(receipt.counts)
    counts = {
        "read": ingested["read"],
        "annotated": annotated["annotated"],
        "duplicate": ingested["duplicate"],
        "filtered": ingested["filtered"],
        "rejected": ingested["rejected"] + annotated["rejected"],
    }
    ended = sum(counts.values()) - counts["read"]
    if ended != counts["read"]:
        raise RunError(
            f"{counts['read']} records were read but {ended} are accounted for ({counts}); "
            "the run is not whole: run it again"
        )
    return counts


def update_manifest(path: Path, values: Mapping[str, object]) -> None:
    """Merge `values` and what is known of this process into the manifest."""
    manifest = read_json(path) or {}
    manifest |= {
        "versions": {"dateline": __version__, "python": platform.python_version(), **_installed()},
        "git_revision": _git_revision(),
        "hardware": {"machine": platform.machine(), "system": platform.platform()},
        "peak_memory_bytes": max(_peak_memory(), _number(manifest.get("peak_memory_bytes"))),
        **values,
    }
    write_json(path, manifest)


def seconds_so_far(path: Path, step: str) -> float:
    """Seconds that the manifest has for a step, 0 without any."""
    seconds = (read_json(path) or {}).get(f"{step}_seconds")
    return seconds if isinstance(seconds, float) else 0.0


def _installed() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _git_revision() -> str | None:
    """Commit of the source tree this runs from; None for an installed package."""
    here = Path(__file__).resolve().parents[2]
    if not (here / ".git").exists():
        return None
    command = ["git", "-C", str(here), "rev-parse", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:  # no git here
        return None
    return done.stdout.strip() or None


def _peak_memory() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
