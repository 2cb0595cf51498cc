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
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from selection_data import (
    LETTERS,
    Candidates,
    Pair,
    Picked,
    drawn_on,
    example,
    grow,
    labels_of,
    others,
    picked,
    seen,
    table,
    worth,
    written,
)

from pipeline.core.bootstrap import mean_interval
from pipeline.core.digest import digest_of
from pipeline.engines.weights.artefact import CARD, lines_as_bytes
from pipeline.evaluate.metrics.baselines import oracle
from pipeline.evaluate.metrics.rouge import rouge
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
from pipeline.summarize.selection.selector import Case, ContentSelector, beginning
from pipeline.text.content_words import content_words
from pipeline.text.sentences import split_sentences
from pipeline.text.whole_sentences import is_whole

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
_HEADING = "# The model that selects the sentences of a summary.\n"


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
    sources = [split_sentences(pair.text[:LETTERS]) for pair in pairs]
    chosen = selector.select(
        [Case(source, pair.title, "brief") for source, pair in zip(sources, pairs, strict=True)]
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
    print(f"{'':22}{'ROUGE-1':>9}{'ROUGE-2':>9}{'ROUGE-Lsum':>20}{'words':>7}{'sentences':>11}")
    found: dict[str, float] = {}
    for system, summaries in systems.items():
        texts = [" ".join(summary) for summary in summaries]
        scores = rouge(texts, [[pair.summary] for pair in pairs])
        found[system] = round(float(scores["rougeLsum"].mean()), 2)
        print(
            f"{system:22}{scores['rouge1'].mean():9.1f}{scores['rouge2'].mean():9.1f}"
            f"{mean_interval(scores['rougeLsum'])!s:>20}"
            f"{np.median([len(text.split()) for text in texts]):7.0f}"
            f"{np.mean([len(summary) for summary in summaries]):11.2f}"
        )
    recalls = []
    for source, pair, several in zip(sources, pairs, chosen, strict=True):
        words = [frozenset(content_words(sentence)) for sentence in beginning(source)]
        if every := {row for rows in drawn_on(words, pair.summary) for row in rows}:
            recalls.append(len(every & {one.index for one in several}) / len(every))
    print(f"selected of the sentences drawn on: {np.mean(recalls):.3f}")
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
            shared.append(one.agreement({*brief}))
            news.append(one.has_news({*brief}))
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
