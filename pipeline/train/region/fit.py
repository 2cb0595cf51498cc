"""Fitting the model of focus: the words, the trees, the calibration, the thresholds.

How the parts are asked is in `pipeline.region.focus_model`; nothing here reads or writes files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.core.errors import InputError
from pipeline.core.stopping import never, stopped
from pipeline.region.focus import evidence
from pipeline.region.focus_model import FocusModel, Trees
from pipeline.region.focus_words import WordModel
from pipeline.region.gazetteer import Gazetteer
from pipeline.taxonomy.regions import ancestors, load_regions
from pipeline.train.boosting import trees
from pipeline.train.region.rows import RegionRow
from pipeline.train.region.settings import RegionTraining, Sets, SetSettings
from pipeline.train.region.words import Document, document, word_model

Floats = NDArray[np.float64]

_FOLDS = 2
_SEEDS = (0,)
_MOST_ROWS = 16_000
_PLAIN = SetSettings()
_LEAST_SPREAD = 1e-3
"""Of the chances: with less the trees part all candidates, and no logistic regression ends."""


def fitted(
    rows: Sequence[RegionRow],
    silver: Sequence[Document],
    gazetteer: Gazetteer,
    settings: RegionTraining,
    sets: Sets,
    stop: Callable[[], bool] = never,
) -> FocusModel:
    """A model of all of these articles. Of two halves, the one an article is not in makes the word
    model that the trees see, and the trees that the calibration and the thresholds see.

    Raises:
        InputError: there are too few articles, or all candidates are right ones, or all wrong.
        StoppedError: an end was asked for.
    """
    # By pairs, so that neighbours, which may be copies, are in the same half.
    folds = np.arange(len(rows)) // 2 % _FOLDS
    documents = [
        document(row.article, gazetteer, _about(row), sets.get(row.set, _PLAIN).words)
        for row in rows
    ]
    by_fold = []
    for fold in range(_FOLDS):
        others = [one for one, at in zip(documents, folds, strict=True) if at != fold]
        by_fold.append(word_model([*others, *silver], settings))
        _check(stop)
    found = _candidates(rows, gazetteer, lambda n: by_fold[folds[n]], sets)
    _check(stop)
    logits = np.zeros(len(found.owner))
    for fold in range(_FOLDS):
        here = folds[found.owner] == fold
        logits[here] = _forest(found, ~here).logits(found.rows[here])
        _check(stop)
    slope, offset = platt = _calibration(logits, found)
    chances = 1 / (1 + np.exp(-(slope * logits + offset)))
    focus, best = _thresholds(rows, found, chances, sets)
    words = word_model([*documents, *silver], settings)
    _check(stop)
    return FocusModel(words, _forest(found, np.ones(len(logits), bool)), platt, focus, best)


def _check(stop: Callable[[], bool]) -> None:
    if stop():
        raise stopped()


def _about(row: RegionRow) -> list[str]:
    """The countries a labelled article gives the word model."""
    return sorted(row.countries or ()) or ([row.area_country] if row.area_country else [])


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidates of labelled articles: features, and of which article each is.

    `wanted` is 1 where the article is about the country; `weight` is 0 where that is unknown.
    """

    codes: Sequence[str]
    rows: NDArray[np.float32]
    owner: NDArray[np.int64]
    wanted: NDArray[np.bool_]
    weight: Floats


def _candidates(
    known: Sequence[RegionRow],
    gazetteer: Gazetteer,
    words: Callable[[int], WordModel],
    sets: Sets,
) -> Candidates:
    """`words(n)` is the word model to ask about article n: one that has not seen it."""
    empty = Trees(*(np.zeros((0, 0), np.int16),) * 5)  # type: ignore[arg-type]
    codes: list[str] = []
    rows, owner, wanted, weight = [], [], [], []
    for number, one in enumerate(known):
        model = FocusModel(words(number), empty, np.zeros(2, np.float32), 0, 0)
        seen = evidence(one.article, gazetteer, model)
        codes += seen.chosen
        rows.append(seen.rows)
        owner += [number] * len(seen.chosen)
        for yes, trust in _targets(one, seen.chosen):
            wanted.append(yes)
            weight.append(trust)
    size = Counter(one.set for one in known)
    owners = np.array(owner, np.int64)
    share = np.array(
        [sets.get(one.set, _PLAIN).trees / size[one.set] * len(known) for one in known]
    )
    return Candidates(
        codes,
        np.concatenate(rows),
        owners,
        np.array(wanted, bool),
        np.array(weight) * share[owners],
    )


