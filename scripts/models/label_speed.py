"""Articles a second of the labels, and where their time goes.

    python scripts/models/label_speed.py [--articles 256] [--topic descriptions]

Texts of 350 words (over 256 tokens, which is what the encoder reads), put together from the bundled
sample; headlines are the first words of such texts. Stages are called as the annotate step calls
them, batch by batch, after one batch that is not counted.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from benchmark import BATCH_ROWS, PRECISION, articles
from rich.console import Console
from rich.table import Table

from pipeline.annotate.annotator import Planned
from pipeline.annotate.plan import annotate_config, plan_stages
from pipeline.article import Article
from pipeline.config.compose import composed
from pipeline.engines.base import EmbeddingEngine

_STATIC_BATCH = 1024
"""Texts a call of the static encoder alone, so that the tokenizer has both cores."""

_HEADLINE = 9
"""Words."""


def stages_of(*overrides: str) -> Mapping[str, Planned]:
    """The stages of a configuration without summarizer, opened, by name, in their order."""
    more = ["run.name=speed", "summarizer=none", *overrides]
    planned = plan_stages(annotate_config(composed("annotate", more).values()))
    for one in planned.values():
        one.stage.open()
    return planned


def through(stages: Sequence[Planned], given: Sequence[Article]) -> list[Article]:
    """The articles after all the stages, batch by batch."""
    done = []
    for start in range(0, len(given), BATCH_ROWS):
        batch = list(given[start : start + BATCH_ROWS])
        for stage in stages:
            batch = list(stage(batch))
        done += batch
    return done


def rate(stages: Sequence[Planned], given: Sequence[Article]) -> float:
    """Articles a second."""
    through(stages, given[:BATCH_ROWS])
    begun = time.perf_counter()
    through(stages, given)
    return len(given) / (time.perf_counter() - begun)


def encode_rate(encoder: EmbeddingEngine, texts: Sequence[str]) -> float:
    """Texts a second of an encoder alone, in large calls."""
    encoder.open()
    encoder.encode(texts[:BATCH_ROWS])
    begun = time.perf_counter()
    for start in range(0, len(texts), _STATIC_BATCH):
        encoder.encode(texts[start : start + _STATIC_BATCH])
    return len(texts) / (time.perf_counter() - begun)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--articles", type=int, default=256)
    parser.add_argument("--topic", default="descriptions", help="a topic option, with overrides")
    options = parser.parse_args()
    labels = stages_of("region=focus", f"topic={options.topic}")
    static = stages_of("region=focus", "topic=descriptions", "encoder=static")
    lexicon = stages_of("region=lexicon", "topic=none")["region"]
    texts = articles(options.articles)
    full = [Article(id=str(n), text=text, language="en") for n, text in enumerate(texts)]
    heads = [
        Article(id=str(n), title=" ".join(text.split()[:_HEADLINE]), language="en")
        for n, text in enumerate(articles(4 * options.articles))
    ]
    many = [replace(full[n % len(full)], id=str(n)) for n in range(8 * options.articles)]
    encoded = through([labels["encoder"]], full) if "encoder" in labels else full
    every = list(labels.values())
    table = Table("what", "articles/s")
    for name, found in (
        ("region and topic, one encoder pass, 256 tokens", rate(every, full)),
        ("region and topic, headline alone", rate(every, heads)),
        ("lexicon alone", rate([lexicon], many)),
        *((f"{name} alone", rate([stage], encoded)) for name, stage in labels.items()),
        ("region and topic, encoder=static", rate(list(static.values()), many)),
        ("topic, encoder=static", rate([static["encoder"], static["topic"]], many)),
        ("static encoder alone", encode_rate(static["encoder"].encoder, texts * 32)),  # type: ignore[attr-defined]
    ):
        table.add_row(name, f"{found:,.0f}" if found >= 100 else f"{found:.1f}")
    console = Console(width=100)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    console.print(f"{PRECISION}, {os.cpu_count()} cores, load {load:.1f}: other work slows all")
    console.print(table)


if __name__ == "__main__":
    main()
