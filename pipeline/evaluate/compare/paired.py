"""How sure the difference between two runs on the same documents is.

The interval is the paired percentile bootstrap (Efron and Tibshirani 1993; Koehn 2004): each
resample of documents is scored for both runs. p is the paired permutation test, also called
approximate randomisation (Noreen 1989; Yeh 2000; Riezler and Maxwell 2005): how often runs that
have exchanged their answers to documents by chance are at least as far apart, two-sided. It holds
for few documents too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.bootstrap import RESAMPLES, SEED, Floats, Interval, Sums, drawn_weights

P_VALUE = "paired permutation, two-sided; all exchanges where there are no more than resamples"
_CHUNK = 200
_NAN = float("nan")
_NOTHING = Interval(_NAN, _NAN, _NAN)
LEVEL = 0.05
EQUAL = 1e-9
"""Figures that are nearer to each other differ by rounding."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The second run's figure less the first's, with p; NaN where either has no figure."""

    first: float
    second: float
    interval: Interval
    p: float
    documents: int

    def is_clear(self) -> bool:
        """Whether the interval leaves out 0 and p is under 0.05: on few documents that differ, a
        bootstrap alone is too sure."""
        return self.p < LEVEL and (self.interval.low > EQUAL or self.interval.high < -EQUAL)


def aligned(
    first: Sums, first_ids: Sequence[str], second: Sums, second_ids: Sequence[str]
) -> tuple[Sums, Sums]:
    """Both over the same documents: those of either, with zeros where one has nothing of them.

    The figures stay as they are. What one run answered and the other did not is drawn too.
    """
    if first_ids == second_ids:
        return first, second
    place = {name: row for row, name in enumerate(dict.fromkeys([*first_ids, *second_ids]))}
    return _spread(first, first_ids, place), _spread(second, second_ids, place)


def differences(
    pairs: Mapping[str, tuple[Sums, Sums]], resamples: int = RESAMPLES, seed: int = SEED
) -> dict[str, Difference]:
    """The difference of each pair of sums over the same documents, in the same order.

    Both sums of a pair need the same columns and statistic, for p mixes them.
    """
    sizes: dict[int, list[str]] = {}
    for name, (first, _) in pairs.items():
        sizes.setdefault(len(first.columns), []).append(name)
    found = {}
    for documents, names in sizes.items():
        group = {name: pairs[name] for name in names}
        found.update(_of_size(documents, group, resamples, seed))
    return {name: found[name] for name in pairs}


def _of_size(
    documents: int, pairs: Mapping[str, tuple[Sums, Sums]], resamples: int, seed: int
) -> dict[str, Difference]:
    if not documents:
        return {name: Difference(_NAN, _NAN, _NOTHING, _NAN, 0) for name in pairs}
    everything = np.ones((1, documents))
    exact = 2.0**documents <= resamples
    exchanges = _all_exchanges(documents) if exact else _exchanges(documents, resamples, seed)
    drawn = _drawn(pairs, ((w, w) for w in drawn_weights(documents, resamples, seed)))
    mixed = _drawn(pairs, ((kept, 1 - kept) for kept in exchanges))
    found = {}
    for name, (first, second) in pairs.items():
        left, right = (float(s.statistic(everything @ s.columns)[0]) for s in (first, second))
        interval, p = _NOTHING, _NAN
        if not np.isnan(right - left):
            low, high = np.nanpercentile(drawn[name], [2.5, 97.5])
            interval = Interval(right - left, float(low), float(high))
            given = mixed[name][~np.isnan(mixed[name])]
            as_far = int((np.abs(given) >= abs(right - left) - EQUAL).sum())
            p = as_far / len(given) if exact else (1 + as_far) / (1 + len(given))
        found[name] = Difference(left, right, interval, p, documents)
    return found


def _drawn(
    pairs: Mapping[str, tuple[Sums, Sums]], weights: Iterator[tuple[Floats, Floats]]
) -> dict[str, Floats]:
    """Differences where the first run has documents as often as the first weights say and those of
    the second as often as the second; the other way round in the second run."""
    parts: dict[str, list[Floats]] = {name: [] for name in pairs}
    for own, other in weights:
        sums: dict[tuple[int, int], tuple[Floats, Floats]] = {}
        for name, (first, second) in pairs.items():
            key = (id(first.columns), id(second.columns))  # many figures share their columns
            if key not in sums:
                sums[key] = _summed(own, other, first.columns, second.columns)
            left, right = sums[key]
            parts[name].append(second.statistic(right) - first.statistic(left))
    return {name: np.concatenate(several) for name, several in parts.items()}


def _summed(own: Floats, other: Floats, first: Floats, second: Floats) -> tuple[Floats, Floats]:
    if own is other:
        return own @ first, own @ second
    return own @ first + other @ second, other @ first + own @ second


def _exchanges(documents: int, resamples: int, seed: int) -> Iterator[Floats]:
    """1 for each document that stays, 0 for one whose answers are exchanged, (n, documents)."""
    generator = np.random.default_rng(seed)
    for start in range(0, resamples, _CHUNK):
        rows = min(_CHUNK, resamples - start)
        yield generator.integers(0, 2, size=(rows, documents)).astype(np.float64)


def _all_exchanges(documents: int) -> Iterator[Floats]:
    numbers = np.arange(2**documents)[:, None]
    yield (numbers >> np.arange(documents) & 1).astype(np.float64)


def _spread(sums: Sums, ids: Sequence[str], place: Mapping[str, int]) -> Sums:
    columns = np.zeros((len(place), sums.columns.shape[1]))
    columns[[place[name] for name in ids]] = sums.columns
    return Sums(columns, sums.statistic)
