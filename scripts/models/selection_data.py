"""What the models that select sentences learn from: summaries and what they draw on, and articles
whose best brief a reader picked; and the trees that learn. `select_sentences.py` names the sources.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.summarize.selection.furniture import cleaned_sentences
from pipeline.summarize.selection.selector import beginning, candidates_of
from pipeline.summarize.selection.signals import Floats, Read, read, state_rows
from pipeline.text.content_words import content_words
from pipeline.text.sentences import split_sentences
from pipeline.train.held_out import document_key, document_split
from pipeline.train.summarizer.pairs import Split, is_supported

_READ_FOR_NEEDS = 15
_FREE_WORDS = 52
_NEGATIVES = 16
"""Sentences a state that no summary draws on, at most: the first half, and some for the others."""

_WEIGHTS = {"written": 1.0, "brief": 0.4, "bullets": 0.4, "sentence": 0.3, "headline": 0.15}
"""Of a pair, by where its summary is from or its form: written briefs are what is wanted."""

_RECALL = 0.6
_LEAST_DRAWN = 0.3
_LEAST_ADDED = 0.25
"""What tells that a sentence draws on another: a mean of the shares of shared words, and the share
that a second one has to add; set by judgement."""

LETTERS = 8000
"""Of a text that are read."""


@dataclass(frozen=True, slots=True)
class Pair:
    """An article and a summary of it; `kind` decides its weight."""

    text: str
    title: str | None
    summary: str
    kind: str
    split: Split


def written(data: Path) -> Iterator[Pair]:
    """The articles with a brief written by reading."""
    for row in _rows(data / "written" / "written.jsonl.gz"):
        if row["brief"]:
            split = document_split(row["text"])
            yield Pair(row["text"], row["title"], row["brief"], "written", split)


def others(data: Path, most: int) -> list[Pair]:
    """Training pairs of the other sets, as many of each as there are, up to an equal share."""
    files = sorted((data / "summary").glob("*.jsonl.gz"))
    taken = {document_key(pair.text) for pair in written(data)}
    found: list[Pair] = []
    for place, path in enumerate(files):
        share = (most - len(found)) // (len(files) - place)
        rows = list(_rows(path))
        Random(0).shuffle(rows)  # noqa: S311 - a reproducible order, no secret
        for row in rows:
            if share == 0:
                break
            key = document_key(row["text"])
            if key in taken or document_split(row["text"]) != "train":
                continue
            if is_supported(row["summary"], f"{row['title'] or ''}\n{row['text']}"):
                taken.add(key)
                share -= 1
                kind = row.get("form") or ("sentence" if "xsum" in path.name else "brief")
                found.append(Pair(row["text"], row["title"], row["summary"], kind, "train"))
    return found


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


@dataclass(frozen=True, slots=True)
class Example:
    """An article as read, and the rows that each sentence of its summary draws on."""

    of: Read
    drawn: list[list[int]]
    weight: float


def example(pair: Pair) -> Example | None:
    """None where too little of the text is left, or the summary draws on no sentence of it."""
    texts = cleaned_sentences(beginning(split_sentences(pair.text[:LETTERS])), pair.title)
    of = read(texts, pair.title)
    drawn = drawn_on(of.words, pair.summary)
    if len(of.numbers) < 3 or not drawn:
        return None
    return Example(of, drawn, _WEIGHTS[pair.kind])


def drawn_on(source: Sequence[frozenset[str]], summary: str) -> list[list[int]]:
    """For each sentence of a summary that draws on the source, the sentence with most of its
    words, and one that has enough of the others."""
    found = []
    for sentence in split_sentences(summary):
        own = frozenset(content_words(sentence))
        shares = [
            _RECALL * len(own & words) / max(len(own), 1)
            + (1 - _RECALL) * len(own & words) / max(len(words), 1)
            for words in source
        ]
        first = int(np.argmax(shares)) if shares else 0
        if not own or not shares or shares[first] < _LEAST_DRAWN:
            continue
        gains = [len((own - source[first]) & words) / len(own) for words in source]
        second = int(np.argmax(gains))
        found.append([first, second] if gains[second] >= _LEAST_ADDED else [first])
    return found


def table(
    examples: Sequence[Example],
) -> tuple[Floats, NDArray[np.bool_], NDArray[np.float64]]:
    """Rows, whether each is wanted next, and weights: for no sentence chosen, for the news, for
    all but the last, and for the first of the article."""
    rows, wanted, weights = [], [], []
    random = Random(0)  # noqa: S311 - a reproducible draw, no secret
    for one in examples:
        every = sorted({row for several in one.drawn for row in several})
        states: dict[tuple[int, ...], list[int]] = {(): one.drawn[0]}
        if len(every) > 1:
            states |= dict.fromkeys(((one.drawn[0][0],), tuple(every[:-1]), (0,)), every)
        for chosen, right in states.items():
            positive = [row for row in right if row not in chosen]
            taken = {*chosen, *every}
            negative = [row for row in range(len(one.of.numbers)) if row not in taken]
            half, stand_for = _NEGATIVES // 2, 1.0
            if len(negative) > _NEGATIVES:
                stand_for = (len(negative) - half) / half
                negative = negative[:half] + random.sample(negative[half:], half)
            among = positive + negative
            if among:
                rows.append(np.hstack([one.of.rows[among], state_rows(one.of, among, chosen)]))
                wanted += [True] * len(positive) + [False] * len(negative)
                weight = np.full(len(among), one.weight)
                weight[len(positive) + half :] *= stand_for
                weights += weight.tolist()
    return np.vstack(rows), np.array(wanted), np.array(weights)


@dataclass(frozen=True, slots=True)
class Picked:
    """An article whose best brief a reader picked; all numbers are those of its sentences."""

    title: str | None
    sentences: list[str]
    pick: list[int]
    alt: list[int]
    news: list[int]
    needs: list[int]
    bad: list[int]

    @property
    def split(self) -> Split:
        return document_split(" ".join(self.sentences))

    def agreement(self, chosen: set[int]) -> float:
        """F1 with the nearer of the two briefs that the reader picked."""
        return max(
            2 * len(chosen & {*brief}) / max(len(chosen) + len(brief), 1)
            for brief in (self.pick, self.alt or self.pick)
        )

    def has_news(self, chosen: set[int]) -> bool:
        return bool(chosen & {*self.news[:1]})


@dataclass(frozen=True, slots=True)
class Candidates:
    """What the selector sees of a picked article: its sentences, and which may come."""

    of: Read
    alone: list[bool]
    lengths: list[int]
    may: list[int]


def picked(path: Path) -> list[Picked]:
    """The articles of the file that are for training or validation."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [Picked(**json.loads(line)) for line in lines]


