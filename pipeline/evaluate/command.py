"""`dateline evaluate`: labels and the predictions of a run in, scores out. No inference but that of
the sentence encoder, with `similarity=true`."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic.dataclasses import dataclass
from rich.console import Console

from pipeline import __version__
from pipeline.digest import digest_of
from pipeline.errors import InputError
from pipeline.evaluate.baseline_scores import add_baselines
from pipeline.evaluate.bootstrap import RESAMPLES, SEED
from pipeline.evaluate.checks import unmatched_note
from pipeline.evaluate.labels import Gold, labels_path, sound_sample
from pipeline.evaluate.levels import at_common_level
from pipeline.evaluate.predictions import match, read_predictions
from pipeline.evaluate.report import write_report
from pipeline.evaluate.scores import Metric, score
from pipeline.evaluate.similarity import open_encoder
from pipeline.evaluate.table import print_scores
from pipeline.extras import installed
from pipeline.job import PathSettings
from pipeline.runs.files import write_record, write_text
from pipeline.schema import PLUGIN, construct
from pipeline.taxonomy.labels import read_labels
from pipeline.taxonomy.topics import media_topics
from pipeline.verify import directory_of

SCHEMA_VERSION = 2
_PACKAGES = ("networkx", "numpy", "rouge-score", "scikit-learn", "scipy", "sentencex")


@dataclass(config=PLUGIN)
class EvaluateSettings:
    """See `configs/evaluate.yaml`."""

    labels: str
    predictions: str
    paths: PathSettings
    split: str | None = None
    topics: str | None = None
    allow_unmatched: bool = False
    baselines: bool = True
    similarity: bool = False
    encoder: Mapping[str, object] | None = None


def evaluate(config: Mapping[str, object], out: Console, err: Console) -> Path:
    """Score a run, print the table, write `evaluation/` in the run; returns `metrics.json`.

    Raises:
        InputError: labels that are wrong, or too many are of no article of the run.
        ConfigError: `similarity` without an encoder.
        RunError: the run is unfinished or not what it published.
    """
    settings = construct(EvaluateSettings, config, "")
    path = labels_path(settings.labels)
    topics = read_labels(Path(settings.topics).expanduser()) if settings.topics else None
    sample = sound_sample(path, None if topics is None else topics.labels)
    labels = _of_split(sample.rows, settings.split, path)
    predictions = read_predictions(directory_of(settings.predictions, settings.paths.runs))
    matched = match(labels, predictions.rows)
    encoder = open_encoder(settings.encoder) if settings.similarity else None
    notes = [*sample.hints, *unmatched_note(matched, settings.allow_unmatched)]
    pairs, roll_up = at_common_level(matched.pairs, topics or media_topics(2))
    notes += roll_up
    if predictions.version != __version__:
        notes.append(f"the run is of Dateline {predictions.version}, this is {__version__}")
    scores = score(pairs)
    notes += add_baselines(scores, pairs, settings.baselines, encoder)
    folder = predictions.directory.path / "evaluation"
    lines = [json.dumps(_plain(one), ensure_ascii=False) for one in scores.articles.values()]
    write_text(folder / "per_article.jsonl", "\n".join(lines) + "\n")
    write_record(
        folder / "metrics.json",
        record := {
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
            "similarity": None if encoder is None else dict(encoder.identity()),
            "metrics": {
                name: _record(metric) | _beside(scores.baselines.get(name, {}))
                for name, metric in scores.metrics.items()
            },
            "detail": _plain(scores.detail),
        },
    )
    write_report(folder, record, scores.articles, pairs)
    print_scores(scores, matched.counts(), out)
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


def _record(metric: Metric) -> dict[str, object]:
    found = metric.interval
    figures = {"mean": found.mean, "low": found.low, "high": found.high, "n": metric.n}
    return {name: _plain(figure) for name, figure in figures.items()}


def _beside(baselines: Mapping[str, Metric]) -> dict[str, object]:
    if not baselines:
        return {}
    return {"baselines": {name: _record(metric) for name, metric in baselines.items()}}


def _plain(value: object) -> object:
    """For JSON, which has no NaN: null where there is no such figure."""
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and math.isnan(value) else value
