"""Articles as the report shows them: text cut where evidence and supporting sentences begin and
end, summaries with their links, labels beside gold. No HTML here: the template escapes it all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from pipeline.annotate.reading import as_read
from pipeline.evaluate.gold.labels import Gold
from pipeline.evaluate.predictions import Row
from pipeline.text.sentences import split_sentences

MOST_ARTICLES = 200
MOST_CHARACTERS = 20_000
"""Of one article's text; 200 such articles are 4 MB."""

LOW_SUPPORT = 0.5
"""The check's own boundary between supported and not."""

TASKS = ("region", "countries", "topics")
Record = Mapping[str, object]
Names = Mapping[str, str]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Piece:
    """Text that is shown alike: `kind` is "", focus, mention or unsupported; `note` explains it."""

    text: str
    kind: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of the article; one with an `anchor` carries a summary sentence."""

    pieces: tuple[Piece, ...]
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """To the source sentence `number`, counted from 1; no `anchor` where the page leaves it out."""

    number: int
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A summary sentence with its support, None where it was not checked, and its sources."""

    pieces: tuple[Piece, ...]
    support: float | None
    sources: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A label of an article: `verdict` is right, wrong or missed."""

    name: str
    verdict: str
    score: float | None


@dataclass(frozen=True, slots=True)
class Task:
    """What was said of an article beside gold, label by label; `brief` has the differences, "+"
    what is not in gold, "−" what it lacks, or, where there are none, the labels."""

    name: str
    right: bool
    brief: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class ArticleView:
    """One article of the page. `tags` and `labels` (JSON) are what it can be filtered by."""

    rank: int
    id: str
    url: str | None
    loss: float
    title: tuple[Piece, ...]
    passages: tuple[Passage, ...]
    left_out: int
    tasks: Mapping[str, Task]
    summary: tuple[Claim, ...]
    note: str | None
    references: tuple[str, ...]
    figures: Mapping[str, float]
    tags: tuple[str, ...]
    labels: str


def loss(record: Record) -> float:
    """How bad an article is, 0 to 1: the mean of 1 - F1 of each of its label sets and, where it has
    a reference, 1 - ROUGE-Lsum."""
    losses = [1 - _f1(cast(Record, record[task])) for task in TASKS if task in record]
    rouge = cast("Mapping[str, float]", record.get("summary", {})).get("rougeLsum")
    if rouge is not None:
        losses.append(1 - rouge / 100)
    return sum(losses) / len(losses) if losses else 0.0


def worst(
    pairs: Sequence[tuple[Gold, Row]], records: Mapping[str, Record]
) -> list[tuple[Gold, Row]]:
    """The worst first, at most `MOST_ARTICLES`; ties by id."""
    order = sorted(pairs, key=lambda pair: (-loss(records[pair[0].id]), pair[0].id))
    return order[:MOST_ARTICLES]


def article_view(rank: int, gold: Gold, row: Row, record: Record, names: Names) -> ArticleView:
    """The article with place `rank` among the worst, counted from 1."""
    full = str(row["text"] or "")
    text = full[:MOST_CHARACTERS]
    language = cast("str | None", row["language"])
    # The sentences that the summary rests on are counted in what the summarizer read.
    read = as_read(cast("str | None", row["title"]), full)[1][:MOST_CHARACTERS]
    sentences = _spans(read, split_sentences(read, language))
    claims = cast("Sequence[Record]", row["summary_sentences"] or ())
    used = {n for claim in claims for n in cast("Sequence[int]", claim["source_sentences"] or ())}
    anchors = {n: f"a{rank}s{n + 1}" for n in sorted(used) if 0 <= n < len(sentences)}
    marks = list(_evidence(row))
    in_text = [(span, piece) for in_title, span, piece in marks if not in_title]
    in_title = [(span, piece) for is_title, span, piece in marks if is_title]
    tasks = {
        task: _task(task, cast(Record, record[task]), row, names)
        for task in TASKS
        if task in record
    }
    url = row["url"]
    return ArticleView(
        rank=rank,
        id=gold.id,
        # Any other scheme, such as javascript:, must not become a link.
        url=url if isinstance(url, str) and url.startswith(("http://", "https://")) else None,
        loss=loss(record),
        title=tuple(_cut(str(row["title"] or ""), 0, in_title)),
        passages=tuple(_passages(text, sentences, anchors, in_text)),
        left_out=len(full) - len(text),
        tasks=tasks,
        summary=tuple(_claim(claim, text, sentences, anchors) for claim in claims)
        or _unchecked(row),
        note=cast("str | None", row["summary_note"]),
        references=gold.summary or (),
        figures={
            name: value
            for name, value in cast("Mapping[str, float]", record.get("summary", {})).items()
            if isinstance(value, int | float)
        },
        tags=tuple(_tags(tasks, row, claims)),
        labels=json.dumps(sorted(_labels(record))),
    )


def _f1(record: Record) -> float:
    gold, said = (set(cast("Sequence[str]", record[key])) for key in ("gold", "predicted"))
    return 2 * len(gold & said) / (len(gold) + len(said)) if gold or said else 1.0


def _task(task: str, record: Record, row: Row, names: Names) -> Task:
    gold, said = (cast("Sequence[str]", record[key]) for key in ("gold", "predicted"))
    scores = _scores(task, row)
    answers = [
        Answer(names.get(code, code), "right" if code in gold else "wrong", scores.get(code))
        for code in said
    ]
    answers += [Answer(names.get(code, code), "missed", None) for code in gold if code not in said]
    right = bool(record["right"])
    shown = answers if right else [answer for answer in answers if answer.verdict != "right"]
    signs = {"right": "", "wrong": "+ ", "missed": "− "}
    brief = ", ".join(signs[answer.verdict] + answer.name for answer in shown) or "none"
    return Task(task, right, brief, tuple(answers))


def _scores(task: str, row: Row) -> dict[str, float | None]:
    if task == "region":
        return {str(row["region"]): cast("float | None", row["region_score"])}
    key = {"countries": "alpha2", "topics": "qcode"}[task]
    listed = cast("Sequence[Record]", row[task] or ())
    return {str(one[key]): cast("float | None", one["score"]) for one in listed}


def _spans(text: str, sentences: Sequence[str]) -> list[Span]:
    """Where each sentence stands; one that is not found, empty, where the last one ended."""
    found, at = [], 0
    for sentence in sentences:
        start = text.find(sentence, at)
        end = start + len(sentence) if start >= 0 else at
        found.append((start if start >= 0 else at, end))
        at = end
    return found


def _evidence(row: Row) -> Iterator[tuple[bool, Span, Piece]]:
    for country in cast("Sequence[Record]", row["countries"] or ()):
        kind = "focus" if country["focus"] else "mention"
        for one in cast("Sequence[Record]", country["evidence"] or ()):
            span = (cast(int, one["start"]), cast(int, one["end"]))
            yield bool(one["in_title"]), span, Piece("", kind, f"{country['name']} ({kind})")


def _cut(text: str, offset: int, marks: Sequence[tuple[Span, Piece]]) -> Iterator[Piece]:
    """The text in pieces, `offset` being where it begins; of marks that overlap the first wins."""
    at = 0
    for (start, end), mark in sorted(marks, key=lambda one: one[0]):
        start, end = max(start - offset, at), min(end - offset, len(text))
        if start >= end:
            continue
        if start > at:
            yield Piece(text[at:start])
        yield Piece(text[start:end], mark.kind, mark.note)
        at = end
    if at < len(text):
        yield Piece(text[at:])


def _passages(
    text: str,
    sentences: Sequence[Span],
    anchors: Mapping[int, str],
    marks: Sequence[tuple[Span, Piece]],
) -> Iterator[Passage]:
    at = 0
    for number, anchor in anchors.items():
        start, end = sentences[number]
        if start > at:
            yield Passage(tuple(_cut(text[at:start], at, marks)))
        yield Passage(tuple(_cut(text[start:end], start, marks)), anchor)
        at = end
    if at < len(text):
        yield Passage(tuple(_cut(text[at:], at, marks)))


def _claim(
    claim: Record, text: str, sentences: Sequence[Span], anchors: Mapping[int, str]
) -> Claim:
    said = str(claim["text"])
    marks = []
    for name in cast("Sequence[str]", claim["unsupported"] or ()):
        start = said.find(name)
        if name and start >= 0:
            mark = Piece("", "unsupported", "not found in the article")
            marks.append(((start, start + len(name)), mark))
    links = []
    for number in cast("Sequence[int]", claim["source_sentences"] or ()):
        anchor = anchors.get(number, "")
        start, end = sentences[number] if anchor else (0, 0)
        links.append(Link(number + 1, anchor, text[start:end][:300]))
    support = cast("float | None", claim["support"])
    return Claim(tuple(_cut(said, 0, marks)), support, tuple(links))


def _unchecked(row: Row) -> tuple[Claim, ...]:
    summary = str(row["summary"] or "")
    return (Claim((Piece(summary),), None, ()),) if summary else ()


def _tags(tasks: Mapping[str, Task], row: Row, claims: Sequence[Record]) -> Iterator[str]:
    yield from (name for name, task in tasks.items() if not task.right)
    if any(claim["unsupported"] for claim in claims):
        yield "unsupported"
    support = row["summary_support"]
    if isinstance(support, int | float) and support < LOW_SUPPORT:
        yield "low"
    if "fallback_lead" in str(row["summary_note"] or "").split("+"):
        yield "fallback"
    if not row["summary"]:
        yield "unsummarised"


def _labels(record: Record) -> set[str]:
    return {
        code
        for task in TASKS
        if task in record
        for key in ("gold", "predicted")
        for code in cast("Sequence[str]", cast(Record, record[task])[key])
    }
