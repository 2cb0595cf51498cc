"""The file that `dateline calibrate` writes: read, checked, and compared with the stage at hand.

JSON with a checksum; nothing in it can run code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.calibrate.calibration import Calibration
from pipeline.config.schema import construct
from pipeline.core.errors import ModelError
from pipeline.core.files import read_record
from pipeline.core.fingerprint import differences, fingerprint
from pipeline.core.secrets import redacted

KIND, SCHEMA_VERSION = "calibration", 2

_OF_THE_MACHINE = ("precision", "device", "model", "max_evidence")
"""Keys that do not make another back end: where a model lies (its digest is in the identity), what
it is computed on, and how many offsets are kept."""

_DIGEST = 64
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Fitted:
    """A task's calibration as it was kept: `backend` are the keys of the stage whose scores it was
    fitted on, `digest` is over what decides the rows."""

    calibration: Calibration
    backend: Mapping[str, object]
    digest: str


def read_calibration(path: Path, task: str) -> Fitted:
    """The calibration of a task from a file that `dateline calibrate` wrote.

    Raises:
        ModelError: there is no such file, it is not as it was written, or has nothing of the task.
        ConfigError: a value in it is out of its range.
    """
    key = f"calibration.{task}={path}"
    if not path.is_file():
        raise ModelError(f"{key}: no such file; dateline calibrate writes one")
    record = read_record(path)
    if record is None or record.get("kind") != KIND:
        raise ModelError(f"{key}: damaged, changed by hand, or not from dateline calibrate")
    if record.get("schema") != SCHEMA_VERSION:
        raise ModelError(
            f"{key}: of schema {record.get('schema')}, this Dateline reads {SCHEMA_VERSION}: fit "
            "it anew with dateline calibrate"
        )
    tasks = record.get("tasks")
    part = tasks.get(task) if isinstance(tasks, Mapping) else None
    if not isinstance(tasks, Mapping) or not isinstance(part, Mapping):
        there = ", ".join(tasks) if isinstance(tasks, Mapping) else "nothing"
        raise ModelError(f"{key}: was not fitted for {task} (there is: {there})")
    found = construct(Calibration, part["calibration"], key)
    return Fitted(found, part["backend"], fingerprint(part["calibration"]))


def backend_keys(keys: Mapping[str, object], task: str) -> dict[str, object]:
    """Of the keys that decide a stage's rows, those that make it the back end that it is.

    Thresholds are of it for regions alone: a calibration of topics is of all their scores.
    """
    kept = redacted(dict(keys))
    assert isinstance(kept, Mapping)
    parts = ("stages", "identity", "decisions") if task == "region" else ("stages", "identity")
    return {
        key: value
        for key, value in kept.items()
        if key.split(".")[:2] in [[part, task] for part in parts]
        and key != f"identity.{task}.calibration"
        and not (
            key.rpartition(".")[2] in _OF_THE_MACHINE
            and (key.startswith("stages.") or key.endswith(".precision"))
        )
    }


def check_backend(fitted: Fitted, keys: Mapping[str, object], task: str, key: str) -> None:
    """Raises `ModelError` for a calibration of other scores than those of the stage that has these
    `keys`; it names both back ends and the keys that differ."""
    now = backend_keys(keys, task)
    if now == fitted.backend:
        return
    lines = differences(fitted.backend, now)
    if backend_name(fitted.backend, task) != backend_name(now, task):
        # Another stage has other keys, which say no more than its name.
        lines = [line for line in lines if line.startswith("identity.")]
    lines.sort(key=lambda line: not line.startswith("stages."))
    shown = "; ".join(lines[:_SHOWN]) + ("; ..." if len(lines) > _SHOWN else "")
    raise ModelError(
        f"{key} was fitted for the scores of {backend_name(fitted.backend, task)}, not for "
        f"{backend_name(now, task)} ({shown}): fit one with dateline calibrate, or set "
        f"{key.partition('=')[0]}=null"
    )


def backend_name(keys: Mapping[str, object], task: str) -> str:
    """A back end for people: its stage, and the model where it has one."""
    prefix = f"identity.{task}."
    stage = keys.get(f"{prefix}stage", "another stage")
    model = next(
        (keys[prefix + k] for k in ("model", "card", "encoder") if prefix + k in keys), None
    )
    if model is None:
        return str(stage)
    shown = f"{model}"[:12] if len(str(model)) == _DIGEST else f"{model}"
    return f"{stage} ({shown})"
