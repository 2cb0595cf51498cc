"""`dateline cache`: what the cache of stage results holds, bounding, emptying, checking it."""

from __future__ import annotations

import argparse
import logging
import math
from collections.abc import Sequence
from pathlib import Path

from pipeline.core.errors import ConfigError, RunError
from pipeline.store.stage_cache import (
    BYTES_PER_GB,
    DEFAULT_MAX_GB,
    CacheStats,
    StageCache,
    default_folder,
)

_UNIT = 1000  # as in the bound: a GB is 10**9 bytes
_SILENT = logging.NullHandler()


def cache_command(words: Sequence[str]) -> int:
    """Run `dateline cache WORDS`; returns the exit code.

    Raises:
        ConfigError: a bound that is not a number of gigabytes.
        RunError: the folder cannot be read, or not all could be removed.
    """
    parser = argparse.ArgumentParser(
        prog="dateline cache", description="Kept results of stages: their size, bound them, remove."
    )
    parser.add_argument("action", choices=("stats", "prune", "clear", "verify"))
    parser.add_argument("--folder", help="the cache; else $DATELINE_CACHE, else the user's cache")
    parser.add_argument(
        "--max-gb", help=f"what prune leaves at most; {DEFAULT_MAX_GB:g} if left out"
    )
    options = parser.parse_args(words)
    if options.max_gb is not None and options.action != "prune":
        raise ConfigError(f"--max-gb is for prune; {options.action} has no bound")
    max_bytes = _bytes(options.max_gb)
    cache = StageCache(Path(options.folder) if options.folder else default_folder(), max_bytes)
    # What it would warn of is the error of this command, raised below: say it once.
    logging.getLogger(StageCache.__module__).addHandler(_SILENT)
    if options.action == "stats":
        said = f"{_amount(cache.stats())}, in {cache.folder}"
    elif options.action == "prune":
        said = f"removed {_amount(cache.prune(max_bytes))}, from {cache.folder}"
    elif options.action == "verify":
        said = f"removed {_amount(cache.verify())} that were damaged, from {cache.folder}"
    else:
        said = f"removed {_amount(cache.clear())}, from {cache.folder}"
    print(said)
    if cache.failure:
        raise RunError(f"{cache.folder}: not all of the cache could be used: {cache.failure}")
    return 0


def _bytes(max_gb: str | None) -> int:
    try:
        bound = (DEFAULT_MAX_GB if max_gb is None else float(max_gb)) * BYTES_PER_GB
    except ValueError:
        bound = math.nan
    if not 0 <= bound < math.inf:
        raise ConfigError(f"--max-gb {max_gb}: give a number of gigabytes, 0 or more, as in 2.5")
    return int(bound)


def _amount(stats: CacheStats) -> str:
    entries = "1 entry" if stats.entries == 1 else f"{stats.entries} entries"
    return f"{entries}, {_size(stats.bytes)}"


def _size(count: int) -> str:
    if count < _UNIT:
        return f"{count} bytes"
    size = float(count)
    for unit in ("kB", "MB", "GB"):
        size /= _UNIT
        if size < _UNIT - 0.05:  # what rounds to 1000.0 has the next unit
            return f"{size:.1f} {unit}"
    return f"{size / _UNIT:.1f} TB"
