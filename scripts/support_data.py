"""What the support check is trained on: labelled summaries, articles, and their feature table.

Read by `train_support.py`; text is put into the form in which an article would be printed.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.artefact import lines_as_bytes, lines_of
from pipeline.engines.embedding import SentenceEncoder
from pipeline.summarize.sentences import split_sentences
from pipeline.summarize.support import Case, Signals, signals
from pipeline.summarize.support_model import STEPS_AN_OCTAVE
from pipeline.summarize.support_words import Vocabulary, tokenize

Floats = NDArray[np.float64]

_SHINGLE = 10
_SHARED_SHINGLES = 5
"""Documents with more runs of ten words in common than this are one document."""

_LEAST_ARTICLES = 12
_MOST_SENTENCES = 60
_BATCH = 64


@dataclass(frozen=True, slots=True)
class Labelled:
    """A labelled summary: its set, document and that document's group.

    `verdicts` has 1, 0, or -1 for unknown, for each sentence.
    """

    set: str
    label: int
    source: Sequence[str]
    summary: Sequence[str]
    verdicts: Sequence[int]
    group: int


@dataclass(frozen=True, slots=True)
class Table:
    """Sentences as rows of `features`; `owner` is the number of the summary (or example)."""

    features: Floats
    owner: NDArray[np.int64]
    names: Sequence[str]

    def column(self, name: str) -> Floats:
        return self.features[:, self.names.index(name)]


def records(path: Path) -> Iterator[dict[str, object]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def shingles(text: str) -> set[str]:
    words = re.findall(r"[a-z0-9]+", text.lower())
    last = max(1, len(words) - _SHINGLE + 1)
    return {" ".join(words[start : start + _SHINGLE]) for start in range(last)}


def groups(documents: Sequence[str]) -> list[int]:
    """A number for each document, the same for those that share text, in whatever set."""
    parent: list[int] = []

    def root(one: int) -> int:
        while parent[one] != one:
            one = parent[one]
        return one

    owner: dict[str, int] = {}
    number: dict[str, int] = {}
    for document in documents:
        key = " ".join(re.findall(r"[a-z0-9]+", document.lower()))
        if key in number:
            continue
        number[key] = len(parent)
        parent.append(number[key])
        shared: Counter[int] = Counter()
        for shingle in shingles(key):
            shared[owner.setdefault(shingle, number[key])] += 1
        for other, count in shared.items():
            if other != number[key] and count > _SHARED_SHINGLES:
                # The first of them stands for all, in whatever order they are found.
                one, two = sorted((root(number[key]), root(other)))
                parent[two] = one
    keys = (" ".join(re.findall(r"[a-z0-9]+", document.lower())) for document in documents)
    return [root(number[key]) for key in keys]


def labelled(folder: Path) -> list[Labelled]:
    """The labelled summaries of every file, set by set."""
    rows = [(path.stem.split(".")[0], row) for path in sorted(folder.glob("*.jsonl.gz"))
            for row in records(path)]  # fmt: skip
    texts = [str(row["document"]) for _, row in rows]
    found = []
    for (name, row), text, group in zip(rows, texts, groups(texts), strict=True):
        label = int(str(row["label"]))
        summary = list(dict.fromkeys(summary_sentences(str(row["summary"]))))
        verdicts = sentence_verdicts(summary, label, row["detail"])
        found.append(
            Labelled(name, label, split_sentences(plain_text(text)), summary, verdicts, group)
        )
    return found


def sentence_verdicts(summary: Sequence[str], label: int, detail: object) -> list[int]:
    """Label of each sentence, by the votes of QAGS and the marked spans of GenAudit, where the
    summary's label does not say it; -1 where nothing does."""
    if label or len(summary) == 1:
        return [label] * len(summary)
    assert isinstance(detail, dict)
    sentences = [plain_words(sentence) for sentence in summary]
    verdicts = [-1] * len(summary)
    if votes := detail.get("sentences"):
        for number, words in enumerate(sentences):
            nearest = max(votes, key=lambda vote: likeness(words, plain_words(vote["sentence"])))
            verdicts[number] = int(nearest["yes"] * 2 > nearest["of"])
    elif spans := [span for one in detail.get("unsupported_spans", ()) for span in one]:
        marked = [words for words in map(plain_words, spans) if words]
        verdicts = [int(not any(words <= sentence for words in marked)) for sentence in sentences]
    return verdicts if 0 in verdicts else [-1] * len(summary)


