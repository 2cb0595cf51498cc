"""`dateline calibrate`: labels and a run's published scores in, a calibration out. No inference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from pydantic.dataclasses import dataclass as pydantic_dataclass
from rich.console import Console

from pipeline.annotate.calibrations import CALIBRATION, default_threshold, lost_scores
from pipeline.article import Article
from pipeline.calibrate.file import KIND, SCHEMA_VERSION, backend_keys, backend_name
from pipeline.calibrate.fit import FOLDS, SEED, cross_validated, fit
from pipeline.calibrate.scored import Scored, scored
from pipeline.config.schema import PLUGIN, construct
from pipeline.core.bootstrap import RESAMPLES
from pipeline.core.bootstrap import SEED as BOOTSTRAP_SEED
from pipeline.core.digest import digest_of
from pipeline.core.errors import InputError, RunError
from pipeline.core.extras import needs
from pipeline.core.files import write_record
from pipeline.evaluate.checks import unmatched_note
from pipeline.evaluate.gold.labels import TopicLabelSettings, labelled
from pipeline.evaluate.metrics.scores import Pair
from pipeline.evaluate.predictions import Predictions, match, read_predictions
from pipeline.evaluate.report.record import run_record, versions
from pipeline.train.calibration.data import check_enough, said_codes, scores_of
from pipeline.train.calibration.figures import changes
from pipeline.train.calibration.report import Calibrated, print_calibrated
from pipeline.workflow.job import PathSettings
from pipeline.workflow.verify import directory_of

_FIELDS = {"topic": "topics", "region": "region"}
_NO_DEFAULT = 0.5

Task = Literal["topic", "region"]


@pydantic_dataclass(config=PLUGIN)
class CalibrateSettings:
    """See `configs/calibrate.yaml`."""

    gold: str
    predictions: str
    to: str
    paths: PathSettings
    tasks: Task | Annotated[tuple[Task, ...], Field(min_length=1)] = ("topic", "region")
    before: str | None = None
    split: str | None = None
    topic_labels: TopicLabelSettings = field(default_factory=TopicLabelSettings)
    allow_unmatched: bool = False


def calibrate(config: Mapping[str, object], out: Console, err: Console) -> Path:
    """Calibrate the tasks of a run, print figures before and after, and write the file.

    Raises:
        InputError: labels that are wrong, too few, of one kind only, or of too few of the run's
            articles; a run that left out scores, or has none.
        RunError: a run is unfinished, is not what it published, or is calibrated already.
    """
    settings = construct(CalibrateSettings, config, "")
    with needs("scipy", "evaluate"):
        import scipy  # noqa: F401
    labels = labelled(settings.gold, settings.topic_labels.path, settings.split)
    runs = settings.paths.runs
    predictions = read_predictions(directory_of(settings.predictions, runs))
    before = read_predictions(directory_of(settings.before, runs)) if settings.before else None
    matched = match(labels.rows, predictions.rows)
    notes = unmatched_note(matched, settings.allow_unmatched)
    found, lacking = {}, []
    tasks = (settings.tasks,) if isinstance(settings.tasks, str) else settings.tasks
    for task in dict.fromkeys(tasks):
        lack = _lack(task, matched.pairs, predictions)
        if lack is None:
            found[task] = _task(task, matched.pairs, predictions, before, tasks)
        else:
            lacking.append(lack)
    if not found:
        raise InputError(f"nothing to calibrate: {'; '.join(lacking)}")
    notes += lacking
    for task, one in found.items():
        if not one.is_better():
            notes.append(
                f"{task}: neither ECE nor micro-F1 became better by more than chance, so nothing "
                f"speaks for {CALIBRATION}.{task}; more labels may tell"
            )
    to = Path(settings.to).expanduser()
    write_record(
        to,
        {
            "kind": KIND,
            "schema": SCHEMA_VERSION,
            "tasks": {task: one.record() for task, one in found.items()},
            "labels": {
                "file": labels.path.name,
                "sha256": digest_of(labels.path),
                "split": settings.split,
            },
            "counts": matched.counts(),
            "predictions": run_record(predictions),
            "before": None if before is None else run_record(before),
            "versions": versions(),
            "cross_validation": {"folds": FOLDS, "seed": SEED},
            "bootstrap": {"seed": BOOTSTRAP_SEED, "resamples": RESAMPLES, "level": 0.95},
            "notes": notes,
        },
    )
    for task, one in found.items():
        print_calibrated(task, one, out)
    for note in notes:
        err.print(f"note: {note}", markup=False, highlight=False, soft_wrap=True)
    use = " ".join(f"{CALIBRATION}.{task}={to}" for task in found)
    out.print(f"{to}: use it with {use}", markup=False, highlight=False, soft_wrap=True)
    return to


def _lack(task: str, pairs: Sequence[Pair], predictions: Predictions) -> str | None:
    """Why a task cannot even be tried."""
    if _FIELDS[task] not in predictions.predicted:
        return f"{task}: the run {predictions.name} was made without ({task}=none)"
    if all(gold.codes(_FIELDS[task]) is None for gold, _ in pairs):
        return f"{task}: no label of the run's articles has {_FIELDS[task]}"
    return None


def _task(
    task: str,
    pairs: Sequence[Pair],
    predictions: Predictions,
    before: Predictions | None,
    tasks: Sequence[str],
) -> Calibrated:
    others = [name for name in tasks if name != task]
    way_out = f"tasks=[{','.join(others)}] leaves {task} out" if others else "label more articles"
    keys = _keys(task, predictions)
    name = predictions.name
    lost = lost_scores(task, keys)
    if lost is not None:
        key = lost.partition("=")[0]
        raise InputError(
            f"{task}: the run {name} kept only what its thresholds let through ({lost}), and "
            f"calibrating takes all scores. Give the command that made it once more with {key}=0 "
            f"run.name={name}-scores (other stages come from the cache), then predictions="
            f"{name}-scores before={name} ({way_out})"
        )
    known = [
        (row, frozenset(codes))
        for gold, row in pairs
        if (codes := gold.codes(_FIELDS[task])) is not None
    ]
    data = scored([codes for _, codes in known], [scores_of(task, row) for row, _ in known],
                  single=task == "region")  # fmt: skip
    if not len(data.score):
        raise InputError(
            f"{task}: the run {name} has no scores for any labelled article ({way_out})"
        )
    check_enough(data, task, way_out)
    given_before, cut = _given_before(task, data, [row for row, _ in known], keys, before)
    choice = fit(data)
    held = cross_validated(data)
    figures = changes(data, given_before, held.chances, held.given)
    return Calibrated(
        backend_keys(keys, task), choice, held.methods, len(known), len(data.score), cut, figures
    )


def _keys(task: str, predictions: Predictions) -> Mapping[str, object]:
    if f"identity.{task}.{CALIBRATION}" in predictions.keys:
        raise RunError(
            f"{predictions.name}: its {task} scores are calibrated already; give a run "
            f"with {CALIBRATION}.{task}=null"
        )
    return predictions.keys


def _given_before(
    task: str,
    data: Scored,
    rows: Sequence[Article],
    keys: Mapping[str, object],
    before: Predictions | None,
) -> tuple[NDArray[np.bool_], str]:
    """Which pairs were answers without the calibration, and how they were chosen."""
    if task == "topic" and before is None:
        threshold = default_threshold(keys, task)
        shown = "the default threshold" if threshold is not None else "threshold"
        least = _NO_DEFAULT if threshold is None else threshold
        return data.score >= least, f"{shown} {least:g}"
    said = list(rows)
    cut = "as published"
    if before is not None:
        name = before.name
        other = backend_keys(_keys(task, before), task) | {f"stages.{task}.threshold": 0}
        own = backend_keys(keys, task) | {f"stages.{task}.threshold": 0}
        if other != own:
            raise InputError(
                f"before={name}: its {task} is by {backend_name(other, task)}, configured "
                f"otherwise than {backend_name(own, task)} of the run that is calibrated"
            )
        lacking = [row.id for row in rows if row.id not in before.rows]
        if lacking:
            raise InputError(f"before={name}: has no article {lacking[0]}, which is labelled")
        said, cut = [before.rows[row.id] for row in rows], f"as published by {name}"
    codes = [said_codes(task, row) for row in said]
    given = [code in codes[n] for n, code in zip(data.document, data.code.tolist(), strict=True)]
    return np.array(given, dtype=bool), cut
