"""What `evaluation/metrics.json` holds: its schema, key by key. `SCHEMA_VERSION` goes up with it.

Figures are null where there is none, such as the accuracy of answers when there are no answers.
Shares are 0 to 1, ROUGE 0 to 100, lengths words. `Metrics` is the whole file but for `checksum`,
the sha256 of the rest as compact JSON with sorted keys.
"""

from __future__ import annotations

import math
from typing import NotRequired

# Pydantic, by which the tests hold files against this, takes no other before Python 3.12.
from typing_extensions import TypedDict

SCHEMA_VERSION = 4


class Bound(TypedDict):
    """A mean over documents with the bounds of its bootstrap interval, and the effective number of
    documents that it stands on."""

    mean: float | None
    low: float | None
    high: float | None
    n: int


class Figure(Bound):
    """A figure of the run, and beside it those of the baselines that have it, by their names."""

    baselines: NotRequired[dict[str, Bound]]


class Bootstrap(TypedDict):
    """How intervals were drawn: percentiles over resamples of the documents."""

    seed: int
    resamples: int
    level: float


class LabelFile(TypedDict):
    """The labels: name and sha256 of the file, the split that was scored (null: all), the digest of
    the user's own topics (null: Media Topics)."""

    file: str
    sha256: str
    split: str | None
    topics_version: str | None


class Run(TypedDict):
    """The run: name, published file with its sha256, version of Dateline, and the fingerprint of
    each step: a digest of all configuration and models that decide what it writes. Of a file that
    another tool predicted: null and none."""

    run: str
    file: str
    sha256: str
    dateline: str | None
    fingerprints: dict[str, str]


class Counts(TypedDict):
    """Of labels: all, those with an article in the run, those without, and those that say nothing;
    and articles that no label speaks of."""

    labels: int
    matched: int
    unmatched: int
    unscored: int
    unlabelled_predictions: int


class HeldGate(TypedDict):
    """Floors of the gate by metric, and what is under one, as it was printed."""

    floors: dict[str, float]
    failed: list[str]


class LabelScores(TypedDict):
    """Of one label: how often it is right, and how many documents have it in gold and predicted."""

    precision: float | None
    recall: float | None
    f1: float | None
    gold: int
    predicted: int


class Confusion(TypedDict):
    """Articles by main label, rows gold, columns predicted; "" is none."""

    labels: list[str]
    gold_by_predicted: list[list[int]]


class Threshold(TypedDict):
    """What were if answers under a score were left out: micro-averages and the share answered."""

    threshold: float
    precision: float | None
    recall: float | None
    f1: float | None
    coverage: float


class ReliabilityBin(TypedDict):
    """Answers with a score in [low, high), the last with 1: how many, their mean score and the
    share of right ones, null where there are none."""

    low: float
    high: float
    count: int
    confidence: float | None
    accuracy: float | None


class RiskCoverage(TypedDict):
    """Points of (share answered, share wrong of these), surest first; the area under them; answers
    in all."""

    curve: list[tuple[float, float]]
    aurc: float | None
    n: int


class Detail(TypedDict):
    """Of a task of labels. `confusion` is of tasks with a main label, the last two of scores."""

    labels: dict[str, LabelScores]
    thresholds: list[Threshold]
    confusion: NotRequired[Confusion]
    reliability: NotRequired[list[ReliabilityBin]]
    risk_coverage: NotRequired[RiskCoverage]


class Metrics(TypedDict):
    """The file. `metrics` has every figure by its name, such as `topics.macro_f1`; `detail` what
    belongs to `region`, `countries` and `topics`; `unmatched` and `unscored` are ids of labels;
    `similarity` says which encoder compared sentences, if one did; `files` are the sha256 of those
    beside this one, written before it."""

    schema: int
    versions: dict[str, str]
    bootstrap: Bootstrap
    labels: LabelFile
    predictions: Run
    counts: Counts
    unmatched: list[str]
    unscored: list[str]
    notes: list[str]
    gate: HeldGate | None
    similarity: dict[str, str] | None
    metrics: dict[str, Figure]
    detail: dict[str, Detail]
    files: NotRequired[dict[str, str]]


def known(value: float) -> float | None:
    """A number, or None for NaN: JSON has none, and neither has a label without a score."""
    return None if math.isnan(value) else value
