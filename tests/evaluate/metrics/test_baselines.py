"""Baselines of summaries: the product's own lead, and the oracle by hand and against a slow one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from pipeline.article import Article
from pipeline.evaluate.metrics.baselines import MOST_WORDS, baseline_summaries, extractive, oracle
from pipeline.summarize.lead import LeadSummarizer

SENTENCES = st.lists(
    st.lists(st.sampled_from("tea rain vote court goal ship".split()), min_size=1, max_size=5),
    max_size=5,
)
SCORER = RougeScorer(["rouge1", "rouge2"], use_stemmer=True)
TEXT = (
    "By Mr. Smith\n\nRain fell hard in Cork on Monday. Rain fell hard in Cork on Monday. "
    "The river rose by two metres. Shops were shut. Nobody was hurt."
)


def test_lead_is_the_lead_that_the_product_publishes() -> None:
    row = Article("a", text=TEXT, language="en")
    found = baseline_summaries([row], [["The river rose."]])
    product = LeadSummarizer(sentences=3, min_words=1)([row])
    assert found["lead3"] == [product[0].summary]
    assert found["lead3"][0].count("Rain fell hard") == 1, "a sentence that comes twice is one"
    assert found["lead3"][0].startswith(found["lead1"][0])
    assert found["oracle"] == ["The river rose by two metres."]
    assert set(found) == {*extractive(), "oracle"}


def test_a_baseline_is_not_cut_and_an_article_without_text_has_none() -> None:
    long = "Rain fell " + "and fell " * 200 + "all day."
    rows = [Article("a", text=long, language="en"), Article("b")]
    found = baseline_summaries(rows, [["Rain fell."], ["Rain fell."]])
    assert {name: texts[1] for name, texts in found.items()} == dict.fromkeys(found, "")
    assert found["lead1"][0] == found["textrank"][0] == long


def test_the_oracle_by_hand() -> None:
    article = ["Sun shone.", "Rain fell.", "Goals were scored.", "Rivers rose fast."]
    # Either alone misses words, both together are the reference; the others would only cost.
    assert oracle(article, ["Rivers rose fast. Rain fell."]) == ["Rain fell.", "Rivers rose fast."]
    assert oracle(article, ["Penguins adore jazz."]) == []
    assert oracle([], ["Rain fell."]) == []
    assert oracle(article, ["Penguins.", "The sun shone."]) == ["Sun shone."]


@settings(max_examples=40, deadline=None)
@given(SENTENCES, st.lists(st.sampled_from("tea rain vote ships".split()), min_size=1, max_size=8))
def test_the_oracle_is_greedy_in_what_rouge_score_says(
    article: list[list[str]], reference: list[str]
) -> None:
    sentences = [" ".join(words) + "." for words in article]

    def value(chosen: list[int]) -> float:
        text = " ".join(sentences[n] for n in sorted(chosen))
        scores = SCORER.score(" ".join(reference), text)
        return float(sum(score.fmeasure for score in scores.values()))

    chosen: list[int] = []
    while True:
        left = [n for n in range(len(sentences)) if n not in chosen]
        best = max(left, key=lambda n: value([*chosen, n]), default=None)
        if best is None or value([*chosen, best]) <= value(chosen) + 1e-12:
            break
        chosen.append(best)
    found = oracle(sentences, [" ".join(reference)])
    theirs = [sentences[n] for n in sorted(chosen)]
    ours = sum(s.fmeasure for s in SCORER.score(" ".join(reference), " ".join(found)).values())
    assert found == theirs or ours == pytest.approx(value(chosen)), "other only where they tie"


def test_a_sentence_without_end_is_cut() -> None:
    row = Article("a", text="rain fell " * 20_000, language="en")
    found = baseline_summaries([row], [["Rain fell."]])
    assert {len(texts[0].split()) <= MOST_WORDS for texts in found.values()} == {True}
    assert len(found["oracle"][0].split()) == MOST_WORDS
