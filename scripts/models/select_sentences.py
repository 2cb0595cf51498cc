"""Trains the model that selects sentences, prints what it is worth, writes the artefact.

    python scripts/models/select_sentences.py DATA [--pairs 2500] [--out models/selection]

`DATA/written/` are articles with a brief written by reading, `DATA/summary/` further pairs, which
are used where every name and number of the summary is in the text. A sentence is wanted where a
sentence of the summary draws on it, by shared words; the first sentence of a summary has the news,
so the trees learn to choose what it draws on first, then what the others do. Held-out documents
are never seen; the table is of validation documents, `--test` adds the held-out ones. Seeded: the
same data give the same model.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterator, Sequence
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
from pipeline.summarize.selection.furniture import cleaned_sentences
from pipeline.summarize.selection.model import TRAINING, WEIGHTS, load_selection_model
from pipeline.summarize.selection.selector import Case, ContentSelector, beginning
from pipeline.summarize.selection.signals import STATE, STATIC, Floats, Read, read, state_rows
from pipeline.text.content_words import content_words
from pipeline.text.sentences import split_sentences
from pipeline.text.whole_sentences import is_whole
from pipeline.train.held_out import document_key, document_split
from pipeline.train.summarizer.pairs import Split, is_supported

_TREES = 200
_LEAVES = 12
_RATE = 0.06
_LEAST_LEAF = 80
_FEATURES = 0.3
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
    rows: Floats, wanted: NDArray[np.bool_], weights: NDArray[np.float64]
) -> dict[str, NDArray[Any]]:
    """Boosted trees on binned values (Ke et al. 2017), as the arrays of `tree_logits`."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        max_iter=_TREES,
        max_leaf_nodes=_LEAVES,
        learning_rate=_RATE,
        min_samples_leaf=_LEAST_LEAF,
        max_features=_FEATURES,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=0,
    ).fit(rows, wanted, sample_weight=weights)
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


def write(out: Path, forest: dict[str, NDArray[Any]], count: int) -> None:
    """The artefact and its card."""
    from safetensors.numpy import save

    out.mkdir(parents=True, exist_ok=True)
    features = lines_as_bytes((*STATIC, *STATE))
    (out / WEIGHTS).write_bytes(save({**forest, "features": features}))
    card = {
        "name": "selection",
        "task": "which sentences of a news article a summary is made of, one after the other",
        "licence": "Apache-2.0",
        "files": {WEIGHTS: digest_of(out / WEIGHTS)},
        "data": (
            f"{count} articles with summaries: briefs written for this project by a large language "
            "model that read each article under a guide, and headlines, standfirsts, highlights "
            "and descriptions by the editors of BBC, CNN, Daily Mail, Hindustan Times, Spotlight "
            "PA and others, where every name and number stands in the text. English only. No text "
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


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("data", type=Path, help="folder of the labelled samples")
    options.add_argument("--pairs", type=int, default=2500, help="of the other sets")
    options.add_argument("--out", type=Path, default=Path("models/selection"))
    options.add_argument("--test", action="store_true", help="measure on held-out documents too")
    options.add_argument("--measure-only", action="store_true", help="of the model there is")
    given = options.parse_args()
    own = list(written(given.data))
    if not given.measure_only:
        training = [pair for pair in own if pair.split == "train"]
        examples = [
            one for pair in [*training, *others(given.data, given.pairs)] if (one := example(pair))
        ]
        rows, wanted, weights = table(examples)
        print(f"{len(examples)} articles, {len(rows)} rows")
        write(given.out, grow(rows, wanted, weights), len(examples))
        load_selection_model.cache_clear()
    validation = [pair for pair in own if pair.split == "validation"]
    figures = {"validation": measure(validation, "validation")}
    if given.test:
        figures["held_out"] = measure([p for p in own if p.split == "test"], "held out")
    note(given.out, figures)


if __name__ == "__main__":
    main()
