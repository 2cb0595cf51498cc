"""Trains the models that select sentences, prints what they are worth, writes the artefact.

    python scripts/models/select_sentences.py DATA PICKED [--pairs 2500] [--out models/selection]

`DATA/written/` are articles with a brief written by reading, `DATA/summary/` further pairs, which
are used where every name and number of the summary is in the text. A sentence is wanted where a
sentence of the summary draws on it, by shared words; the first sentence of a summary has the news,
so the trees learn to choose what it draws on first, then what the others do. PICKED (JSONL) are
articles whose best brief a reader picked: `title`, `sentences`, and of these by number `pick`, the
second best `alt`, the one with the `news`, those that `needs` others, and `bad`, which are no
sentences of the story, both of the first fifteen. From them four more models learn what a sentence
is by itself, and one how good a brief is: by the words that it shares with the picked one, whether
it has the news, and whether it stands alone. Held-out documents are never seen; the table is of
validation documents, `--test` adds the held-out ones. Seeded: the same data give the same model.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from pipeline.core.digest import digest_of
from pipeline.engines.weights.artefact import CARD, lines_as_bytes
from pipeline.evaluate.metrics.baselines import oracle
from pipeline.evaluate.metrics.rouge import rouge
from pipeline.summarize.forms import Form
from pipeline.summarize.selection.briefs import brief_rows, candidates, chances_of, sentence_rows
from pipeline.summarize.selection.furniture import cleaned_sentences
from pipeline.summarize.selection.model import (
    INPUTS,
    TRAINING,
    WEIGHTS,
    Forest,
    SelectionModel,
    load_selection_model,
)
from pipeline.summarize.selection.selector import (
    Case,
    ContentSelector,
    beginning,
    candidates_of,
)
from pipeline.summarize.selection.signals import Floats, Read, read, state_rows
from pipeline.text.content_words import content_words
from pipeline.text.sentences import split_sentences
from pipeline.text.whole_sentences import is_whole
from pipeline.train.held_out import document_key, document_split
from pipeline.train.summarizer.pairs import Split, is_supported

_NEXT = {
    "max_iter": 200, "max_leaf_nodes": 12, "learning_rate": 0.06, "min_samples_leaf": 80,
    "max_features": 0.3, "l2_regularization": 1.0,
}  # fmt: skip
_OF_SENTENCES = {
    "max_iter": 150, "max_leaf_nodes": 8, "learning_rate": 0.05, "min_samples_leaf": 30,
    "max_features": 0.3, "l2_regularization": 1.0,
}  # fmt: skip
_OF_BRIEFS = {
    "max_iter": 200, "max_leaf_nodes": 8, "learning_rate": 0.04, "min_samples_leaf": 60,
    "max_features": 0.5, "l2_regularization": 5.0,
}  # fmt: skip
_FOLDS = 5
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

_HEADING = "# The model that selects the sentences of a summary.\n"

_LETTERS = 8000
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
    texts = cleaned_sentences(beginning(split_sentences(pair.text[:_LETTERS])), pair.title)
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
    shared = max(
        2 * len(chosen & set(brief)) / (len(chosen) + len(brief))
        for brief in (one.pick, one.alt or one.pick)
    )
    apart = [row for row in rows[1:] if row - 1 not in rows]
    needing = [of.numbers[row] in one.needs for row in apart]
    return float(
        0.5 * shared
        + 0.4 * bool(chosen & set(one.news[:1]))
        - 0.2 * (of.numbers[rows[0]] in one.needs)
        - 0.2 * bool(chosen & set(one.bad))
        - 0.1 * (np.mean(needing) if needing else 0)
        - 0.003 * max(words - _FREE_WORDS, 0)
    )


def sentence_forests(
    model: SelectionModel, articles: Sequence[tuple[Picked, Candidates]]
) -> dict[str, dict[str, NDArray[Any]]]:
    """The models of what a sentence is by itself."""
    rows = np.vstack([sentence_rows(model, case.of, case.alone) for _, case in articles])
    labels = [labels_of(one, case.of) for one, case in articles]
    forests = {}
    for name in ("news", "part", "needs", "furniture"):
        wanted = np.concatenate([label[name] for label in labels])
        told = ~np.isnan(wanted)
        forests[name] = grow(rows[told], wanted[told].astype(bool), _OF_SENTENCES)
    return forests


def with_forests(
    model: SelectionModel, forests: Mapping[str, Mapping[str, NDArray[Any]]]
) -> SelectionModel:
    """The model with these forests in place of its own."""
    return SelectionModel(
        {**model.forests, **{name: Forest(**arrays) for name, arrays in forests.items()}}, ""
    )


def brief_forest(
    model: SelectionModel, articles: Sequence[tuple[Picked, Candidates]]
) -> dict[str, NDArray[Any]]:
    """The model of how good a brief is, on what models say that did not learn from the article."""
    rows, wanted = [], []
    for fold in range(_FOLDS):
        others = [pair for n, pair in enumerate(articles) if n % _FOLDS != fold]
        apart = with_forests(model, sentence_forests(model, others))
        for one, case in articles[fold::_FOLDS]:
            by = chances_of(apart, case.of, case.alone)
            briefs = candidates(case.of, case.lengths, case.may, by)
            if not briefs:
                continue
            rows.append(brief_rows(case.of, case.lengths, by, briefs))
            values = np.array(
                [worth(one, case.of, b, sum(case.lengths[row] for row in b)) for b in briefs]
            )
            wanted.append(values - values.mean())  # which of them, not of which article
    return grow(np.vstack(rows), np.concatenate(wanted), _OF_BRIEFS)


def write(
    out: Path, forests: Mapping[str, Mapping[str, NDArray[Any]]], count: int, picks: int
) -> None:
    """The artefact and its card."""
    from safetensors.numpy import save

    out.mkdir(parents=True, exist_ok=True)
    arrays = {
        f"{name}.{part}": values
        for name, forest in forests.items()
        for part, values in forest.items()
    }
    columns = {f"{name}.columns": lines_as_bytes(INPUTS[name]) for name in forests}
    (out / WEIGHTS).write_bytes(save(arrays | columns))
    card = {
        "name": "selection",
        "task": "which sentences of a news article a summary is made of, one after the other",
        "licence": "Apache-2.0",
        "files": {WEIGHTS: digest_of(out / WEIGHTS)},
        "data": (
            f"{count} articles with summaries: briefs written for this project by a large language "
            "model that read each article under a guide, and headlines, standfirsts, highlights "
            "and descriptions by the editors of BBC, CNN, Daily Mail, Hindustan Times, Spotlight "
            f"PA and others, where every name and number stands in the text; and {picks} articles "
            "of which a large language model, reading each, picked the sentences of the best brief "
            "and said which have the news and which need others. English only. No text "
            "of them is in the artefact, and none of them is in models/held_out.txt."
        ),
        "training": TRAINING,
    }
    (out / CARD).write_text(_HEADING + yaml.safe_dump(card, sort_keys=False), encoding="utf-8")


def note(out: Path, figures: dict[str, dict[str, float]]) -> None:
    """Put what was measured on the card."""
    path = out / CARD
    card = yaml.safe_load(path.read_text(encoding="utf-8"))
    card["rouge_lsum"] = {**card.get("rouge_lsum", {}), **figures}
    path.write_text(_HEADING + yaml.safe_dump(card, sort_keys=False), encoding="utf-8")


def measure(pairs: Sequence[Pair], name: str) -> dict[str, float]:
    """Print ROUGE against the summaries, and how many of the wanted sentences are chosen; the
    ROUGE-Lsum of each system."""
    selector = ContentSelector()
    sources = [split_sentences(pair.text[:_LETTERS]) for pair in pairs]
    form: Form = "brief"
    chosen = selector.select(
        [Case(source, pair.title, form) for source, pair in zip(sources, pairs, strict=True)]
    )
    systems = {
        f"lead-{count}": [list(filter(is_whole, source))[:count] for source in sources]
        for count in (1, 2, 3)
    }
    systems["cleaned lead-3"] = [
        [text for text in cleaned_sentences(source[:12], pair.title) if text][:3]
        for source, pair in zip(sources, pairs, strict=True)
    ]
    systems["selected"] = [[one.text for one in several] for several in chosen]
    systems["selected, shortened"] = [[one.shortened for one in several] for several in chosen]
    systems["oracle"] = [
        oracle(beginning(source), [pair.summary])
        for source, pair in zip(sources, pairs, strict=True)
    ]
    print(f"{name}: {len(pairs)} articles")
    print(f"{'':22}{'ROUGE-1':>9}{'ROUGE-2':>9}{'ROUGE-Lsum':>18}{'words':>7}{'sentences':>11}")
    found: dict[str, float] = {}
    for system, summaries in systems.items():
        texts = [" ".join(summary) for summary in summaries]
        scores = rouge(texts, [[pair.summary] for pair in pairs])
        found[system] = round(float(scores["rougeLsum"].mean()), 2)
        words = np.median([len(text.split()) for text in texts])
        spread = 1.96 * scores["rougeLsum"].std() / np.sqrt(len(pairs))
        print(
            f"{system:22}{scores['rouge1'].mean():9.1f}{scores['rouge2'].mean():9.1f}"
            f"{scores['rougeLsum'].mean():12.2f} ±{spread:4.2f}{words:7.0f}"
            f"{np.mean([len(summary) for summary in summaries]):11.2f}"
        )
    news, recalls = [], []
    for source, pair, several in zip(sources, pairs, chosen, strict=True):
        words = [frozenset(content_words(sentence)) for sentence in beginning(source)]
        if drawn := drawn_on(words, pair.summary):
            indices = {one.index for one in several}
            every = {row for rows in drawn for row in rows}
            news.append(bool(indices & set(drawn[0])))
            recalls.append(len(indices & every) / len(every))
    print(f"selected of the sentences drawn on: {np.mean(recalls):.3f}")
    print(f"with a sentence that the first of the summary draws on: {np.mean(news):.3f}")
    return found


def measure_picked(articles: Sequence[Picked]) -> None:
    """Print how near the briefs are to those that a reader picked, beside the first sentences."""
    selector = ContentSelector()
    chosen = selector.select([Case(one.sentences, one.title, "brief") for one in articles])
    texts = [cleaned_sentences(beginning(one.sentences), one.title) for one in articles]
    systems = {
        "selected": [[part.index for part in several] for several in chosen],
        "cleaned lead-3": [
            [number for number, text in enumerate(row) if text][:3] for row in texts
        ],
        "picked": [one.pick for one in articles],
    }
    print(f"picked by a reader: {len(articles)} articles")
    for system, briefs in systems.items():
        shared, news, first = [], [], []
        for one, brief in zip(articles, briefs, strict=True):
            shared.append(max(
                2 * len({*brief} & {*other}) / max(len(brief) + len(other), 1)
                for other in (one.pick, one.alt or one.pick)
            ))  # fmt: skip
            news.append(bool({*brief} & {*one.news[:1]}))
            first.append(bool(brief) and brief[0] in one.needs)
        print(
            f"{system:16} F1 with it {np.mean(shared):.3f}, has the news {np.mean(news):.3f}, "
            f"begins with what needs another {np.mean(first):.3f}"
        )


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("data", type=Path, help="folder of the labelled samples")
    options.add_argument("picked", type=Path, help="articles whose best brief a reader picked")
    options.add_argument("--pairs", type=int, default=2500, help="of the other sets")
    options.add_argument("--out", type=Path, default=Path("models/selection"))
    options.add_argument("--test", action="store_true", help="measure on held-out documents too")
    options.add_argument("--measure-only", action="store_true", help="of the model there is")
    given = options.parse_args()
    own = list(written(given.data))
    read_by = picked(given.picked)
    if not given.measure_only:
        training = [pair for pair in own if pair.split == "train"]
        examples = [
            one for pair in [*training, *others(given.data, given.pairs)] if (one := example(pair))
        ]
        rows, wanted, weights = table(examples)
        print(f"{len(examples)} articles, {len(rows)} rows")
        forests = {"next": grow(rows, wanted, _NEXT, weights)}
        articles = [(one, case) for one in read_by if one.split == "train" for case in [seen(one)]]
        articles = [pair for pair in articles if len(pair[1].of.numbers)]
        model = with_forests(SelectionModel({}, ""), forests)
        forests |= sentence_forests(model, articles)
        forests["brief"] = brief_forest(model, articles)
        write(given.out, forests, len(examples), len(articles))
        load_selection_model.cache_clear()
    measure_picked([one for one in read_by if one.split == "validation"])
    validation = [pair for pair in own if pair.split == "validation"]
    figures = {"validation": measure(validation, "validation")}
    if given.test:
        figures["held_out"] = measure([p for p in own if p.split == "test"], "held out")
    note(given.out, figures)


if __name__ == "__main__":
    main()
