"""What every record of an evaluation holds, and how figures become JSON."""

from __future__ import annotations

import math
import platform
from collections.abc import Mapping

from pipeline.core.bootstrap import Interval
from pipeline.core.extras import installed
from pipeline.core.version import __version__
from pipeline.evaluate.predictions import Predictions
from pipeline.evaluate.report.metrics_file import Run

_PACKAGES = ("networkx", "numpy", "rouge-score", "scikit-learn", "scipy", "sentencex")


def versions() -> dict[str, str]:
    """Of Dateline, Python and the packages that figures come from."""
    return {
        "dateline": __version__,
        "python": platform.python_version(),
        **installed(_PACKAGES),
    }


def run_record(predictions: Predictions) -> Run:
    """Which run was scored, and what decided its rows."""
    steps = predictions.directory.steps()
    return {
        "run": predictions.directory.name,
        "file": predictions.file.name,
        "sha256": predictions.digest,
        "dateline": predictions.version,
        "fingerprints": {name: step.fingerprint for name, step in steps.items()},
    }


def interval_record(one: Interval) -> dict[str, object]:
    """A figure and its bounds, without what it was drawn from."""
    return {"mean": one.mean, "low": one.low, "high": one.high}


def plain(value: object) -> object:
    """For JSON, which has no NaN: null where there is no such figure."""
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return None if isinstance(value, float) and math.isnan(value) else value
