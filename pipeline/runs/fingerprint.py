"""One fingerprint for resume, cache and sweeps: what decides a step's output, and nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

PERFORMANCE_KEYS = frozenset(
    {"batch_size", "batch_tokens", "max_batch_tokens", "max_sequences", "cache_gb", "threads"}
)
"""Names of config keys, wherever they stand, that move speed and memory and not the result."""


def semantic_keys(values: Mapping[str, object], prefix: str) -> dict[str, object]:
    """The leaves of a config node by dotted key, without the performance-only ones."""
    keys: dict[str, object] = {}
    for name, value in values.items():
        if name in PERFORMANCE_KEYS:
            continue
        key = f"{prefix}.{name}"
        if isinstance(value, Mapping):
            keys |= semantic_keys(value, key)
        else:
            keys[key] = value
    return keys


def fingerprint(keys: Mapping[str, object]) -> str:
    """sha256 over the keys and values in canonical JSON."""
    canonical = json.dumps(keys, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "backslashreplace")).hexdigest()


def differences(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """One line a key that differs: `key: before -> after`."""
    return [
        f"{key}: {before.get(key)!r} -> {after.get(key)!r}"
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key) or (key in before) != (key in after)
    ]
