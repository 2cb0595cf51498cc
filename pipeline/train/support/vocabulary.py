"""How rare words are in news, and which are names: counted over articles that may be trained on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.engines.weights.artefact import lines_as_bytes
from pipeline.sources.rows import records
from pipeline.summarize.support.model import STEPS_AN_OCTAVE
from pipeline.summarize.support.words import tokenize
from pipeline.text.sentences import split_sentences
from pipeline.train.held_out import document_key, document_split

_FILES = ("topic/npr_train", "topic/bbc5_train", "region/bbc2017_dev", "summary/*")
_LEAST_ARTICLES = 12
_MOST_SENTENCES = 60

Arrays = Mapping[str, NDArray[np.generic]]


def articles(data: Path) -> Iterator[list[str]]:
    """Articles as sentences, each document once, none that is held out."""
    seen: set[str] = set()
    for name in _FILES:
        for path in sorted(data.glob(f"{name}.jsonl.gz")):
            for row in records(path):
                text = " ".join(str(row.values["text"]).split())
                key = document_key(text)
                if key not in seen and document_split(text) == "train":
                    seen.add(key)
                    yield split_sentences(text)[:_MOST_SENTENCES]


def vocabulary_arrays(collection: Iterable[Sequence[str]]) -> Arrays:
    """Words, document frequencies and capital shares, rounded as the artefact keeps them."""
    articles_with: Counter[str] = Counter()
    inside: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    count = 0
    for sentences in collection:
        count += 1
        tokens = [tokenize(sentence) for sentence in sentences]
        articles_with.update({token.plain for words in tokens for token in words})
        for token in (token for words in tokens for token in words[1:]):
            inside[token.plain] += 1
            capital[token.plain] += token.capital
    words = sorted(
        word for word, n in articles_with.items() if n >= _LEAST_ARTICLES and word.isalpha()
    )
    logs = [round(np.log2(articles_with[word]) * STEPS_AN_OCTAVE) for word in words]
    shares = [round(255 * capital[word] / max(1, inside[word])) for word in words]
    return {
        "words": lines_as_bytes(words),
        "frequencies": np.array(logs, np.uint8),
        "capitals": np.array(shares, np.uint8),
        "documents": np.array([count], np.int32),
    }
