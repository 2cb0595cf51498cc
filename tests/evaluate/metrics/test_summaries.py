"""Figures of summaries: by hand, with bounds on random text, ROUGE as rouge-score has it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from pipeline.article import Article, SummarySentence
from pipeline.evaluate.metrics.rouge import rouge
from pipeline.evaluate.metrics.summaries import fragments, row_figures, text_figures

WORDS = st.lists(st.sampled_from("tea rain vote court goal".split()), min_size=1, max_size=12)


def test_fragments_by_hand() -> None:
    assert fragments("a b c d a b x".split(), "a b c q a b x d".split()) == [3, 3, 1]
    assert fragments([], ["a"]) == [] and fragments(["a"], []) == []


def test_figures_by_hand() -> None:
    found = text_figures(
        "The court met. The court rose on Monday.", "The court rose, the court rose."
    )
    assert found["words"] == 6 and found["compression"] == 8 / 6
    assert found["extractive_coverage"] == 1 and found["extractive_density"] == (9 + 9) / 6
    assert found["novel_1grams"] == 0 and found["novel_2grams"] == 1 / 5
    assert found["novel_3grams"] == 2 / 4 and found["repetition"] == 1 / 4
    assert text_figures("Some text.", " - ") == {"words": 0}
    assert "novel_2grams" not in text_figures("Rain.", "Rain") and "repetition" not in text_figures(
        "Rain.", "Rain"
    )


@settings(max_examples=50, deadline=None)
@given(WORDS, WORDS)
def test_bounds_on_random_text(article: list[str], summary: list[str]) -> None:
    found = text_figures(" ".join(article), " ".join(summary))
    assert found["extractive_coverage"] == pytest.approx(1 - found["novel_1grams"])
    assert found["extractive_coverage"] <= found["extractive_density"] + 1e-9
    assert found["extractive_density"] <= len(summary)
    copy = text_figures(" ".join(article), " ".join(article))
    assert copy["extractive_density"] == len(article) and copy["compression"] == 1


@settings(max_examples=30, deadline=None)
@given(WORDS, WORDS, WORDS)
def test_rouge_as_rouge_score_has_it(summary: list[str], one: list[str], two: list[str]) -> None:
    said, first, second = " ".join(summary), " ".join(one), " ".join(two)
    scorer = RougeScorer(["rouge1", "rouge2", "rougeLsum"], use_stemmer=True)
    theirs = [scorer.score(reference, said) for reference in (first, second)]
    ours = rouge([said], [[first, second]])
    for name, values in ours.items():
        assert values[0] == pytest.approx(100 * max(score[name].fmeasure for score in theirs))


@settings(max_examples=30, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=4), st.lists(WORDS, min_size=1, max_size=4))
def test_lsum_as_rouge_score_has_it_on_a_sentence_a_line(
    summary: list[list[str]], reference: list[list[str]]
) -> None:
    said, wanted = (
        [" ".join(words).capitalize() + "." for words in text] for text in (summary, reference)
    )
    theirs = RougeScorer(["rougeLsum"], use_stemmer=True).score("\n".join(wanted), "\n".join(said))
    ours = rouge([" ".join(said)], [[" ".join(wanted)]])["rougeLsum"][0]
    assert ours == pytest.approx(100 * theirs["rougeLsum"].fmeasure)


def test_a_row() -> None:
    row = Article(
        "a", text="Rain fell. It stopped. The sun came.", language="en", summary="Rain fell.",
        summary_support=0.5, summary_note="best_of+fallback_lead",
        summary_sentences=(SummarySentence("Rain fell.", 1.0),
                           SummarySentence("In Oslo.", 0.5, (), ("Oslo",))),
    )  # fmt: skip
    found = row_figures(row)
    assert (found["support"], found["unsupported"], found["fallback"]) == (0.5, 1, 1)
    alone = row_figures(replace(row, text=""))
    assert alone["words"] == 2 and not {"compression", "extractive_coverage", "novel_1grams"} & {
        *alone
    }, "of a summary whose article is not there"
