"""Which calibrations a configuration names, and what they make of a stage's planning and result.

A calibrated stage is planned as one that gives all its scores, so its result in the cache is that
of any other calibration too; what is calibrated is worked out anew from it each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass
from importlib import import_module
from pathlib import Path

from pipeline.annotate.annotator import Adjusted, Planned
from pipeline.calibrate.apply import ADJUSTMENTS
from pipeline.calibrate.calibration import TASKS
from pipeline.calibrate.file import check_backend, read_calibration
from pipeline.config.schema import unknown_key
from pipeline.core.errors import ConfigError
from pipeline.core.fingerprint import semantic_keys

CALIBRATION = "calibration"
_SCORES = {"topic": "threshold"}
"""The key of a stage that, set to 0, has it give all that it scored. Regions have none: what is in
`regions` hangs together with the countries in focus, and the thresholds there stay the stage's."""


def calibration_paths(config: Mapping[str, object]) -> dict[str, str]:
    """The files of the section `calibration` by task; those that are null are left out.

    Raises:
        ConfigError: a key is unknown, not a path, or of a stage that is switched off.
    """
    node = config.get(CALIBRATION)
    if node is None:
        return {}
    if not isinstance(node, Mapping):
        raise ConfigError(f"{CALIBRATION}: give {CALIBRATION}.topic=FILE or .region=FILE")
    found = {}
    for task, path in node.items():
        key = f"{CALIBRATION}.{task}"
        if task not in TASKS:
            raise ConfigError(unknown_key(key, [f"{CALIBRATION}.{name}" for name in TASKS]))
        if path is None:
            continue
        if not isinstance(path, str):
            raise ConfigError(f"{key}={path!r}: give the path of a file")
        if not isinstance(config.get(task), Mapping):
            raise ConfigError(f"{key}={path}: {task} is switched off; {key}=null")
        found[task] = path
    return found


def all_scores(task: str, node: Mapping[str, object]) -> Mapping[str, object]:
    """A stage's config with which it leaves nothing out that a calibration needs."""
    key = _SCORES.get(task)
    return {**node, key: 0} if key is not None and key in node else node


def lost_scores(task: str, keys: Mapping[str, object]) -> str | None:
    """The key, with its value, by which a stage left out scores; None if it did not."""
    key = f"{task}.{_SCORES[task]}" if task in _SCORES else None
    if key is None or f"stages.{key}" not in keys or keys[f"stages.{key}"] == 0:
        return None
    value = keys[f"stages.{key}"]
    return f"{key}={'null' if value is None else value}"


def calibrated(task: str, path: str, node: Mapping[str, object], planned: Planned) -> Planned:
    """The stage `planned` with all its scores, and what the file makes of its result. `node` is its
    config as the user has it.

    Raises:
        ModelError: the file cannot be used, or was fitted for another back end.
    """
    fitted = read_calibration(Path(path).expanduser(), task)
    check_backend(fitted, planned.keys, task, f"{CALIBRATION}.{task}={path}")
    identity = {k: v for k, v in planned.keys.items() if k.startswith("identity.")}
    own = {f"identity.{task}.{CALIBRATION}": fitted.digest}
    keys = semantic_keys({task: node}, "stages") | identity | own
    adjust = ADJUSTMENTS[task]
    return Planned(
        planned.stage,
        planned.keys,
        Adjusted(keys, lambda articles: adjust(articles, fitted.calibration)),
    )


def default_threshold(keys: Mapping[str, object], task: str) -> float | None:
    """The threshold that a stage's class has unless it is told another; None if it has none, or its
    class is not Dateline's."""
    from pipeline.config.targets import PACKAGE

    target = keys.get(f"stages.{task}._target_")
    if not isinstance(target, str) or not target.startswith(f"{PACKAGE}."):
        return None
    module, _, name = target.rpartition(".")
    kind = getattr(import_module(module), name, None)
    fields = dataclass_fields(kind) if isinstance(kind, type) and is_dataclass(kind) else ()
    defaults = [field.default for field in fields if field.name == _SCORES.get(task)]
    return float(defaults[0]) if defaults and isinstance(defaults[0], int | float) else None
