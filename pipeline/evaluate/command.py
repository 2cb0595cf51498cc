"""`dateline evaluate`: labels and the predictions of a run in, scores out. No inference."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic.dataclasses import dataclass
from rich.console import Console
from rich.table import Table

from pipeline import __version__
from pipeline.digest import digest_of
from pipeline.errors import InputError
from pipeline.evaluate.bootstrap import RESAMPLES, SEED, Interval
from pipeline.evaluate.labels import Gold, labels_path, sound_sample
from pipeline.evaluate.predictions import match, read_predictions
from pipeline.evaluate.scores import Metric, Scores, score
from pipeline.extras import installed
from pipeline.job import PathSettings
from pipeline.runs.files import write_record, write_text
from pipeline.schema import PLUGIN, construct
from pipeline.taxonomy.labels import read_labels
from pipeline.verify import directory_of

SCHEMA_VERSION = 1
_PACKAGES = ("numpy", "scikit-learn", "rouge-score", "sentencex")
_NAMED = 10


@dataclass(config=PLUGIN)
class EvaluateSettings:
    """See `configs/evaluate.yaml`."""

    labels: str
    predictions: str
    paths: PathSettings
    split: str | None = None
    topics: str | None = None


def evaluate(config: Mapping[str, object], out: Console, err: Console) -> Path:
    """Score a run, print the table, write `evaluation/` in the run; returns `metrics.json`.

    Raises:
        InputError: labels that are wrong, or of none of the run's articles.
        RunError: the run is unfinished or not what it published.
    """
    settings = construct(EvaluateSettings, config, "")
    path = labels_path(settings.labels)
    topics = read_labels(Path(settings.topics).expanduser()) if settings.topics else None
    sample = sound_sample(path, None if topics is None else topics.labels)
    labels = _of_split(sample.rows, settings.split, path)
    predictions = read_predictions(directory_of(settings.predictions, settings.paths.runs))
    matched = match(labels, predictions.rows)
    notes = []
    if matched.unmatched:
        names = ", ".join(matched.unmatched[:_NAMED])
        more = ", ..." if len(matched.unmatched) > _NAMED else ""
        notes.append(
            f"{len(matched.unmatched)} of {len(labels)} labels have no article in the run "
            f"({names}{more}); every score is on the other {len(matched.pairs)}"
        )
    if predictions.version != __version__:
        notes.append(f"the run is of Dateline {predictions.version}, this is {__version__}")
    scores = score(matched.pairs)
    folder = predictions.directory.path / "evaluation"
    lines = [json.dumps(_plain(one), ensure_ascii=False) for one in scores.articles.values()]
    write_text(folder / "per_article.jsonl", "\n".join(lines) + "\n")
    write_record(
        folder / "metrics.json",
        {
            "schema": SCHEMA_VERSION,
            "versions": {
                "dateline": __version__,
                "python": platform.python_version(),
                **installed(_PACKAGES),
            },
            "bootstrap": {"seed": SEED, "resamples": RESAMPLES, "level": 0.95},
            "labels": {
                "file": path.name,
                "sha256": digest_of(path),
                "split": settings.split,
                "topics_version": None if topics is None else topics.version,
            },
            "predictions": {
                "run": predictions.directory.name,
                "file": predictions.file.name,
                "sha256": predictions.digest,
                "dateline": predictions.version,
                "fingerprints": {
                    name: step.fingerprint for name, step in predictions.directory.steps().items()
                },
            },
            "counts": matched.counts(),
            "unmatched": list(matched.unmatched),
            "unscored": list(matched.unscored),
            "notes": notes,
            "metrics": {name: _record(metric) for name, metric in scores.metrics.items()},
            "detail": _plain(scores.detail),
        },
    )
    _print(scores, matched.counts(), out)
    for note in notes:
        err.print(f"note: {note}", markup=False, highlight=False, soft_wrap=True)
    where = folder / "metrics.json"
    out.print(f"in {where}", markup=False, highlight=False, soft_wrap=True)
    return where


def _of_split(rows: Sequence[Gold], split: str | None, path: Path) -> Sequence[Gold]:
    if split is None:
        return rows
    chosen = [row for row in rows if row.split == split]
    if not chosen:
        there = ", ".join(sorted({row.split for row in rows if row.split})) or "none"
        raise InputError(f"{path}: no label of split={split} (there are: {there})")
    return chosen


def _print(scores: Scores, counts: Mapping[str, int], out: Console) -> None:
    title = ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in counts.items())
    table = Table("score", "mean", "95% interval", "n", title=title)
    before = ""
    for name, metric in scores.metrics.items():
        task = name.partition(".")[0]
        if before and task != before:
            table.add_section()
        before = task
        table.add_row(name, *_cells(metric.interval), str(metric.n))
    out.print(table)


def _cells(interval: Interval) -> tuple[str, str]:
    if math.isnan(interval.mean):
        return "-", "-"
    return f"{interval.mean:.3f}", f"{interval.low:.3f} to {interval.high:.3f}"


def _record(metric: Metric) -> object:
    found = metric.interval
    return _plain({"mean": found.mean, "low": found.low, "high": found.high, "n": metric.n})


def _plain(value: object) -> object:
    """For JSON, which has no NaN: null where there is no such figure."""
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and math.isnan(value) else value
