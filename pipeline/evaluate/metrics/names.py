"""What the name of a metric says: whether more or less of it is better, and what it nearly is."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_MORE = ("exact_match", "precision", "recall", "f1", "accuracy", "rouge1", "rouge2", "rougeLsum",
         "similarity", "support")  # fmt: skip
_LESS = ("ece", "brier", "repetition", "unsupported", "fallback")


def direction(metric: str) -> int:
    """1 where more is better, -1 where less is, 0 where neither is: lengths, shares of copied
    words, coverage, which is bought with accuracy."""
    name = metric.rpartition(".")[2]
    if name in _LESS:
        return -1
    return int(any(name == end or name.endswith(f"_{end}") for end in _MORE))


def no_metric(wrong: str, known: Iterable[str]) -> str:
    """What to say of a name that no metric has."""
    names = list(known)
    near = get_close_matches(wrong, names, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(names)}"
    return f"{wrong}: no metric of what was scored; {hint}"
