"""Which cross-encoder says what of which sentence: none of a document or a set that it saw."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.train.support.examples import Example
from pipeline.train.support.figures import Floats
from pipeline.train.support.mixture import GENERAL, SPECIAL, Plan
from pipeline.train.support.settings import SupportTraining
from pipeline.train.support.statements import JUDGED

PARTS = (
    ("frank", "qags", "factcc", "aggrefact_val", "wice"),
    ("fib", "entfa", "genaudit", "defacto", "cg2c_doc"),
)
"""The sets that are measured, left out half at a time with every document of theirs in other sets:
ten trainings would take a day of one core."""

MEASURED = tuple(name for part in PARTS for name in part)

SHIPPED = "full"
_GENERAL = "a"
_GENERAL_PAIRS, _SHIPPED_PAIRS, _FOLD_PAIRS = 22_000, 14_000, 7_000
_GENERAL_STEPS = 400
_GENERAL_RATE, _RATE = 1.2e-4, 1e-4
_FROZEN = 2
"""Lower layers that the second part leaves as the first made them: a quarter of the time less."""


def plans(examples: Sequence[Example]) -> list[Plan]:
    """The first part, which sees no measured set and no judged document; the shipped second part;
    and one without each part of the sets and of the judged documents."""
    judged = {one.group for one in examples if one.set == JUDGED}
    measured = {one.group for one in examples if one.set in MEASURED}
    general = Plan(
        _GENERAL,
        None,
        GENERAL,
        _GENERAL_PAIRS,
        _GENERAL_RATE,
        0,
        MEASURED,
        measured | judged,
        _GENERAL_STEPS,
    )
    shipped = Plan(SHIPPED, _GENERAL, SPECIAL, _SHIPPED_PAIRS, _RATE, _FROZEN)
    folds = [
        Plan(
            fold_name(part), _GENERAL, SPECIAL, _FOLD_PAIRS, _RATE, _FROZEN, names,
            {one.group for one in examples if one.set in names}
            | {group for group in judged if part_of(group) == part},
        )
        for part, names in enumerate(PARTS)
    ]  # fmt: skip
    return [general, shipped, *folds]


def own_plans(
    examples: Sequence[Example], start: str | None, training: SupportTraining
) -> list[Plan]:
    """For judged sentences alone, and what is made of them: the model, and one without each part
    of the documents. Half of what is drawn is judged, each sentence so often."""
    judged = {one.group for one in examples if one.set == JUDGED}
    pairs = 2 * training.passes * sum(one.set == JUDGED for one in examples)
    left_out = {SHIPPED: set[int]()} | {
        fold_name(part): {group for group in judged if part_of(group) == part}
        for part in range(len(PARTS))
    }
    return [
        Plan(name, start, SPECIAL, pairs, training.rate, training.frozen, groups=groups)
        for name, groups in left_out.items()
    ]


def fold_name(part: int) -> str:
    """The plan without a part of the sets and of the judged documents."""
    return f"fold{part}"


def part_of(group: int) -> int:
    """The part that a judged document is in."""
    return (group * 2_654_435_761 % 2**32) // 7 % len(PARTS)


def unseen(examples: Sequence[Example], logits: Sequence[Floats]) -> Floats:
    """For each example the logit of the fold that saw neither its set nor its document, NaN where
    every one did. `logits` are those of the folds for all examples."""
    found = np.full(len(examples), np.nan)
    for number, one in enumerate(examples):
        if one.set == JUDGED:
            found[number] = logits[part_of(one.group)][number]
        else:
            for part, names in enumerate(PARTS):
                if one.set in names:
                    found[number] = logits[part][number]
    return found
