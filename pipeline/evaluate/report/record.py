"""What every record of an evaluation holds, and how figures become JSON and text."""

from __future__ import annotations

import math
import platform
from collections.abc import Mapping

from pipeline.core.bootstrap import Interval
from pipeline.core.extras import installed
from pipeline.core.version import __version__
from pipeline.evaluate.metrics_file import Bound, Run, known
from pipeline.evaluate.predictions import Predictions

_PACKAGES = ("networkx", "numpy", "rouge-score", "scikit-learn", "scipy", "sentencex")
_FEW_DIGITS = 10


def versions() -> dict[str, str]:
    """Of Dateline, Python and the packages that figures come from."""
    return {
        "dateline": __version__,
        "python": platform.python_version(),
        **installed(_PACKAGES),
    }


def run_record(predictions: Predictions) -> Run:
    """Which run was scored, and what decided its rows."""
    return {
        "run": predictions.name,
        "file": predictions.file.name,
        "sha256": predictions.digest,
        "dateline": predictions.version,
        "fingerprints": dict(predictions.fingerprints),
    }


def interval_record(one: Interval) -> dict[str, float | None]:
    """A figure and its bounds, without what it was drawn from."""
    return {"mean": known(one.mean), "low": known(one.low), "high": known(one.high)}


def bound_record(one: Interval, n: int) -> Bound:
    """The same with the number of documents that it stands on."""
    return {"mean": known(one.mean), "low": known(one.low), "high": known(one.high), "n": n}


def figure(value: float | None, sign: str = "", like: float | None = None) -> str:
    """For people: three decimals, or one from ten on, as words and ROUGE have, in a bound as many
    as in the figure that it is `like`; "-" for none. With "+" as `sign` a figure has its own."""
    if value is None or math.isnan(value):
        return "-"
    digits = 3 if abs(value if like is None else like) < _FEW_DIGITS else 1
    return f"{value:{sign}.{digits}f}"


def plain(value: object) -> object:
    """For JSON, which has no NaN: null where there is no such figure."""
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return None if isinstance(value, float) and math.isnan(value) else value
