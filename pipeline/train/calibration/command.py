"""`dateline calibrate`: labels and the scores of a run in, a calibration out. No inference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass as pydantic_dataclass
from rich.console import Console

from pipeline.annotate.calibrations import CALIBRATION
from pipeline.calibrate.file import KIND, SCHEMA_VERSION, backend_keys
from pipeline.calibrate.fit import FOLDS, SEED, cross_validated, fit
from pipeline.calibrate.scored import scored
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
from pipeline.store.directory import RunDirectory
from pipeline.train.calibration.data import check_enough, region_scores, said_codes, topic_scores
from pipeline.train.calibration.figures import changes
from pipeline.train.calibration.report import Calibrated, print_calibrated
from pipeline.workflow.config import PathSettings
from pipeline.workflow.verify import directory_of

_FIELDS = {"topic": "topics", "region": "region"}

Task = Literal["topic", "region"]


@pydantic_dataclass(config=PLUGIN)
class CalibrateSettings:
    """See `configs/calibrate.yaml`."""

    gold: str
    predictions: str
    to: str
    paths: PathSettings
    tasks: Task | Annotated[tuple[Task, ...], Field(min_length=1)] = ("topic", "region")
    split: str | None = None
    topic_labels: TopicLabelSettings = field(default_factory=TopicLabelSettings)
    allow_unmatched: bool = False


def calibrate(config: Mapping[str, object], out: Console, err: Console) -> Path:
    """Calibrate the tasks of a run, print figures before and after, and write the file.

    Raises:
        InputError: labels that are wrong, too few, of one kind only, or of too few of the run's
            articles; a run whose stage gives no scores.
        RunError: the run is unfinished, is not what it published, or has calibrated regions.
    """
    settings = construct(CalibrateSettings, config, "")
    with needs("scipy", "evaluate"):
        import scipy  # noqa: F401
    labels = labelled(settings.gold, settings.topic_labels.path, settings.split)
    directory = directory_of(settings.predictions, settings.paths.runs)
    predictions = read_predictions(directory)
    matched = match(labels.rows, predictions.rows)
    notes = unmatched_note(matched, settings.allow_unmatched)
    found, lacking = {}, []
    tasks = (settings.tasks,) if isinstance(settings.tasks, str) else settings.tasks
    for task in dict.fromkeys(tasks):
        lack = _lack(task, matched.pairs, predictions)
        if lack is None:
            found[task] = _task(task, matched.pairs, predictions.keys, directory, tasks)
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
    if _FIELDS[task] in predictions.lacking:
        return f"{task}: the run {predictions.name} was made without ({task}=none)"
    if all(gold.codes(_FIELDS[task]) is None for gold, _ in pairs):
        return f"{task}: no label of the run's articles has {_FIELDS[task]}"
    return None


def _task(
    task: str,
    pairs: Sequence[Pair],
    keys: Mapping[str, object],
    directory: RunDirectory,
    tasks: Sequence[str],
) -> Calibrated:
    others = [name for name in tasks if name != task]
    way_out = f"tasks=[{','.join(others)}] leaves {task} out" if others else "label more articles"
    known = [
        (row, frozenset(codes))
        for gold, row in pairs
        if (codes := gold.codes(_FIELDS[task])) is not None
    ]
    rows, gold = [row for row, _ in known], [codes for _, codes in known]
    if task == "topic":
        stored = topic_scores(directory, {row.id for row in rows})
        scores = [stored[row.id] for row in rows]
    else:
        if f"identity.{task}.{CALIBRATION}" in keys:
            raise RunError(
                f"{directory.path}: its regions are calibrated already; give a run with "
                f"{CALIBRATION}.{task}=null"
            )
        scores = [region_scores(row) for row in rows]
    data = scored(gold, scores, single=task == "region")
    if not len(data.score):
        why = "" if any(key.startswith(f"decisions.{task}") for key in keys) else (
            ", for its stage decides by itself: it lacks thresholds() (pipeline.stage.Scores)"
        )  # fmt: skip
        raise InputError(
            f"{task}: the run {directory.name} has no scores for any labelled article{why} "
            f"({way_out})"
        )
    check_enough(data, task, way_out)
    said = [said_codes(task, row) for row in rows]
    published = np.array(
        [code in said[n] for n, code in zip(data.document, data.code.tolist(), strict=True)],
        dtype=bool,
    )
    held = cross_validated(data)
    figures = changes(data, published, held.chances, held.given)
    return Calibrated(
        backend_keys(keys, task), fit(data), held.methods, len(known), len(data.score), figures
    )
