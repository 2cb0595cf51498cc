"""Which calibrations a configuration names, and how labels are decided from a stage's scores.

Thresholds and calibrations have keys of their own, apart from those of inference: the stage's
result in the cache is the same for all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from pipeline.annotate.planned import Decision
from pipeline.article import Article
from pipeline.calibrate.apply import decide
from pipeline.calibrate.calibration import TASKS, Calibration
from pipeline.calibrate.file import check_backend, read_calibration
from pipeline.config.schema import plugin_keys, unknown_key
from pipeline.core.errors import ConfigError
from pipeline.stage import Scores, Stage

CALIBRATION = "calibration"


def calibration_paths(section: object, stages: Collection[str]) -> dict[str, str]:
    """The files of the section `calibration` by task; those that are null are left out. `stages`
    are switched on.

    Raises:
        ConfigError: a key is unknown, not a path, or of a stage that is switched off.
    """
    if section is None:
        return {}
    if not isinstance(section, Mapping):
        raise ConfigError(f"{CALIBRATION}: give {CALIBRATION}.topic=FILE or .region=FILE")
    found = {}
    for task, path in section.items():
        key = f"{CALIBRATION}.{task}"
        if task not in TASKS:
            raise ConfigError(unknown_key(key, [f"{CALIBRATION}.{name}" for name in TASKS]))
        if path is None:
            continue
        if not isinstance(path, str):
            raise ConfigError(f"{key}={path!r}: give the path of a file")
        if task not in stages:
            raise ConfigError(f"{key}={path}: {task} is switched off; {key}=null")
        found[task] = path
    return found


def decision_of(
    task: str,
    node: Mapping[str, object],
    stage: Stage,
    keys: Mapping[str, object],
    calibration: str | None,
) -> Decision | None:
    """How labels are decided from the scores of a stage with the config `node`; None for a stage
    that decides by itself. `keys` are those of its inference, `calibration` is a file.

    Raises:
        ConfigError: there is a calibration, and the stage has no scores for it.
        ModelError: the file cannot be used, or was fitted for another back end.
    """
    key = f"{CALIBRATION}.{task}={calibration}"
    if not isinstance(stage, Scores):
        if calibration is not None:
            raise ConfigError(
                f"{key}: {type(stage).__name__} gives no scores but decides by itself (it lacks "
                f"thresholds() and decision_fields of pipeline.stage.Scores); {CALIBRATION}.{task}="
                "null"
            )
        return None
    deciding = {name: value for name, value in node.items() if name in stage.decision_fields}
    own = plugin_keys({task: deciding}, "decisions")
    fit: Calibration | None = None
    if calibration is not None:
        fitted = read_calibration(Path(calibration).expanduser(), task)
        check_backend(fitted, {**keys, **own}, task, key)
        # A calibration has the thresholds of topics; regions go through those of the stage first.
        own = {} if task == "topic" else own
        own[f"identity.{task}.{CALIBRATION}"] = fitted.digest
        fit = fitted.calibration

    def decided(articles: Sequence[Article]) -> list[Article]:
        thresholds = stage.thresholds()
        return [decide(article, fit, thresholds) for article in articles]

    return Decision(own, decided)
