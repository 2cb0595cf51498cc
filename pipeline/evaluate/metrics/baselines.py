"""Plain summaries that a run is held against: lead-1, lead-3, TextRank, and the greedy oracle.

The first three are the product's own stages, told to cut no sentence of news. The oracle sees the
references.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

from pipeline.article import Article
from pipeline.core.extras import needs
from pipeline.stage import Stage
from pipeline.summarize.lead import LeadSummarizer
from pipeline.summarize.textrank import TextRankSummarizer
from pipeline.text.sentences import split_sentences

ORACLE = "oracle"
MOST_WORDS = 1000
"""A baseline has as many sentences as it is named for, however long they are, up to this: what is
longer is no sentence, and the time of ROUGE-L is the product of two lengths."""

_Grams: TypeAlias = "Counter[tuple[str, ...]]"


def extractive() -> dict[str, Stage]:
    """The baselines that look at nothing but the article, by name; unopened."""
    return {
        "lead1": LeadSummarizer(sentences=1, min_words=1, max_words=MOST_WORDS),
        "lead3": LeadSummarizer(sentences=3, min_words=1, max_words=MOST_WORDS),
        "textrank": TextRankSummarizer(sentences=3, min_words=1, max_words=MOST_WORDS),
    }


def baseline_summaries(
    rows: Sequence[Article], references: Sequence[Sequence[str]]
) -> dict[str, list[str]]:
    """Each baseline's summaries of published rows, "" where it has none."""
    articles = [Article(row.id, text=row.text, language=row.language) for row in rows]
    found = {}
    for name, stage in extractive().items():
        stage.open()
        found[name] = [article.summary or "" for article in stage(articles)]
    found[ORACLE] = list(_oracles(articles, references))
    return found


def oracle(sentences: Sequence[str], references: Sequence[str]) -> list[str]:
    """The sentences, in their order, that greedy selection takes: time and again the one with
    which ROUGE-1 and ROUGE-2 (sum of F1, each by the best of `references`) grow most, until none
    makes them grow (Nallapati, Zhai and Zhou 2017, SummaRuNNer).

    Greedy, and so a ceiling for extractive summaries in practice, not a proven one.
    """
    with needs("rouge_score", "evaluate"):
        from rouge_score.tokenizers import DefaultTokenizer
    tokens = DefaultTokenizer(use_stemmer=True)
    words = [tokens.tokenize(sentence) for sentence in sentences]
    wanted = [_grams(tokens.tokenize(reference)) for reference in references]
    chosen: list[int] = []
    best = 0.0
    while True:
        gains = [
            (_agreement([w for n in sorted([*chosen, number]) for w in words[n]], wanted), -number)
            for number in range(len(sentences))
            if number not in chosen
        ]
        score, place = max(gains, default=(0.0, 0))
        if score <= best:
            return [sentences[number] for number in sorted(chosen)]
        best = score
        chosen.append(-place)


def _oracles(articles: Sequence[Article], references: Sequence[Sequence[str]]) -> Iterator[str]:
    for article, several in zip(articles, references, strict=True):
        sentences = split_sentences(article.text, article.language)
        yield " ".join(oracle([_cut(sentence) for sentence in sentences], several))


def _cut(sentence: str) -> str:
    return " ".join(sentence.split(maxsplit=MOST_WORDS)[:MOST_WORDS])


def _grams(words: Sequence[str]) -> tuple[_Grams, _Grams]:
    """Single words and pairs of them with their counts."""
    return Counter((word,) for word in words), Counter(pairwise(words))


def _agreement(words: Sequence[str], references: Sequence[tuple[_Grams, _Grams]]) -> float:
    ours = _grams(words)
    return sum(
        max(_f1(ours[n], reference[n]) for reference in references) for n in range(len(ours))
    )


def _f1(ours: _Grams, theirs: _Grams) -> float:
    total = ours.total() + theirs.total()
    return 2 * (ours & theirs).total() / total if total else 0.0
