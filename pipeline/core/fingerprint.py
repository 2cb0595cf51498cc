"""One fingerprint for resume, cache and sweeps: what decides a step's output, and nothing else."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection, Mapping

Unneeded = Callable[[Mapping[str, object]], Collection[str]]
"""The names of a mapping that do not count."""


def semantic_keys(
    values: Mapping[str, object], prefix: str, unneeded: Unneeded = lambda node: ()
) -> dict[str, object]:
    """The leaves of a config node by dotted key, without those that are `unneeded`.

    Different nodes have different keys: an empty mapping is a leaf, and a name that is not a plain
    word stands quoted, so that `{"a.b": 1}` is not `{"a": {"b": 1}}`.
    """
    keys: dict[str, object] = {}
    left_out = unneeded(values)
    for name, value in values.items():
        if name in left_out:
            continue
        key = f"{prefix}.{_word(name)}"
        inner = semantic_keys(value, key, unneeded) if isinstance(value, Mapping) else {}
        keys |= inner or {key: _needed(value, unneeded)}
    return keys


_DIGEST = re.compile(r"[0-9a-f]{40}")
_SHOWN = 60
"""Characters of a value in a message."""


def fingerprint(keys: Mapping[str, object]) -> str:
    """sha256 over the keys and values in canonical JSON."""
    canonical = json.dumps(keys, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "backslashreplace")).hexdigest()


def differences(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """A line in words for each key that differs, without digests, long values cut."""
    return [
        _difference(key, before, after)
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key) or (key in before) != (key in after)
    ]


def _difference(key: str, before: Mapping[str, object], after: Mapping[str, object]) -> str:
    if key not in after:
        return f"{key} is not there any more"
    if key not in before:
        return f"{key} is new" if _is_digest(after[key]) else f"{key} is new: {_cut(after[key])}"
    if _is_digest(before[key]) or _is_digest(after[key]):
        return f"{key} has other content"
    return f"{key} was {_cut(before[key])} and is {_cut(after[key])}"


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and _DIGEST.search(value) is not None


def _cut(value: object) -> str:
    text = repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _word(name: object) -> str:
    if isinstance(name, str) and name and "." not in name and not name.startswith('"'):
        return name
    return json.dumps(name) if isinstance(name, str) else f'"{name!r}"'


def _needed(value: object, unneeded: Unneeded) -> object:
    """Mappings inside lists as they are, but for what is `unneeded`."""
    if isinstance(value, Mapping):
        left_out = unneeded(value)
        return {
            name: _needed(part, unneeded) for name, part in value.items() if name not in left_out
        }
    if isinstance(value, list | tuple):
        return [_needed(part, unneeded) for part in value]
    return value
