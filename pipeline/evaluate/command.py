"""`dateline evaluate`: labels and the predictions of a run in, scores out. No inference but that of
the sentence encoder, with `similarity=true`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic.dataclasses import dataclass as checked
from rich.console import Console

from pipeline.config.schema import PLUGIN, construct
from pipeline.core.bootstrap import RESAMPLES, SEED
from pipeline.core.digest import digest_of
from pipeline.core.errors import ConfigError, GateError
from pipeline.core.files import delete, write_record, write_text
from pipeline.evaluate.checks import absent_notes, few_note, unmatched_note
from pipeline.evaluate.gate import (
    Gate,
    check_labels,
    check_metrics,
    check_tasks,
    failures,
    gate_text,
    read_gate,
)
from pipeline.evaluate.gold.labels import Labelled, TopicLabelSettings, labelled
from pipeline.evaluate.levels import at_common_level
from pipeline.evaluate.metrics.baseline_scores import add_baselines
from pipeline.evaluate.metrics.scores import Metric, score
from pipeline.evaluate.metrics.similarity import open_encoder
from pipeline.evaluate.metrics_file import SCHEMA_VERSION, Figure, Metrics
from pipeline.evaluate.predictions import answerable, find_predictions, match, switched_off
from pipeline.evaluate.report.html import write_report
from pipeline.evaluate.report.record import bound_record, run_record, versions
from pipeline.evaluate.report.table import print_scores
from pipeline.taxonomy.topics import media_topics
from pipeline.workflow.config import PathSettings


@checked(config=PLUGIN)
class EvaluateSettings:
    """See `configs/evaluate.yaml`."""

    gold: str
    paths: PathSettings
    predictions: str | None = None
    split: str | None = None
    topic_labels: TopicLabelSettings = field(default_factory=TopicLabelSettings)
    allow_unmatched: bool = False
    baselines: bool = True
    similarity: bool = False
    encoder: Mapping[str, object] | None = None
    gate: str | None = None
    print_gate: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that an evaluation needs but the predictions."""

    settings: EvaluateSettings
    labels: Labelled
    gate: Gate | None


def prepared(config: Mapping[str, object], run: Mapping[str, object] | None = None) -> Prepared:
    """Read and check labels and gate; `run` is the configuration of a run that is yet to be made.

    Raises:
        ConfigError: settings or a gate that are wrong.
        InputError: labels that are wrong, or not those of the gate.
    """
    settings = construct(EvaluateSettings, config, "")
    labels = labelled(settings.gold, settings.topic_labels.path, settings.split)
    gate = read_gate(settings.gate) if settings.gate is not None else None
    if gate is not None and not settings.print_gate:
        check_labels(gate, digest_of(labels.path), settings.split)
    if gate is not None and run is not None:
        check_tasks(gate, switched_off(run))
    return Prepared(settings, labels, gate)


def evaluate(config: Mapping[str, object], out: Console, err: Console) -> Path:
    """Score a run, print the table, write `evaluation/` in the run; returns `metrics.json`.

    Raises:
        GateError: a score is under its floor in the gate; what was written stays.
        InputError: labels that are wrong, or too many are of no article of the run.
        ConfigError: `similarity` without an encoder, or a gate with a metric that there is not.
        RunError: the run is unfinished or not what it published.
    """
    ready = prepared(config)
    settings, labels, gate = ready.settings, ready.labels, ready.gate
    path = labels.path
    if settings.predictions is None:
        raise ConfigError("predictions is not set; give predictions=RUN or a file of rows")
    predictions = find_predictions(settings.predictions, settings.paths.runs)
    if gate is not None:
        check_tasks(gate, predictions.lacking)
    matched = match(answerable(labels.rows, predictions), predictions.rows)
    encoder = open_encoder(settings.encoder) if settings.similarity else None
    notes = [*labels.hints, *unmatched_note(matched, settings.allow_unmatched)]
    notes += [*absent_notes(labels.rows, predictions), *few_note(len(matched.pairs))]
    pairs, roll_up = at_common_level(matched.pairs, labels.topics or media_topics(2))
    notes += [*roll_up, *predictions.notes()]
    scores = score(pairs)
    notes += add_baselines(scores, pairs, settings.baselines, encoder)
    failed: list[str] = []
    if gate is not None:
        check_metrics(gate, scores.metrics)
        if not settings.print_gate:
            failed = failures(gate, scores.metrics, len(matched.unmatched))
    folder = predictions.folder
    where = folder / "metrics.json"
    # The three files are of one evaluation: a kill in between leaves none that says so.
    delete(where)
    lines = [json.dumps(one.record(), ensure_ascii=False) for one in scores.articles.values()]
    write_text(folder / "per_article.jsonl", "\n".join(lines) + "\n")
    record: Metrics = {
        "schema": SCHEMA_VERSION,
        "versions": versions(),
        "bootstrap": {"seed": SEED, "resamples": RESAMPLES, "level": 0.95},
        "labels": {
            "file": path.name,
            "sha256": digest_of(path),
            "split": settings.split,
            "topics_version": None if labels.topics is None else labels.topics.version,
        },
        "predictions": run_record(predictions),
        "counts": matched.counts(),
        "unmatched": list(matched.unmatched),
        "unscored": list(matched.unscored),
        "notes": notes,
        "gate": None
        if gate is None or settings.print_gate
        else {"floors": dict(gate.floors), "failed": failed},
        "similarity": None if encoder is None else dict(encoder.identity()),
        "metrics": {
            name: _figure(metric, scores.baselines.get(name, {}))
            for name, metric in scores.metrics.items()
        },
        "detail": scores.detail,
    }
    report = write_report(folder, record, scores.articles, pairs)
    beside = {file.name: digest_of(file) for file in (folder / "per_article.jsonl", report)}
    write_record(where, {**record, "files": beside})
    if settings.print_gate:
        text = gate_text(digest_of(path), settings.split, scores.metrics, gate)
        out.print(text, end="", markup=False, highlight=False, soft_wrap=True)
        out = err
    print_scores(scores, matched.counts(), out)
    for note in notes:
        err.print(f"note: {note}", markup=False, highlight=False, soft_wrap=True)
    out.print(f"in {where}", markup=False, highlight=False, soft_wrap=True)
    if failed:
        raise GateError(f"gate={settings.gate} is not held:\n  " + "\n  ".join(failed))
    return where


def _figure(metric: Metric, beside: Mapping[str, Metric]) -> Figure:
    own = bound_record(metric.interval, metric.n)
    figure = Figure(mean=own["mean"], low=own["low"], high=own["high"], n=own["n"])
    if beside:
        figure["baselines"] = {n: bound_record(one.interval, one.n) for n, one in beside.items()}
    return figure