def _targets(one: RegionRow, codes: Sequence[str]) -> list[tuple[bool, float]]:
    """Whether the article is about each candidate, and how much that is to be trusted."""
    if one.countries is not None:
        return [(code in one.countries, 1.0) for code in codes]
    desk = one.area_country
    inside = [
        one.area in (chain[-1], load_regions()[chain[-1]].parent) for chain in map(ancestors, codes)
    ]
    # Which country of its area an article is about is known where the area has one, or the article
    # names one; else the first named is taken, and of the others nothing is known.
    first = inside.index(True) if any(inside) else -1
    found = []
    for at, (code, yes) in enumerate(zip(codes, inside, strict=True)):
        if not yes:
            found.append((False, 0.5))
        elif desk:
            found.append((code == desk, 1.0 if code == desk else 0.0))
        else:
            found.append((True, 1.0 if at == first else 0.0))
    return found


def _forest(found: Candidates, chosen: NDArray[np.bool_]) -> Trees:
    """Boosted trees on those of the chosen candidates whose target is known.

    Raises:
        InputError: all of them have the same.
    """
    used = np.flatnonzero(chosen & (found.weight > 0))
    if len(used) > _MOST_ROWS:
        used = np.random.default_rng(0).choice(used, _MOST_ROWS, replace=False)
    if len(np.unique(found.wanted[used])) < 2:
        raise InputError(
            "too few articles: in half of them every country that is named is one they are about, "
            "or none is; give more, and such as also name countries that they are not about"
        )
    grown = trees(
        found.rows[used].astype(np.float64), found.wanted[used], found.weight[used], _SEEDS
    )
    return Trees(*(grown[name] for name in ("feature", "threshold", "left", "right", "value")))


def _calibration(logits: Floats, found: Candidates) -> NDArray[np.float32]:
    """Slope and offset of a weighted logistic regression on the logit (Platt 1999)."""
    weights, design = found.weight, np.stack([logits, np.ones_like(logits)], 1)
    fitted = np.array([1.0, 0.0])
    for _ in range(30):
        chance = 1 / (1 + np.exp(-design @ fitted))
        if (weights * chance * (1 - chance)).sum() < _LEAST_SPREAD * weights.sum():
            break
        slope = design.T @ (weights * (found.wanted - chance))
        curve = (design * (weights * chance * (1 - chance))[:, None]).T @ design
        fitted = fitted + np.linalg.solve(curve + 1e-9 * np.eye(2), slope)
    return fitted.astype(np.float32)


def _thresholds(
    known: Sequence[RegionRow], found: Candidates, chances: Floats, sets: Sets
) -> tuple[float, float]:
    """The two thresholds that are best for the mean of the measures of the sets.

    Of near equals the highest second one is taken: an answer that helps no measure is none.
    """
    starts = np.searchsorted(found.owner, np.arange(len(known) + 1))
    best, top = (0.5, 0.3), -1.0
    for every in np.arange(0.3, 0.71, 0.05):
        for least in np.arange(0.1, every + 0.01, 0.05):
            scores = _scores(known, found, chances, starts, every, least, sets)
            score = float(np.mean(scores)) if scores else 0.0
            if score >= top - 0.0005:
                best, top = (round(float(every), 2), round(float(least), 2)), max(top, score)
    return best


def _scores(
    known: Sequence[RegionRow],
    found: Candidates,
    chances: Floats,
    starts: NDArray[np.int64],
    every: float,
    least: float,
    sets: Sets,
) -> list[float]:
    """Of each set micro-F1 of the countries, or how often the likeliest is among them."""
    right: Counter[str] = Counter()
    of: Counter[str] = Counter()
    for number, one in enumerate(known):
        measure = sets.get(one.set, _PLAIN).measure
        if one.countries is None or measure == "none":
            continue
        part = slice(starts[number], starts[number + 1])
        here, codes = chances[part], found.codes[part.start : part.stop]
        focus = {code for code, p in zip(codes, here, strict=True) if p >= every}
        best = codes[int(here.argmax())] if len(codes) else ""
        if not focus and len(codes) and here.max() >= least:
            focus = {best}
        if measure == "micro_f1":
            right[one.set] += 2 * len(focus & one.countries)
            of[one.set] += len(focus) + len(one.countries)
        else:
            right[one.set] += bool(focus) and best in one.countries
            of[one.set] += 1
    return [right[name] / of[name] for name in of if of[name]]
