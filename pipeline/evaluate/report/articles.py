"""Articles as the report shows them: text cut where evidence and supporting sentences begin and
end, summaries with their links, labels beside gold. No HTML here: the template escapes it all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.annotate.reading import as_read
from pipeline.article import Article, SummarySentence
from pipeline.evaluate.article_scores import Answered, ArticleScores
from pipeline.evaluate.gold.labels import Gold
from pipeline.evaluate.metrics.scores import Pair, scores_by_code
from pipeline.evaluate.metrics.summaries import is_fallback
from pipeline.text.sentences import split_sentences

MOST_ARTICLES = 200
MOST_CHARACTERS = 20_000
"""Of one article's text; 200 such articles are 4 MB."""

LOW_SUPPORT = 0.5
"""The check's own boundary between supported and not."""

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


def loss(scores: ArticleScores) -> float:
    """How bad an article is, 0 to 1: the mean of 1 - F1 of each of its label sets and, where it has
    a reference, 1 - ROUGE-Lsum."""
    losses = [1 - one.f1() for one in scores.labels.values()]
    if "rougeLsum" in scores.summary:
        losses.append(1 - scores.summary["rougeLsum"] / 100)
    return sum(losses) / len(losses) if losses else 0.0


def worst(pairs: Sequence[Pair], scores: Mapping[str, ArticleScores]) -> list[Pair]:
    """The worst first, at most `MOST_ARTICLES`; ties by id."""
    order = sorted(pairs, key=lambda pair: (-loss(scores[pair[0].id]), pair[0].id))
    return order[:MOST_ARTICLES]


def article_view(
    rank: int, gold: Gold, row: Article, scores: ArticleScores, names: Names
) -> ArticleView:
    """The article with place `rank` among the worst, counted from 1."""
    text = row.text[:MOST_CHARACTERS]
    # The sentences that the summary rests on are counted in what the summarizer read.
    read = as_read(row.title, row.text)[1][:MOST_CHARACTERS]
    sentences = _spans(read, split_sentences(read, row.language))
    claims = row.summary_sentences
    used = {number for claim in claims for number in claim.source_sentences}
    anchors = {n: f"a{rank}s{n + 1}" for n in sorted(used) if 0 <= n < len(sentences)}
    marks = list(_evidence(row))
    in_text = [(span, piece) for in_title, span, piece in marks if not in_title]
    in_title = [(span, piece) for is_title, span, piece in marks if is_title]
    tasks = {task: _task(task, one, row, names) for task, one in scores.labels.items()}
    return ArticleView(
        rank=rank,
        id=gold.id,
        # Any other scheme, such as javascript:, must not become a link.
        url=row.url if row.url and row.url.startswith(("http://", "https://")) else None,
        loss=loss(scores),
        title=tuple(_cut(row.title or "", 0, in_title)),
        passages=tuple(_passages(text, sentences, anchors, in_text)),
        left_out=len(row.text) - len(text),
        tasks=tasks,
        summary=tuple(_claim(claim, text, sentences, anchors) for claim in claims)
        or _unchecked(row),
        note=row.summary_note,
        references=gold.summary or (),
        figures=scores.summary,
        tags=tuple(_tags(tasks, row)),
        labels=json.dumps(sorted(scores.codes())),
    )


def _task(task: str, answered: Answered, row: Article, names: Names) -> Task:
    gold, said = answered.gold, answered.predicted
    scores = _scores(task, row)
    answers = [
        Answer(names.get(code, code), "right" if code in gold else "wrong", scores.get(code))
        for code in said
    ]
    answers += [Answer(names.get(code, code), "missed", None) for code in gold if code not in said]
    right = answered.is_right()
    shown = answers if right else [answer for answer in answers if answer.verdict != "right"]
    signs = {"right": "", "wrong": "+ ", "missed": "− "}
    brief = ", ".join(signs[answer.verdict] + answer.name for answer in shown) or "none"
    return Task(task, right, brief, tuple(answers))


def _scores(task: str, row: Article) -> dict[str, float | None]:
    if task == "region":
        return {row.region or "": row.region_score}
    return scores_by_code(row.countries if task == "countries" else row.topics)


def _spans(text: str, sentences: Sequence[str]) -> list[Span]:
    """Where each sentence stands; one that is not found, empty, where the last one ended."""
    found, at = [], 0
    for sentence in sentences:
        start = text.find(sentence, at)
        end = start + len(sentence) if start >= 0 else at
        found.append((start if start >= 0 else at, end))
        at = end
    return found


def _evidence(row: Article) -> Iterator[tuple[bool, Span, Piece]]:
    for country in row.countries:
        kind = "focus" if country.focus else "mention"
        for one in country.evidence:
            yield one.in_title, (one.start, one.end), Piece("", kind, f"{country.name} ({kind})")


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
    claim: SummarySentence, text: str, sentences: Sequence[Span], anchors: Mapping[int, str]
) -> Claim:
    marks = []
    for name in claim.unsupported:
        start = claim.text.find(name)
        if name and start >= 0:
            mark = Piece("", "unsupported", "not found in the article")
            marks.append(((start, start + len(name)), mark))
    links = []
    for number in claim.source_sentences:
        anchor = anchors.get(number, "")
        start, end = sentences[number] if anchor else (0, 0)
        links.append(Link(number + 1, anchor, text[start:end][:300]))
    return Claim(tuple(_cut(claim.text, 0, marks)), claim.support, tuple(links))


def _unchecked(row: Article) -> tuple[Claim, ...]:
    return (Claim((Piece(row.summary),), None, ()),) if row.summary else ()


def _tags(tasks: Mapping[str, Task], row: Article) -> Iterator[str]:
    yield from (name for name, task in tasks.items() if not task.right)
    if any(claim.unsupported for claim in row.summary_sentences):
        yield "unsupported"
    if row.summary_support is not None and row.summary_support < LOW_SUPPORT:
        yield "low"
    if is_fallback(row):
        yield "fallback"
    if not row.summary:
        yield "unsummarised"