def seen(one: Picked) -> Candidates:
    """The article as the selector reads it."""
    texts = cleaned_sentences(beginning(one.sentences), one.title)
    of = read(texts, one.title)
    cases = candidates_of(texts, of)
    return Candidates(
        of,
        [case.alone for case in cases],
        [case.length for case in cases],
        [row for row, case in enumerate(cases) if case.may_be_chosen()],
    )


def labels_of(one: Picked, of: Read) -> dict[str, NDArray[np.float64]]:
    """By model, 1 or 0 for each sentence read, NaN where nobody said."""
    known = np.array(of.numbers) < _READ_FOR_NEEDS
    told = {
        name: np.isin(of.numbers, numbers).astype(float)
        for name, numbers in (("news", one.news[:1]), ("part", one.pick),
                              ("needs", one.needs), ("furniture", one.bad))
    }  # fmt: skip
    return {
        name: np.where(known, values, np.nan) if name in ("needs", "furniture") else values
        for name, values in told.items()
    }


def worth(one: Picked, of: Read, rows: Sequence[int], words: int) -> float:
    """How good a brief is, by what the reader picked and said of the sentences."""
    chosen = {of.numbers[row] for row in rows}
    apart = [row for row in rows[1:] if row - 1 not in rows]
    needing = [of.numbers[row] in one.needs for row in apart]
    return float(
        0.5 * one.agreement(chosen)
        + 0.4 * one.has_news(chosen)
        - 0.2 * (of.numbers[rows[0]] in one.needs)
        - 0.2 * bool(chosen & set(one.bad))
        - 0.1 * (np.mean(needing) if needing else 0)
        - 0.003 * max(words - _FREE_WORDS, 0)
    )


def grow(
    rows: Floats,
    wanted: NDArray[Any],
    settings: Mapping[str, float],
    weights: NDArray[np.float64] | None = None,
) -> dict[str, NDArray[Any]]:
    """Boosted trees on binned values (Ke et al. 2017), as the arrays of `tree_logits`: of classes,
    or with numbers that are `wanted` of a regression."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind = (
        HistGradientBoostingRegressor
        if np.issubdtype(wanted.dtype, np.floating)
        else HistGradientBoostingClassifier
    )
    model = kind(early_stopping=False, random_state=0, **dict(settings)).fit(
        rows, wanted, sample_weight=weights
    )
    grown = [trees[0].nodes for trees in model._predictors]
    shape = (len(grown), max(map(len, grown)))
    forest: dict[str, NDArray[Any]] = {
        "feature": np.zeros(shape, np.int16),
        "threshold": np.zeros(shape, np.float32),
        "left": np.zeros(shape, np.int16),
        "right": np.zeros(shape, np.int16),
        "value": np.zeros(shape, np.float32),
    }
    for number, nodes in enumerate(grown):
        own, leaf = np.arange(len(nodes)), nodes["is_leaf"].astype(bool)
        where = (number, slice(len(nodes)))
        forest["feature"][where] = np.where(leaf, 0, nodes["feature_idx"])
        forest["threshold"][where] = np.where(leaf, 0, nodes["num_threshold"])
        forest["left"][where] = np.where(leaf, own, nodes["left"])
        forest["right"][where] = np.where(leaf, own, nodes["right"])
        forest["value"][where] = np.where(leaf, nodes["value"], 0)
    forest["offset"] = np.array([float(np.ravel(model._baseline_prediction)[0])], np.float32)
    return forest
