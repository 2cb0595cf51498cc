"""Sentences about articles of which a person or a careful reader says whether the article supports
them: what the support check is trained on and measured by."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.text.sentences import split_sentences
from pipeline.train.held_out import document_split
from pipeline.train.summarizer.pairs import Split

_SHINGLE = 10
_SHARED_SHINGLES = 5
"""Documents with more runs of ten words in common than this are one document."""

_MOST_SENTENCES = 60

JUDGED = "judged"
WRITTEN = "written"


@dataclass(frozen=True, slots=True)
class Summary:
    """A summary of an article, as sentences, with what is known of it.

    `label` is 1 where the article supports all of it, else 0; `verdicts` has 1, 0 or -1 (unknown)
    for each sentence. `group` is the same for documents that share text; `split` is that of the
    group: `test` where one of its documents is held out.
    """

    set: str
    label: int
    title: str | None
    source: Sequence[str]
    sentences: Sequence[str]
    verdicts: Sequence[int]
    group: int
    split: Split


@dataclass(frozen=True, slots=True)
class _Raw:
    set: str
    label: int
    title: str | None
    document: str
    sentences: Sequence[str]
    verdicts: Sequence[int]


def summaries(data: Path) -> list[Summary]:
    """All of `judged/`, `support/` and `written/`, in this order."""
    raw = [*_judged(data), *_annotated(data), *_written(data)]
    numbers = groups([row.document for row in raw])
    splits: dict[int, set[Split]] = {}
    for row, group in zip(raw, numbers, strict=True):
        splits.setdefault(group, set()).add(document_split(row.document))
    found = []
    sources: dict[str, Sequence[str]] = {}
    for row, group in zip(raw, numbers, strict=True):
        if row.document not in sources:
            text = row.document if row.set == JUDGED else plain_text(row.document)
            sources[row.document] = split_sentences(text)[:_MOST_SENTENCES]
        strictest: Split = next(
            name for name in ("test", "validation", "train") if name in splits[group]
        )
        source = sources[row.document]
        found.append(
            Summary(
                row.set, row.label, row.title, source, row.sentences, row.verdicts, group, strictest
            )
        )
    return found


def records(path: Path) -> Iterator[Mapping[str, object]]:
    """The JSON objects of a compressed file, one a line."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _judged(data: Path) -> Iterator[_Raw]:
    for row in records(data / "judged" / "judged.jsonl.gz"):
        sentences = row["sentences"]
        assert isinstance(sentences, list)
        verdicts = [int(one["ok"]) for one in sentences]
        texts = [one["text"] for one in sentences]
        title = str(row["title"]) if row["title"] else None
        yield _Raw(JUDGED, min(verdicts), title, str(row["given"]), texts, verdicts)


def _annotated(data: Path) -> Iterator[_Raw]:
    for path in sorted((data / "support").glob("*.jsonl.gz")):
        for row in records(path):
            label = int(str(row["label"]))
            texts = list(dict.fromkeys(summary_sentences(str(row["summary"]))))
            verdicts = sentence_verdicts(texts, label, row["detail"])
            name = path.name.split(".")[0]
            yield _Raw(name, label, None, str(row["document"]), texts, verdicts)


def _written(data: Path) -> Iterator[_Raw]:
    for row in records(data / "written" / "written.jsonl.gz"):
        if row["note"]:
            continue
        bullets = row["bullets"]
        assert isinstance(bullets, list)
        parts = [*split_sentences(str(row["brief"])), str(row["sentence"]), *map(str, bullets)]
        texts = list(dict.fromkeys(part for part in [*parts, str(row["headline"])] if part))
        title = str(row["title"]) if row["title"] else None
        yield _Raw(WRITTEN, 1, title, str(row["given"]), texts, [1] * len(texts))


def shingles(text: str) -> set[str]:
    """Its runs of ten words."""
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
    keys = [" ".join(re.findall(r"[a-z0-9]+", document.lower())) for document in documents]
    for key in keys:
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
    return [root(number[key]) for key in keys]


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
