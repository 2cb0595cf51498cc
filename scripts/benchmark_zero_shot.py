"""Articles a second of topic=zero_shot and of transformers' `pipeline("zero-shot-classification")`.

    python scripts/benchmark_zero_shot.py [--model FOLDER] [--articles 8] [--tokens 128]

Both have the same classifier, in the same process, on the same articles of the bundled sample, with
the same 17 topics, hypotheses and `multi_label=True`, and both cut pair at the same `--tokens`.
The pipeline has its defaults: each pair alone, in the precision of the checkpoint. Ours:

- all topics: every topic is asked for, in batches sorted by length, `precision=auto`;
- candidates: only the topics whose description is nearest. Choosing them takes the encoder's
  vector of the article, which a run has anyway; it is timed by itself and added in the last row.

Without `--model` the classifier is a random BERT of 6 layers and 384 dimensions: speed does not
depend on the values. Rounds take turns; the best round of each counts. Scores of all topics are
compared with the pipeline's, so that a gain is none by computing something else.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

from pipeline.annotate.encode import Encode
from pipeline.article import Article
from pipeline.core.resources import resource
from pipeline.engines.classifiers.classifier import SequenceClassifier
from pipeline.engines.encoders.embedding import SentenceEncoder
from pipeline.engines.weights.models import find_weights
from pipeline.taxonomy.topics import load_topics
from pipeline.topic.row import article_text
from pipeline.topic.zero_shot import ZeroShotTopic

ENCODER = "all-minilm-l6-v2"
HYPOTHESIS = "This article is about {topic}."
NLI = ("contradiction", "neutral", "entailment")


def write_random_model(folder: Path) -> Path:
    """A BERT of 6 layers and 384 dimensions with the encoder's tokenizer."""
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    tokenizer = AutoTokenizer.from_pretrained(str(find_weights(ENCODER).path))
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=384,
        num_hidden_layers=6,
        num_attention_heads=12,
        intermediate_size=1536,
        initializer_range=0.1,
        id2label=dict(enumerate(NLI)),
        label2id={name: number for number, name in enumerate(NLI)},
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    tokenizer.model_max_length = 512
    tokenizer.save_pretrained(folder)
    return folder


def sample_articles(count: int) -> list[Article]:
    """Of the bundled sample, in its order, from the first on again where there are not enough."""
    path = resource("pipeline", "sources", "sample", "articles.jsonl")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    found = [Article(row["id"], row["title"], row["text"]) for row in rows]
    return [replace(found[n % len(found)], id=str(n)) for n in range(count)]


def timed(work: Callable[[], Any], clock: Callable[[], float]) -> tuple[float, Any]:
    """Seconds by the clock, and what came out."""
    begun = clock()
    result = work()
    return clock() - begun, result


def main() -> None:
    """Time, compare, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", help="folder or cached hub id; a random one by default")
    parser.add_argument("--articles", type=int, default=8)
    parser.add_argument("--tokens", type=int, default=128, help="read of a pair")
    parser.add_argument("--candidates", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--cpu", action="store_true", help="CPU seconds, on a busy machine")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        model = chosen.model or str(write_random_model(Path(scratch)))
        measure(model, chosen)


def measure(model: str, chosen: argparse.Namespace) -> None:
    """All variants on the same articles."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

    folder = str(find_weights(model).path)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.model_max_length = chosen.tokens  # where the pipeline cuts
    theirs = pipeline(
        "zero-shot-classification",
        model=AutoModelForSequenceClassification.from_pretrained(folder),
        tokenizer=tokenizer,
    )
    encoder = SentenceEncoder(ENCODER)
    classifier = SequenceClassifier(model, max_tokens=chosen.tokens)
    every = ZeroShotTopic(classifier, None, HYPOTHESIS, 0.0, None)
    some = ZeroShotTopic(classifier, encoder, HYPOTHESIS, 0.0, chosen.candidates)
    for stage in (every, some):
        stage.open()
    encode = Encode(encoder)
    articles = encode(sample_articles(chosen.articles))
    names = [topic.name for topic in load_topics().values()]
    template = HYPOTHESIS.replace("{topic}", "{}")

    def ask(given: Sequence[Article]) -> list[dict[str, Any]]:
        texts = [article_text(article) for article in given]
        found = theirs(texts, names, hypothesis_template=template, multi_label=True)
        return list(found)

    work: dict[str, Callable[[], Any]] = {
        "pipeline, its defaults": lambda: ask(articles),
        "zero_shot, all topics": lambda: every(articles),
        f"zero_shot, {chosen.candidates} candidates": lambda: some(articles),
        "encoder alone": lambda: encode(articles),
    }
    ask(articles[:1])
    clock = time.process_time if chosen.cpu else time.perf_counter
    best: dict[str, float] = {}
    results: dict[str, Any] = {}
    for _ in range(chosen.rounds):
        for name, run in work.items():
            seconds, results[name] = timed(run, clock)
            best[name] = min(seconds, best.get(name, seconds))
    base, all_of, candidates, alone = best
    report(best, base, (candidates, alone), chosen)
    differences = [
        abs(topic.score - dict(zip(one["labels"], one["scores"], strict=True))[topic.name])
        for one, done in zip(results[base], results[all_of], strict=True)
        for topic in done.topics
    ]
    Console().print(
        f"largest difference from the pipeline's scores, all topics: {max(differences):.4f} "
        f"(precision {classifier.identity()['precision']})"
    )


def report(
    best: dict[str, float], base: str, together: tuple[str, str], chosen: argparse.Namespace
) -> None:
    """One row a variant: articles/s and how many times those of the pipeline."""
    console, table = Console(), Table()
    for column in ("", "articles/s", "times the pipeline"):
        table.add_column(column, justify="left" if not column else "right")
    rows = {**best, " + ".join(together): sum(best[name] for name in together)}
    for name, seconds in rows.items():
        rate = chosen.articles / seconds
        table.add_row(name, f"{rate:.2f}", f"{best[base] / seconds:.2f}")
    console.print(table)
    threads = torch.get_num_threads()
    console.print(f"{chosen.articles} articles, {chosen.tokens} tokens a pair, {threads} threads")


if __name__ == "__main__":
    main()
