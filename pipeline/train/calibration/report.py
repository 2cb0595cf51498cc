"""What `dateline calibrate` found for a task: as it is kept, and as it is shown."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table

from pipeline.calibrate.calibration import Calibration
from pipeline.calibrate.fit import FOLDS, Choice
from pipeline.core.bootstrap import Interval
from pipeline.evaluate.report.record import interval_record, plain
from pipeline.train.calibration.figures import Change


@dataclass(frozen=True)
class Calibrated:
    """For a task: the back end it is for, the choice and those of the folds, figures before and
    after."""

    backend: Mapping[str, object]
    choice: Choice
    methods: tuple[str, ...]
    documents: int
    pairs: int
    figures: Mapping[str, Change]

    def is_better(self) -> bool:
        """Whether ECE or micro-F1 improved by more than resampled documents explain."""
        eces = (self.figures["ece_pairs"].change, self.figures["ece_strongest"].change)
        return any(ece.high < 0 for ece in eces) or self.figures["micro_f1"].change.low > 0

    def record(self) -> dict[str, object]:
        """As it stands in the file."""
        return {
            "calibration": _of(self.choice.calibration),
            "backend": dict(self.backend),
            "documents": self.documents,
            "pairs": self.pairs,
            "cross_validated": {
                "loss": dict(self.choice.losses),
                "micro_f1": dict(self.choice.cuts),
                "methods": list(self.methods),
            },
            "figures": plain({name: _change(one) for name, one in self.figures.items()}),
        }


def _of(found: Calibration) -> dict[str, object]:
    knots = None if found.knots is None else [list(side) for side in found.knots]
    return {**asdict(found), "knots": knots, "labels": dict(found.labels)}


def _change(one: Change) -> dict[str, object]:
    sides = {"before": one.before, "after": one.after, "change": one.change}
    return {name: interval_record(side) for name, side in sides.items()}


def print_calibrated(task: str, found: Calibrated, out: Console) -> None:
    """The figures before and after, and what was chosen."""
    chosen = found.choice.calibration
    title = f"{task}: {found.pairs} scores of {found.documents} labelled articles, {FOLDS} folds"
    table = Table(task, "before", "after, cross-validated", "change", title=title)
    for name, figure in found.figures.items():
        sides = (figure.before, figure.after, figure.change)
        table.add_row(name, *(_shown(side, signed=side is figure.change) for side in sides))
    out.print(table)
    losses = ", ".join(f"{name} {loss:.4f}" for name, loss in found.choice.losses.items())
    lines = [
        "F1 before: as published",
        f"map: {_map_shown(chosen)} (simplest within a standard error of the best; loss {losses}; "
        f"in the folds {_folds_shown(found.methods)})",
        f"threshold: {chosen.threshold:.3f}"
        + (f", {len(chosen.labels)} labels have their own" if chosen.labels else " for all labels")
        + " (micro-F1 " + ", ".join(f"{n} {f1:.3f}" for n, f1 in found.choice.cuts.items()) + ")",
    ]  # fmt: skip
    for line in lines:
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def _folds_shown(methods: Sequence[str]) -> str:
    return ", ".join(f"{name} {times}" for name, times in Counter(methods).most_common())


def _map_shown(chosen: Calibration) -> str:
    if chosen.method == "temperature":
        return f"temperature {1 / chosen.slope:.3f}"
    if chosen.method == "platt":
        return f"platt, slope {chosen.slope:.3f}, offset {chosen.offset:+.3f}"
    return "none, the scores stay" if chosen.method == "none" else chosen.method


def _shown(interval: Interval, signed: bool) -> str:
    if math.isnan(interval.mean):
        return "-"
    sign = "+" if signed else ""
    return f"{interval.mean:{sign}.3f} [{interval.low:{sign}.3f}, {interval.high:{sign}.3f}]"
