"""When labels and a run are too little of each other for a score to mean what it seems to."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.core.errors import InputError
from pipeline.evaluate.gold.labels import Gold
from pipeline.evaluate.predictions import Matched, Predictions

MOST_UNMATCHED = 0.1
"""Share of the labels that may be without an article in the run, as a few are that were rejected or
had a twin; with more, the labels are of another corpus or the run is of a part."""

_NAMED = 10

_FEW = 10


def absent_notes(
    labels: Iterable[Gold], predictions: Predictions, run: str = "this run"
) -> list[str]:
    """What to say of labels that a run had no stage for, or that a file says nothing of; `run` is
    what the run is called."""
    said = {name for gold in labels for name in gold.said()}
    absent = dict.fromkeys(what for name, what in predictions.lacking.items() if name in said)
    if predictions.is_run:
        return [f"{stage}: switched off in {run}, not scored" for stage in absent]
    return [f"{predictions.file.name} has no {name}, so they are not scored" for name in absent]


def few_note(scored: int) -> list[str]:
    """What to say where intervals are drawn from next to nothing."""
    return [f"labels scored: {scored}; intervals from so few say little"] if scored < _FEW else []


def unmatched_note(matched: Matched, allow: bool) -> list[str]:
    """What to say of labels without an article in the run, if there are any.

    Raises:
        InputError: they are more than `MOST_UNMATCHED`, and that is not allowed.
    """
    missing = matched.unmatched
    if not missing:
        return []
    names = ", ".join(missing[:_NAMED]) + (", ..." if len(missing) > _NAMED else "")
    labels = len(missing) + len(matched.pairs)
    said = f"{len(missing)} of {labels} labels have no article in the run ({names})"
    if len(missing) > MOST_UNMATCHED * labels and not allow:
        raise InputError(
            f"{said}, more than {MOST_UNMATCHED:.0%}: check that they are of this run's articles, "
            "name a part of them by split=NAME, or score the others with allow_unmatched=true"
        )
    return [f"{said}; every score is on the other {len(matched.pairs)}"]