def plain_words(text: str) -> set[str]:
    return set(re.findall(r"[a-z0-9]+", text.lower()))


def likeness(one: set[str], other: set[str]) -> float:
    return len(one & other) / max(1, len(one | other))


def plain_text(text: str) -> str:
    """Tokenised and marked-up text as it would be printed."""
    for mark, sign in (("-lrb-", "("), ("-rrb-", ")"), ("``", '"'), ("''", '"'), ("<br/>", " "),
                       ("\\'", "'"), ("`", "'")):  # fmt: skip
        text = text.replace(mark, sign)
    text = re.sub(r" n't\b", "n't", text)
    text = re.sub(r"\s+('(?:s|re|ve|ll|d|m)\b)", r"\1", text)
    text = re.sub(r"\s+([.,;:!?%)])", r"\1", text)
    text = re.sub(r"([($£€#])\s+(?=\d)", r"\1", text)
    return " ".join(text.split())


def summary_sentences(text: str) -> list[str]:
    """Its sentences; one that is tokenised and in lower case ends at each free full stop."""
    parts = [
        sentence
        for piece in re.split(r"(?<=\s[.!?])\s+", text)
        for sentence in split_sentences(plain_text(piece))
        if re.search(r"\w", sentence)
    ]
    return parts or [plain_text(text) or text]


def unlabelled(folder: Path, taken: set[str]) -> list[list[str]]:
    """Articles as sentences; none that shares text with a labelled document."""
    found = []
    for part in ("topic/npr_train", "topic/bbc5_train", "region/bbc2017_dev", "summary/*",
                 "wikinews/*"):  # fmt: skip
        for path in sorted(folder.glob(f"{part}.jsonl.gz")):
            for row in records(path):
                text = " ".join(str(row["text"]).split())
                if len(shingles(text) & taken) <= _SHARED_SHINGLES:
                    found.append(split_sentences(text)[:_MOST_SENTENCES])
    return [sentences for sentences in found if len(sentences) > 2]


def vocabulary_arrays(articles: Sequence[Sequence[str]]) -> dict[str, NDArray[np.generic]]:
    """Words, document frequencies and capital shares, rounded as the artefact keeps them."""
    articles_with: Counter[str] = Counter()
    inside: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    for sentences in articles:
        tokens = [tokenize(sentence) for sentence in sentences]
        articles_with.update({token.plain for words in tokens for token in words})
        for token in (token for words in tokens for token in words[1:]):
            inside[token.plain] += 1
            capital[token.plain] += token.capital
    words = sorted(
        word for word, count in articles_with.items() if count >= _LEAST_ARTICLES and word.isalpha()
    )
    logs = [round(np.log2(articles_with[word]) * STEPS_AN_OCTAVE) for word in words]
    shares = [round(255 * capital[word] / max(1, inside[word])) for word in words]
    return {
        "words": lines_as_bytes(words),
        "frequencies": np.array(logs, np.uint8),
        "capitals": np.array(shares, np.uint8),
        "documents": np.array([len(articles)], np.int32),
    }


def vocabulary_of(arrays: Mapping[str, NDArray[np.generic]]) -> Vocabulary:
    words = lines_of(arrays["words"])
    counts = np.exp2(arrays["frequencies"].astype(np.float64) / STEPS_AN_OCTAVE).tolist()
    shares = (arrays["capitals"].astype(np.float64) / 255).tolist()
    return Vocabulary(
        int(arrays["documents"].astype(np.int64)[0]),
        dict(zip(words, counts, strict=True)),
        dict(zip(words, shares, strict=True)),
    )


def table(cases: Sequence[Case], vocabulary: Vocabulary, encoder: SentenceEncoder) -> Table:
    """The features of every sentence of every case; each case has one summary."""
    rows: list[Mapping[str, float]] = []
    owner: list[int] = []
    for start in range(0, len(cases), _BATCH):
        found: dict[tuple[int, str], Signals] = signals(
            cases[start : start + _BATCH], vocabulary, encoder
        )
        rows += [one.features for one in found.values()]
        owner += [start + number for number, _ in found]
    names = list(rows[0])
    values = np.array([[row[name] for name in names] for row in rows])
    return Table(values, np.array(owner), names)
