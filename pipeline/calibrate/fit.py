"""Fitting a calibration to scores beside labels, and judging it on documents that it has not seen.

Scores in, a calibration out: nothing here knows which stage they are of. Everything that is chosen
is chosen by cross-validation over documents, the simpler one where the data do not tell them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from pipeline.calibrate.calibration import Calibration, Floats, logits
from pipeline.calibrate.scored import Bools, Scored, micro_f1
from pipeline.core.bootstrap import sums_interval
from pipeline.core.extras import needs
from pipeline.core.probabilities import logistic

FOLDS, SEED = 5, 1
_FOR_STEPS = 200
"""Documents from which on isotonic regression is tried: with fewer, its steps are single ones."""

_PRIOR = 20.0
"""A threshold starts from a plainer one, which weighs like so many labels."""

_OWN = 5
"""Labels of a kind from which on it may have a threshold of its own."""


@dataclass(frozen=True)
class Choice:
    """A calibration and what it was chosen among: cross-validated loss of each map (nats a
    document) and micro-F1 of each way to cut."""

    calibration: Calibration
    losses: Mapping[str, float]
    cuts: Mapping[str, float]


def fit(data: Scored) -> Choice:
    """The calibration of these documents; the map and the thresholds each by cross-validation."""
    names = ["none", "temperature", "platt"]
    if len(data.gold) >= _FOR_STEPS:
        names.append("isotonic")
    losses, chances = {}, {}
    for name in names:
        found = _held(data, partial(_map, name))
        chances[name], losses[name] = found, _losses(data, found)
    best = min(names, key=lambda name: float(losses[name].mean()))
    method = next(name for name in names if not _differs(losses[name], losses[best]))
    shape = _map(method, data)
    # Thresholds go by chances of documents that the map was not fitted on.
    ways: dict[str, Callable[[Scored, Floats], Calibration]] = {
        "one": lambda d, c: _one(d, c, shape)
    }
    if not data.single:
        ways["by label"] = lambda d, c: _by_label(d, c, _one(d, c, shape))
    counts = {name: _cut_counts(data, chances[method], way) for name, way in ways.items()}
    way = "one"
    if "by label" in counts and _better(counts["one"], counts["by label"]):
        way = "by label"
    return Choice(
        ways[way](data, chances[method]),
        {name: float(loss.mean()) for name, loss in losses.items()},
        {name: float(micro_f1(found.sum(axis=0)[None])[0]) for name, found in counts.items()},
    )


@dataclass(frozen=True)
class Held:
    """By calibrations that were chosen and fitted on other documents alone: the probability of each
    pair, whether it is given as an answer, and the method of each fold."""

    chances: Floats
    given: Bools
    methods: tuple[str, ...]


def cross_validated(data: Scored) -> Held:
    """Every document by a calibration of the others."""
    methods = []
    chances, given = np.zeros(len(data.score)), np.zeros(len(data.score), dtype=bool)
    for others, held, inside in _folds(data):
        found = fit(others).calibration
        methods.append(found.method)
        chances[inside] = found.probabilities(held.score)
        given[inside] = held.chosen(chances[inside], found)
    return Held(chances, given, tuple(methods))


def _folds(data: Scored) -> Iterator[tuple[Scored, Scored, Bools]]:
    """For each fold the data of all others, its own, and which pairs are its own; the documents
    fall to folds by chance, as many to each as can be."""
    folds = np.random.default_rng(SEED).permutation(len(data.gold)) % FOLDS
    for number in range(FOLDS):
        others, held = np.flatnonzero(folds != number), np.flatnonzero(folds == number)
        yield data.of(others), data.of(held), folds[data.document] == number


def _held(data: Scored, fitted: Callable[[Scored], Calibration]) -> Floats:
    """Probabilities of all pairs, each by a map that was fitted without its document's fold."""
    chances = np.zeros(len(data.score))
    for others, held, inside in _folds(data):
        chances[inside] = fitted(others).probabilities(held.score)
    return chances


def _map(name: str, data: Scored) -> Calibration:
    """The map of a method, without a threshold yet."""
    if name == "none" or not len(data.score):
        return Calibration("none", 0.5)
    if name == "isotonic":
        with needs("sklearn", "evaluate"):
            from sklearn.isotonic import IsotonicRegression
        least = 1 / (len(data.score) + 2)  # Laplace: no answer is certain
        found = IsotonicRegression(y_min=least, y_max=1 - least, out_of_bounds="clip")
        found.fit(data.score, data.right)
        knots = (tuple(found.X_thresholds_.tolist()), tuple(found.y_thresholds_.tolist()))
        return Calibration("isotonic", 0.5, knots=knots)
    slope, offset = _logistic(data, shifted=name == "platt")
    return Calibration("platt" if name == "platt" else "temperature", 0.5, slope, offset)


