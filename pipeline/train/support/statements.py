"""Sentences about articles of which a person or a careful reader says whether the article supports
them: what the support check is trained on and measured by."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from pipeline.sources.rows import read_rows
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
class Raw:
    """A summary as it is read, before documents that share text are known."""

    set: str
    label: int
    title: str | None
    document: str
    sentences: Sequence[str]
    verdicts: Sequence[int]


@dataclass(frozen=True, slots=True)
class _JudgedSentence:
    text: str
    ok: int


@dataclass(frozen=True, slots=True)
class _JudgedRow:
    title: str | None
    given: str
    sentences: tuple[_JudgedSentence, ...]


@dataclass(frozen=True, slots=True)
class Vote:
    """How many `of` the annotators say that the article supports a sentence."""

    sentence: str
    yes: int
    of: int


@dataclass(frozen=True, slots=True)
class Detail:
    """What a data set says besides the label: votes (QAGS), spans with an error (GenAudit)."""

    sentences: tuple[Vote, ...] = ()
    unsupported_spans: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class _AnnotatedRow:
    document: str
    summary: str
    label: int
    detail: Detail


@dataclass(frozen=True, slots=True)
class _WrittenRow:
    title: str | None
    given: str
    brief: str
    sentence: str
    headline: str
    bullets: tuple[str, ...]
    note: str


_JUDGED_ROW = TypeAdapter(_JudgedRow)
_ANNOTATED_ROW = TypeAdapter(_AnnotatedRow)
_WRITTEN_ROW = TypeAdapter(_WrittenRow)
_HINT = "it is no row of this data set"


def summaries(data: Path) -> list[Summary]:
    """All of `judged/`, `support/` and `written/`, in this order."""
    raw = [*_judged(data), *_annotated(data), *_written(data)]
    return grouped(raw, [document_split(row.document) for row in raw])


def grouped(raw: Sequence[Raw], splits_of: Sequence[Split]) -> list[Summary]:
    """The summaries with the groups of their documents, and the strictest split of each."""
    numbers = groups([row.document for row in raw])
    splits: dict[int, set[Split]] = {}
    for split, group in zip(splits_of, numbers, strict=True):
        splits.setdefault(group, set()).add(split)
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


def _judged(data: Path) -> Iterator[Raw]:
    for row in read_rows(data / "judged" / "judged.jsonl.gz", _JUDGED_ROW, _HINT):
        verdicts = [one.ok for one in row.sentences]
        texts = [one.text for one in row.sentences]
        yield Raw(JUDGED, min(verdicts), row.title or None, row.given, texts, verdicts)


def _annotated(data: Path) -> Iterator[Raw]:
    for path in sorted((data / "support").glob("*.jsonl.gz")):
        name = path.name.split(".")[0]
        for row in read_rows(path, _ANNOTATED_ROW, _HINT):
            texts = list(dict.fromkeys(summary_sentences(row.summary)))
            verdicts = sentence_verdicts(texts, row.label, row.detail)
            yield Raw(name, row.label, None, row.document, texts, verdicts)


def _written(data: Path) -> Iterator[Raw]:
    for row in read_rows(data / "written" / "written.jsonl.gz", _WRITTEN_ROW, _HINT):
        if row.note:
            continue
        parts = [*split_sentences(row.brief), row.sentence, *row.bullets, row.headline]
        texts = list(dict.fromkeys(part for part in parts if part))
        yield Raw(WRITTEN, 1, row.title or None, row.given, texts, [1] * len(texts))


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


def sentence_verdicts(summary: Sequence[str], label: int, detail: Detail) -> list[int]:
    """Label of each sentence, by the votes of QAGS and the marked spans of GenAudit, where the
    summary's label does not say it; -1 where nothing does."""
    if label or len(summary) == 1:
        return [label] * len(summary)
    sentences = [plain_words(sentence) for sentence in summary]
    verdicts = [-1] * len(summary)
    if detail.sentences:
        for number, words in enumerate(sentences):
            nearest = max(detail.sentences, key=lambda v: likeness(words, plain_words(v.sentence)))
            verdicts[number] = int(nearest.yes * 2 > nearest.of)
    elif spans := [span for one in detail.unsupported_spans for span in one]:
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
