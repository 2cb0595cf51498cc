"""How often the right topic is among the k nearest descriptions: what topic=zero_shot asks for.

    python scripts/shortlist_recall.py DATA [--rows 400] [--cache DIR]

`DATA/topic/*.jsonl.gz` are the labelled sets; their held parts are measured, split as in
`topic_table.py`, at most so many rows a set. An article with several topics counts by the share of
them that is found; where one of several is right and nothing says which, by any of them. The order
is that of `ZeroShotTopic`: cosine with the description and the topic's bias, over all 17 topics.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from topic_data import labelled

from pipeline.engines.encoders.embedding import SentenceEncoder
from pipeline.taxonomy.topics import load_topics, media_topics
from pipeline.topic.descriptions import DescriptionTopic, Nearest
from pipeline.train.topic.rows import TopicRow, splits
from pipeline.train.topic.vectors import VectorStore, chosen, encoded_text


def recalls(nearness: NDArray[np.float64], rows: Sequence[TopicRow]) -> NDArray[np.float64]:
    """Mean recall among the k nearest, k from 1 to the number of topics; rows have topics."""
    codes = list(load_topics())
    order = np.argsort(-nearness, axis=1, kind="stable")
    place = np.argsort(order, axis=1)  # of each topic in its article's order
    found = np.zeros((len(rows), len(codes)))
    for number, row in enumerate(rows):
        each = [place[number, codes.index(code)] for code in row.topics]
        if not each:
            each = [min(place[number, codes.index(code)] for code in row.any_of)]
        for one in each:
            found[number, one:] += 1 / len(each)
    return np.asarray(found.mean(axis=0))


def main() -> None:
    """Measure and print a line for each set."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("data", type=Path, help="folder of the labelled samples")
    options.add_argument("--rows", type=int, default=400)
    options.add_argument("--cache", type=Path, default=Path("topic_vectors"))
    given = options.parse_args()
    rows = [row for row in labelled(given.data) if row.topics or row.any_of]
    held = [rows[n] for n in chosen(rows, splits(rows), {"test": given.rows})]
    encoder, store = SentenceEncoder("all-minilm-l6-v2"), VectorStore(given.cache)
    texts = [encoded_text(row) for row in held]
    store.encode(texts, encoder, lambda count: None, lambda: False)
    vectors, _ = store.of(texts)
    topics = list(load_topics())
    nearest = Nearest(media_topics(1), encoder, DescriptionTopic.temperature)
    nearest.open(1)
    nearness = nearest.shares(vectors, "")
    table = {}
    for name in sorted({row.set for row in held}):
        own = [n for n, row in enumerate(held) if row.set == name]
        table[f"{name} ({len(own)})"] = recalls(nearness[own], [held[n] for n in own])
    table["mean of sets"] = np.mean(list(table.values()), axis=0)
    print(f"{'k':<22}" + "".join(f"{k:>6}" for k in range(1, len(topics) + 1)))
    for name, line in table.items():
        print(f"{name:<22}" + "".join(f"{value:>6.2f}" for value in line))


if __name__ == "__main__":
    main()
