"""Fitting the model of focus: the words, the trees, the calibration, the thresholds.

How the parts are asked is in `pipeline.region.focus_model`; nothing here reads or writes files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.evaluate.gold.region_sets import BBC, GEOPARSING, NEWSWIRE, REUTERS, Labelled
from pipeline.region.focus import evidence
from pipeline.region.focus_model import FocusModel, Trees
from pipeline.region.focus_words import WordModel
from pipeline.region.gazetteer import Gazetteer
from pipeline.taxonomy.regions import ancestors, load_regions
from pipeline.train.boosting import trees

Floats = NDArray[np.float64]

MOST_WORDS = 10_000
LEAST_ARTICLES = 6
LEAST_OF_COUNTRY = 40
EPOCHS = 3
BATCH = 512
RATE = 0.05
PENALTY = 1e-6
FOLDS = 2
SEEDS = (0,)
MOST_ROWS = 16_000
# An article of a set counts so much: few outlets of a set must not drown in many briefs of another.
WORD_WEIGHTS: Mapping[str, float] = {REUTERS: 0.5, NEWSWIRE: 3.0, GEOPARSING: 1.0, BBC: 1.0}
SILVER_WEIGHT = 0.3
SET_WEIGHTS: Mapping[str, float] = {REUTERS: 0.5, NEWSWIRE: 0.25, GEOPARSING: 0.1, BBC: 0.15}
_DESKS = {"154": "GB", "021": "US", "034": "IN", "030": "CN", "053": "AU"}
"""The country that stands for a desk of the BBC where its articles name none."""


@dataclass(frozen=True, slots=True)
class Document:
    """An article in words, with the countries that it is about, for the word model."""

    words: frozenset[str]
    countries: Sequence[str]
    weight: float


def word_model(documents: Sequence[Document], seed: int = 0) -> WordModel:
    """Multinomial logistic regression by Adam; an article of several countries is shared alike."""
    import torch

    often = Counter(word for one in documents for word in one.words)
    ranked = sorted((word for word in often if often[word] >= LEAST_ARTICLES),
                    key=lambda word: (-often[word], word))  # fmt: skip
    index = {word: at for at, word in enumerate(sorted(ranked[:MOST_WORDS]))}
    count = Counter(code for one in documents for code in one.countries)
    countries = sorted(code for code in count if count[code] >= LEAST_OF_COUNTRY)
    place = {code: at for at, code in enumerate(countries)}
    rows, truth, weights = [], [], []
    for one in documents:
        known = sorted(index[word] for word in one.words if word in index)
        about = [place[code] for code in one.countries if code in place]
        if known and about:
            rows.append(np.array(known))
            truth.append(about)
            weights.append(one.weight)
    torch.manual_seed(seed)
    generator = np.random.default_rng(seed)
    table = torch.nn.EmbeddingBag(len(index), len(countries), mode="sum")
    torch.nn.init.zeros_(table.weight)
    bias = torch.zeros(len(countries), requires_grad=True)
    steps = torch.optim.Adam([table.weight, bias], lr=RATE)
    for epoch in range(EPOCHS):
        order = generator.permutation(len(rows))
        for group in steps.param_groups:
            group["lr"] = RATE * (1 - epoch / EPOCHS)
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            sizes = np.array([len(rows[n]) for n in chosen])
            values = np.repeat(1 / np.sqrt(sizes), sizes).astype(np.float32)
            logits = bias + table(
                torch.from_numpy(np.concatenate([rows[n] for n in chosen])),
                torch.from_numpy(np.concatenate([[0], np.cumsum(sizes)[:-1]])),
                per_sample_weights=torch.from_numpy(values),
            )
            wanted = torch.zeros_like(logits)
            for row, n in enumerate(chosen):
                wanted[row, truth[n]] = 1 / len(truth[n])
            share = torch.tensor([weights[n] for n in chosen])
            cost = -(wanted * torch.log_softmax(logits, 1)).sum(1)
            loss = (share * cost).sum() / share.sum() + PENALTY * (table.weight**2).sum()
            steps.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            steps.step()
    exact = table.weight.detach().numpy()
    scale = np.abs(exact).max(axis=0) / 127 + 1e-9
    return WordModel(
        index,
        countries,
        np.round(exact / scale).astype(np.int8),
        scale.astype(np.float32),
        bias.detach().numpy().astype(np.float32),
    )


def about(one: Labelled) -> list[str]:
    """The countries a labelled article gives the word model."""
    desk = _DESKS.get(one.area or "") if one.set == BBC else None
    return sorted(one.countries) or ([desk] if desk else [])


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
    articles: int


def candidates_of(
    known: Sequence[Labelled], gazetteer: Gazetteer, words: Callable[[int], WordModel]
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
    owners = np.array(owner)
    share = np.array([SET_WEIGHTS[one.set] / size[one.set] * len(known) for one in known])
    return Candidates(
        codes,
        np.concatenate(rows),
        owners,
        np.array(wanted),
        np.array(weight) * share[owners],
        len(known),
    )


def _targets(one: Labelled, codes: Sequence[str]) -> list[tuple[bool, float]]:
    """Whether the article is about each candidate, and how much that is to be trusted."""
    if one.countries:
        return [(code in one.countries, 1.0) for code in codes]
    desk = _DESKS.get(one.area or "")
    inside = [
        one.area in (chain[-1], load_regions()[chain[-1]].parent) for chain in map(ancestors, codes)
    ]
    # Which country of its area a desk writes about is known where the desk has one country, or the
    # article names one; else the first named is taken, and of the others nothing is known.
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


def forest(found: Candidates, chosen: NDArray[np.bool_]) -> Trees:
    """Boosted trees on those of the chosen candidates whose target is known."""
    used = np.flatnonzero(chosen & (found.weight > 0))
    if len(used) > MOST_ROWS:
        used = np.random.default_rng(0).choice(used, MOST_ROWS, replace=False)
    grown = trees(
        found.rows[used].astype(np.float64), found.wanted[used], found.weight[used], SEEDS
    )
    return Trees(*(grown[name] for name in ("feature", "threshold", "left", "right", "value")))


def calibration(logits: Floats, found: Candidates) -> NDArray[np.float32]:
    """Slope and offset of a weighted logistic regression on the logit (Platt 1999)."""
    weights, design = found.weight, np.stack([logits, np.ones_like(logits)], 1)
    fitted = np.array([1.0, 0.0])
    for _ in range(30):
        chance = 1 / (1 + np.exp(-design @ fitted))
        slope = design.T @ (weights * (found.wanted - chance))
        curve = (design * (weights * chance * (1 - chance))[:, None]).T @ design
        fitted = fitted + np.linalg.solve(curve + 1e-9 * np.eye(2), slope)
    return fitted.astype(np.float32)


def thresholds(
    known: Sequence[Labelled], found: Candidates, chances: Floats
) -> tuple[float, float]:
    """The two thresholds that are best for the mean of micro-F1 (where a set has it) and accuracy.

    Of near equals the highest second one is taken: an answer that helps no measure is none.
    """
    starts = np.searchsorted(found.owner, np.arange(len(known) + 1))
    best, top = (0.5, 0.3), -1.0
    for every in np.arange(0.3, 0.71, 0.05):
        for least in np.arange(0.1, every + 0.01, 0.05):
            score = float(np.mean(_scores(known, found, chances, starts, every, least)))
            if score >= top - 0.0005:
                best, top = (round(float(every), 2), round(float(least), 2)), max(top, score)
    return best


def _scores(
    known: Sequence[Labelled],
    found: Candidates,
    chances: Floats,
    starts: NDArray[np.int64],
    every: float,
    least: float,
) -> list[float]:
    right = extra = missed = 0
    hits: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for number, one in enumerate(known):
        if not one.countries or one.set == GEOPARSING:
            continue
        part = slice(starts[number], starts[number + 1])
        here, codes = chances[part], found.codes[part.start : part.stop]
        focus = {code for code, p in zip(codes, here, strict=True) if p >= every}
        best = codes[int(here.argmax())] if len(codes) else ""
        if not focus and len(codes) and here.max() >= least:
            focus = {best}
        if one.set == REUTERS:
            both = len(focus & one.countries)
            right, extra = right + both, extra + len(focus) - both
            missed += len(one.countries) - both
        total[one.set] += 1
        hits[one.set] += bool(focus) and best in one.countries
    scores = [2 * right / (2 * right + extra + missed)] if total[REUTERS] else []
    return scores + [hits[name] / total[name] for name in total if name != REUTERS]
