"""The best configuration as a file of the group `experiment`, to be run by its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from pipeline.config.compose import is_group, key_of
from pipeline.core.files import write_text
from pipeline.tune.compose import at

CONFIGS = "configs"
"""Folder of a search that is given to --config-dir."""

_OF_THE_JOB = ("cache", "debug", "hydra", "ingest", "paths", "publish", "run", "runner", "source")
"""What an experiment leaves to whoever runs it: which articles, where to and how fast."""

_EXPERIMENT = "experiment"


def write_experiment(
    folder: Path,
    name: str,
    comment: str,
    words: Sequence[str],
    config: Mapping[str, object],
    folders: Sequence[Path],
) -> Path:
    """Write `folder/configs/experiment/NAME.yaml`, which says what `words` say of a run that
    composes to `config`; returns its path. `folders` are the user's own configurations."""
    defaults: list[object] = []
    overrides: list[object] = []
    values: dict[str, object] = {}
    for word in words:
        key, value = key_of(word), word.partition("=")[2]
        if key.partition(".")[0] in _OF_THE_JOB:
            continue
        if word.startswith("~"):
            comment += f"\nWithout what cannot be said here: {word}"
        elif key == _EXPERIMENT:
            defaults.append(value)
        elif is_group(key, folders):
            overrides.append({f"override /{key}": value})
        else:
            _put(values, key.split("."), at(config, key))
    text = "# @package _global_\n" + "".join(f"# {line}\n" for line in comment.splitlines())
    parts: dict[str, object] = {}
    if defaults or overrides:
        parts["defaults"] = [*defaults, *overrides]
    text += _yaml({**parts, **values})
    path = folder / CONFIGS / _EXPERIMENT / f"{name}.yaml"
    write_text(path, text)
    return path


def _put(values: dict[str, object], path: Sequence[str], value: object) -> None:
    for name in path[:-1]:
        inner = values.setdefault(name, {})
        assert isinstance(inner, dict)
        values = inner
    values[path[-1]] = value


def _yaml(values: Mapping[str, object]) -> str:
    return yaml.safe_dump(dict(values), sort_keys=False, allow_unicode=True, width=100)
