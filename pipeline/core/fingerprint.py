"""One fingerprint for resume, cache and sweeps: what decides a step's output, and nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

PERFORMANCE_KEYS = frozenset(
    {
        "api_key_env",
        "backoff_seconds",
        "batch_size",
        "batch_tokens",
        "cache_gb",
        "concurrency",
        "delay_seconds",
        "max_batch_tokens",
        "max_sequences",
        "retries",
        "threads",
        "timeout_seconds",
    }
)
"""Names of config keys, wherever they stand, that move speed, memory and patience and not the
result."""


def semantic_keys(values: Mapping[str, object], prefix: str) -> dict[str, object]:
    """The leaves of a config node by dotted key, without the performance-only ones.

    Different nodes have different keys: an empty mapping is a leaf, and a name that is not a plain
    word stands quoted, so that `{"a.b": 1}` is not `{"a": {"b": 1}}`.
    """
    keys: dict[str, object] = {}
    for name, value in values.items():
        if name in PERFORMANCE_KEYS:
            continue
        key = f"{prefix}.{_word(name)}"
        inner = semantic_keys(value, key) if isinstance(value, Mapping) else {}
        keys |= inner or {key: _without_performance(value)}
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


def _word(name: object) -> str:
    if isinstance(name, str) and name and "." not in name and not name.startswith('"'):
        return name
    return json.dumps(name) if isinstance(name, str) else f'"{name!r}"'


def _without_performance(value: object) -> object:
    """Mappings inside lists as they are, but for the performance-only keys."""
    if isinstance(value, Mapping):
        return {
            name: _without_performance(part)
            for name, part in value.items()
            if name not in PERFORMANCE_KEYS
        }
    if isinstance(value, list | tuple):
        return [_without_performance(part) for part in value]
    return value
