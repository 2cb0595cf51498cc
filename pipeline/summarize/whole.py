"""Summaries by a model that reads the article itself: what fits of it, or windows of all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from pipeline.article import Article
from pipeline.engines.base import Failure, Generation, Written
from pipeline.summarize.forms import BOUNDS, Form
from pipeline.summarize.lead import lead
from pipeline.summarize.source_text import LengthPolicy, fit
from pipeline.summarize.writer import Reading, Writer
from pipeline.text.sentences import split_sentences
from pipeline.text.whole_sentences import whole_sentences


def summaries_of(
    articles: Mapping[int, Article],
    writer: Writer,
    form: Form,
    budget: int,
    length_policy: LengthPolicy,
) -> dict[int, Reading]:
    """What the model writes of each article, of which it reads at most `budget` tokens at once.

    Summaries of windows are joined and summarised in turn, until there is one window.
    """
    count, dropped = writer.engine.count_tokens, dict[int, int]()
    pieces: dict[int, list[str]] = {}
    for number, article in articles.items():
        fitted = fit(article.text, budget, length_policy, count, article.language)
        dropped[number], pieces[number] = fitted.dropped, fitted.pieces
    results: dict[int, Written] = {}
    # A headline of headlines would say little: windows are summarised at more length.
    of_windows: Form = "brief" if "brief" in writer.asked else form
    while pieces:
        last = {number: texts for number, texts in pieces.items() if len(texts) == 1}
        results |= {n: parts[0] for n, parts in _written(last, writer, form, True).items()}
        more = {number: texts for number, texts in pieces.items() if number not in last}
        pieces = {}
        for number, parts in _written(more, writer, of_windows, False).items():
            failure = next((part for part in parts if isinstance(part, Failure)), None)
            if failure is not None:
                results[number] = failure
                continue
            language, texts = articles[number].language, more[number]
            firsts = [part[0] for part in parts if not isinstance(part, Failure)]
            again = _joined(texts, firsts, language)
            # What does not get shorter never fits: then its beginning has to do.
            shorter = count(again) < sum(map(count, texts))
            policy = length_policy if shorter else "lead"
            pieces[number] = fit(again, budget, policy, count, language).pieces
    return {number: Reading(results[number], dropped[number]) for number in articles}


def _written(
    pieces: Mapping[int, list[str]], writer: Writer, form: Form, final: bool
) -> dict[int, list[Written]]:
    """What the model writes for every piece of every article, all in one call."""
    asked = [(text, form) for texts in pieces.values() for text in texts]
    following = iter(writer.write(asked, candidates=final))
    return {number: list(islice(following, len(texts))) for number, texts in pieces.items()}


def _joined(texts: Sequence[str], generations: Sequence[Generation], language: str | None) -> str:
    """The summaries of windows as one text; the lead of a window that got none."""
    bounds, parts = BOUNDS["brief"], []
    for text, generation in zip(texts, generations, strict=True):
        written = whole_sentences(generation.text, generation.finished, language)
        chosen = lead(written, bounds.most, bounds.words)
        sentences = split_sentences(text, language)
        parts += chosen or lead(sentences, bounds.least, bounds.words)
    return " ".join(dict.fromkeys(parts)) or texts[0]
