"""Result lists, tables and prices are told from prose; of them no summary is made."""

from __future__ import annotations

import json

import pytest

from command import SHARED
from pipeline.annotate.reading import reading
from pipeline.article import Article
from pipeline.stage import Stage
from pipeline.summarize.lead import LeadSummarizer
from pipeline.summarize.textrank import TextRankSummarizer
from pipeline.text.lists import lists

PROSE = (
    "The council voted on Monday to close the old bridge for a year. It carries 4,000 cars a day "
    "and is 91 years old. Repairs will cost $2 million, said Ana Roe, who leads the council. "
    "They begin on May 4 and end in 2027."
)

LISTS = {
    "scores": "Saturday\nWolves 81, Foxes 77\nOwls 90, Bears 88 (OT)\nSunday\nFoxes 64, Owls 60\n"
    "Bears 99, Wolves 98",
    "table": "1. Foxes 12 9 2 1 31-10 29\n2. Owls 12 8 1 3 22-14 25\n3. Bears 12 4 4 4 15-15 16\n"
    "4. Wolves 12 1 1 10 9-38 4",
    "tennis": "First round: Eva Lind (2), Norway, def. Ida Kent, Chile, 6-3, 7-5. Mei Sato, Japan, "
    "def. Una Diaz (7), Peru, 7-6 (3), 6-1. Lia Moen, Norway, def. Jo Bell, Ghana, 6-0, 6-2.",
    "votes": "Mayor, 40 of 40 districts\nHarbour: Lind 3,201, Kent 2,988, Sato 401\n"
    "Hill: Kent 4,110, Lind 2,020, Sato 1,044\nOld Town: Sato 2,300, Lind 2,299, Kent 980",
    "prices": "Wheat 212.50 +1.25\nMaize 180.10 -0.40\nRice 14.02 unch\nSoya 402.75 +3.10",
    "medals": "Norway 16 8 13 37\nGermany 12 10 5 27\nChina 9 4 2 15\nUnited States 8 10 7 25",
}


@pytest.mark.parametrize("name", LISTS)
def test_lists_are_found_alone_and_in_prose(name: str) -> None:
    text = LISTS[name]
    assert lists(text, "en") == [(0, len(text))]
    both = f"{PROSE}\n\n{text}\n\n{PROSE}"
    assert lists(both, "en") == [(len(PROSE) + 2, len(PROSE) + 2 + len(text))]


@pytest.mark.parametrize(
    "text",
    [
        PROSE,
        PROSE.upper(),
        f"Bridge shut\nBy A. Writer\n18:42\n{PROSE}\n17:20\nMayor speaks\n{PROSE}",
        "Foxes beat Owls 90-88 on Sunday. Lind scored 31 points and Kent 22. Owls had led by 12.",
        '"No," he said. "Why?" she asked. "Go." Nobody moved.',
        "Die Regierung hat am Montag 3 Gesetze beschlossen. Der Haushalt wächst um 4 Prozent. "
        "Die Opposition stimmte mit 212 Stimmen dagegen.",
        "El Gobierno aprobó el martes 14 leyes. La medida beneficiará a 2,4 millones de personas.",
        "",
    ],
)
def test_prose_is_no_list(text: str) -> None:
    assert lists(text, "en") == []


@pytest.mark.parametrize("stage", [LeadSummarizer(min_words=8), TextRankSummarizer(min_words=8)])
@pytest.mark.parametrize("name", LISTS)
def test_a_list_has_no_summary_and_says_why(name: str, stage: Stage) -> None:
    stage.open()
    (done,) = stage([Article("1", text=LISTS[name], language="en")])
    assert done.summary is None
    assert done.summary_note == "list"


@pytest.mark.parametrize("stage", [LeadSummarizer(), TextRankSummarizer()])
def test_a_list_in_an_article_is_passed_over(stage: Stage) -> None:
    stage.open()
    text = f"{LISTS['scores']}\n\n{PROSE}"
    (done,) = stage([Article("1", text=text, language="en")])
    assert done.summary_sentences
    assert all(sentence.text in PROSE for sentence in done.summary_sentences)


@pytest.mark.shared
@pytest.mark.parametrize("stage", [LeadSummarizer(), TextRankSummarizer()])
def test_no_figures_of_the_cases_are_retold(stage: Stage) -> None:
    stage.open()
    lines = (SHARED / "cases/summary_result_lists.jsonl").read_text(encoding="utf-8").splitlines()
    lines += [
        line
        for line in (SHARED / "cases/summary_kinds.jsonl").read_text(encoding="utf-8").splitlines()
        if json.loads(line)["id"] == "boxscore"
    ]
    rows = [json.loads(line) for line in lines]
    articles = [Article(row["id"], row["title"], row["text"], language="en") for row in rows]
    for done in stage([reading(article) for article in articles]):
        assert (done.summary, done.summary_note) == (None, "list"), done.id


def test_a_quiz_is_a_list_and_an_interview_is_none() -> None:
    questions = [f"{n}. Which of the {n} foxes won the cup?" for n in range(1, 5)]
    quiz = "\n".join(["How well do you know the news?", *questions, "How did you do?"])
    assert lists(quiz, "en") == [(0, len(quiz))]
    assert lists("\n".join(f"{q}\n{PROSE}" for q in questions), "en") == []


def test_long_lines_of_prose_need_no_full_stop() -> None:
    text = "\n".join(f"{line} and so on" for line in PROSE.replace("$", "").split(". ")[:3])
    assert lists(f"{text} until all of them had come back to the town", "en") == []
