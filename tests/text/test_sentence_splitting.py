"""Where sentences of news end, and where they only seem to."""

from __future__ import annotations

import json

import pytest

from command import SHARED
from pipeline.article import Article
from pipeline.ingest.normalise import clean_text
from pipeline.summarize.lead import LeadSummarizer
from pipeline.text.sentences import split_sentences
from pipeline.text.whole_sentences import is_whole


@pytest.mark.parametrize(
    "sentences",
    [
        ["The council meets at 10 a.m. Friday in the school.", "Tea is served."],
        ["It opens at 6 p.m. CET on Monday.", "By 7 p.m. Eastern it was full."],
        ["It closed at 5 p.m.", "The mayor left at 6 p.m. (0500 GMT)."],
        ["A mill will open in the U.S.", "The owner said so."],
        ["She flew to the U.K.", "It rained there."],
        ["The U.S. Senate and the U.N. Security Council voted.", "Both were late."],
        ["He works in Washington, D.C.", "The rents are high."],
        ["Cpl. Ann Roe, Spc. Lee Doe and Maj. Gen. Poe came.", "All were tired."],
        ["They met in St. Louis, Ft. Worth and Mt. Vernon.", "No. 7 Duke lost to No. 3 Yale."],
        ["J. K. Roe and George W. Doe of Acme Inc. spoke.", "Acme Corp. paid."],
        ["“We won!” Berg said after the race.", "“Did they?” her coach asked."],
        ['"Stop!"', "He left the room."],
        ["The fare rises in May.", "Riders protested in March.", "It fell in July."],
        ["Mr. Roe, Mrs. Doe and Dr. Poe met vs. Town officials.", "It was Jan. 5."],
    ],
)
def test_sentences_are_neither_cut_nor_run_together(sentences: list[str]) -> None:
    assert split_sentences(" ".join(sentences), "en") == sentences
    assert all(map(is_whole, sentences))


def test_lines_of_their_own_are_no_part_of_sentences() -> None:
    text = (
        "Pier shut\nBy A. Writer\n17:20\nThe board shut the pier. It is old\nand worn.\n\nMore soon"
    )
    assert split_sentences(text, "en") == [
        "Pier shut", "By A. Writer", "17:20", "The board shut the pier.", "It is old\nand worn.",
        "More soon",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", " \n ", "a", "\n\n\n", "“!” Roe said", "No.", "9 a.m."])
def test_each_sentence_stands_in_the_text(text: str) -> None:
    assert all(sentence in text for sentence in split_sentences(text))


FIRST = {
    "am-weekday": "The transit board will vote on higher fares at 9 a.m. Tuesday in the old",
    "pm-est": "Forecasters said the storm would reach the coast at about 5 p.m. EST on Friday with",
    "ends-us": "A chip maker will build its first plant in the U.S. The company said on Monday",
    "ends-uk": "A bank will move 400 jobs from the continent back to the U.K. It told staff",
    "exclaim-quote": '"I cannot believe it!" Nilsen said after her first win on Sunday. She',
    "wrapped": "Exports of memory chips rose for a ninth month in May, the trade ministry said on",
    "rank": "Spc. Dana Doe, 24, was killed on Tuesday when a truck overturned during training,",
}


@pytest.mark.shared
def test_the_first_sentences_of_the_cases_are_whole() -> None:
    lines = (SHARED / "cases/summary_first_sentences.jsonl").open(encoding="utf-8")
    rows = [json.loads(line) for line in lines]
    articles = [
        Article(row["id"], row["title"], clean_text(row["text"]), language="en") for row in rows
    ]
    for article in LeadSummarizer()(articles):
        assert (article.summary or "").startswith(FIRST[article.id])
        assert len(article.summary_sentences) == 3
        for sentence in article.summary_sentences:
            assert not sentence.text.endswith(("Spc.", "9 a.m.", "5 p.m.", '!"', '?"'))
