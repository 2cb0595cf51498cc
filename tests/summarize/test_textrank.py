"""TextRank: the sentences that share most words with the others, in the order of the article."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.article import Article
from pipeline.stage import Stage
from pipeline.summarize.textrank import TextRankSummarizer, rank

SENTENCES = [
    "Penguins adore jazz music.",
    "Cork council approved tram plans yesterday.",
    "Nobody knew why weather changed.",
    "Tram plans need council money, Cork officials warned.",
    "Council officials will build tram stops with plans from Cork.",
]


@pytest.fixture
def textrank() -> Any:
    def made(**settings: int) -> TextRankSummarizer:
        return TextRankSummarizer(min_words=5, **settings)

    return made


def test_central_sentences_come_first() -> None:
    order = rank(SENTENCES)
    assert sorted(order) == [0, 1, 2, 3, 4]
    assert set(order[:3]) == {1, 3, 4} and order[3:] == [0, 2], "the equal ones in their order"


def test_few_or_empty_sentences_are_ranked_too() -> None:
    assert rank([]) == [] and rank(["One sentence."]) == [0]
    assert rank(["", "the", "Tram."]) == [0, 1, 2]
    assert rank(["A tram came."] * 40) == list(range(40))


def test_the_summary_has_them_in_the_order_of_the_article(textrank: Any) -> None:
    stage = textrank(sentences=2)
    assert isinstance(stage, Stage)
    stage.open()
    article = Article(id="1", text=" ".join(SENTENCES), language="en")
    [done, short] = stage([article, Article(id="2", text="No.")])
    best = sorted(rank(SENTENCES)[:2])
    assert [part.text for part in done.summary_sentences] == [SENTENCES[n] for n in best]
    assert done.summary == " ".join(SENTENCES[n] for n in best)
    assert {part.how for part in done.summary_sentences} == {"as_is"}
    assert done.summarizer == "textrank-2" and done.summary_support == 1.0
    assert short.summary is None and short.summary_note == "too_short"


def test_sentences_that_are_too_long_or_none_are_passed_over(textrank: Any) -> None:
    heading = "Council tram plans Cork officials"
    long = "Cork council tram plans officials " * 20 + "ended."
    text = "\n\n".join([long, *SENTENCES, heading])
    [done] = textrank(sentences=3, max_words=25)([Article(id="1", text=text, language="en")])
    said = [part.text for part in done.summary_sentences]
    assert said and long not in said and heading not in said
    assert len(done.summary.split()) <= 25


def test_a_missing_package_is_said_before_the_first_article(
    textrank: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    from pipeline.core.errors import ConfigError

    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(ConfigError, match=r"pip install 'dateline\[evaluate\]'"):
        textrank().open()