def _logistic(data: Scored, shifted: bool) -> tuple[float, float]:
    """Slope and offset of the logit by maximum likelihood (Platt 1999; Guo et al. 2017 without the
    offset), with normal priors of deviation 1 on the slope's logarithm and the offset."""
    with needs("scipy", "evaluate"):
        from scipy.optimize import minimize
    odds, right = logits(data.score), data.right.astype(float)

    def loss(at: Floats) -> tuple[float, Floats]:
        logit = np.exp(at[0]) * odds + (at[1] if shifted else 0.0)
        gap = logistic(logit) - right
        value = float((np.logaddexp(0, logit) - right * logit).sum() + (at**2).sum() / 2)
        return value, at + np.array([gap @ odds * np.exp(at[0]), gap.sum() * shifted])

    bounds = [(-3.0, 3.0), (-20.0, 20.0)]
    found = minimize(loss, np.zeros(2), jac=True, method="L-BFGS-B", bounds=bounds).x
    return float(np.exp(found[0])), float(found[1]) if shifted else 0.0


def _losses(data: Scored, chances: Floats) -> Floats:
    """Negative log likelihood of each document, in nats."""
    odds = logits(chances)
    found = np.zeros(len(data.gold))
    np.add.at(found, data.document, np.logaddexp(0, odds) - data.right * odds)
    return found


def _differs(one: Floats, best: Floats) -> bool:
    """Whether a loss is worse than the best by more than the standard error of the difference."""
    gap = one - best
    return bool(gap.mean() > gap.std() / np.sqrt(len(gap))) and bool(gap.any())


def _better(one: Floats, other: Floats) -> bool:
    """Whether the micro-F1 of the second is better by more than its bootstrap standard error."""
    found = sums_interval(
        np.hstack([one, other]), lambda sums: micro_f1(sums[:, 3:]) - micro_f1(sums[:, :3])
    )
    return found.mean > (found.high - found.low) / 3.92


def _cut_counts(
    data: Scored, chances: Floats, way: Callable[[Scored, Floats], Calibration]
) -> Floats:
    """Counts of documents, cut by thresholds that were chosen without their fold."""
    given = np.zeros(len(chances), dtype=bool)
    for others, held, inside in _folds(data):
        given[inside] = held.chosen(chances[inside], way(others, chances[~inside]))
    return data.counts(given)


def _one(data: Scored, chances: Floats, shape: Calibration) -> Calibration:
    """One threshold, of the best micro-F1; drawn to half of that F1, which is the best one for
    scores that are probabilities (Lipton, Elkan and Narayanaswamy 2014)."""
    usable = data.surest() if data.single else np.ones(len(chances), dtype=bool)
    wanted = sum(map(len, data.gold))
    own, f1 = _best_cut(chances[usable], data.right[usable], wanted)
    return replace(shape, threshold=_drawn(own, f1 / 2, wanted))


def _by_label(data: Scored, chances: Floats, one: Calibration) -> Calibration:
    """A threshold for each label, drawn to the one for all."""
    found = {}
    for code in sorted(set(data.code.tolist())):
        rows = data.code == code
        wanted = sum(code in codes for codes in data.gold)
        if wanted >= _OWN and data.right[rows].any():
            own, _ = _best_cut(chances[rows], data.right[rows], wanted)
            found[str(code)] = _drawn(own, one.threshold, wanted)
    return replace(one, labels=found)


def _drawn(own: float, plain: float, labels: int) -> float:
    return round(float((labels * own + _PRIOR * plain) / (labels + _PRIOR)), 6)


def _best_cut(chances: Floats, right: Bools, wanted: int) -> tuple[float, float]:
    """The threshold of the best F1, half way down to the next lower chance, and that F1."""
    if not right.any():
        return 0.5, 1.0
    order = np.argsort(-chances, kind="stable")
    sorted_chances, hits = chances[order], np.cumsum(right[order])
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + wanted)
    # Equal chances are given together.
    f1[np.append(sorted_chances[1:] == sorted_chances[:-1], False)] = -1
    best = int(f1.argmax())
    below = sorted_chances[best + 1] if best + 1 < len(order) else 0.0
    return float((sorted_chances[best] + below) / 2), float(f1[best])
