"""What a support check is worth, as it runs, on judged sentences of held-out documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from pipeline.article import SummarySentence
from pipeline.summarize.support.check import Case
from pipeline.train.support.figures import calibration_error, figure, roc_area
from pipeline.train.support.statements import JUDGED, Summary


class Checks(Protocol):
    """A support check."""

    def open(self) -> None: ...

    def check(self, cases: Sequence[Case]) -> list[list[tuple[SummarySentence, ...]]]: ...


def held_out_lines(rows: Sequence[Summary], checks: Mapping[str, Checks]) -> list[str]:
    """Area under ROC and calibration error of each check, with their intervals."""
    chosen = [row for row in rows if row.set == JUDGED and row.split == "test"]
    labels = np.array([verdict for row in chosen for verdict in row.verdicts])
    groups = np.array([row.group for row in chosen for _ in row.sentences])
    lines = []
    for name, check in checks.items():
        check.open()
        checked = check.check([Case(row.source, row.title, [row.sentences]) for row in chosen])
        scores = np.array([one.support for [summary] in checked for one in summary])
        area = figure(roc_area, scores, labels, groups)
        error = figure(calibration_error, scores, labels, groups)
        lines.append(
            f"held out, {len(labels)} judged sentences, {name}: area under ROC {area}, expected "
            f"calibration error {error}"
        )
    return lines
