"""Names, numbers and dates: which forms of them count as the same, and which do not."""

from __future__ import annotations

import pytest

from pipeline.summarize.support.facts import Known, facts


def missing(article: str, sentence: str) -> list[str]:
    known = Known([article])
    return [fact.text for fact in facts(sentence) if known.missing(fact)]


@pytest.mark.parametrize(
    ("article", "sentence"),
    [
        ("It was signed in December.", "It was signed on Dec. 5th, 2019."),
        ("It cost 1,200 dollars.", "It cost $1200."),
        ("It cost $1.5bn.", "It cost $1.5 billion, or 1,500 million."),
        ("It cost 2.5m pounds.", "It cost 2.5 million pounds."),
        ("Twenty-three people came.", "All 23 people came."),
        ("All 23 people came.", "They were twenty-three people."),
        ("A dozen people came.", "They were 12 people."),
        ("Two hundred and five people came.", "They were 205 people."),
        ("The 3rd race.", "It was the third race."),
        ("Unemployment is at 5%.", "It stood at 5 percent, or five per cent."),
        ("A rise of 1,042 people.", "A rise of more than 1,000 people."),
        ("It has 1.96 million people.", "It has about 2 million people."),
        ("Angela Merkel spoke in Berlin.", "In Berlin, Ms. Merkel's speech was heard."),
        ("President Emmanuel Macron spoke.", "Then the French leader, Mr Macron, spoke in France."),
        ("Belarus freed them.", "They were freed by Belarusians."),
        ("The Dutch won.", "It was the Netherlands that won."),
        ("Britain left.", "It was the UK, or the United Kingdom, that left."),
        ("American troops left.", "Then U.S. troops left, the US said."),
        ("The United Nations met.", "In New York the UN met.") ,
        ("The UN met.", "Then the United Nations met."),
        ("The World Health Organization met.", "Then the WHO met."),
        ("Sen. John Kerry spoke.", "Then Senator Kerry spoke."),
        ("A man in Calif. won.", "He won in California."),
        ("J.K. Rowling wrote it.", "It was written by Rowling."),
        ("A Chicago man won.", "He and other Chicagoans won."),
        ("Spring came.", "One of them came, for the first time, with hundreds of others."),
        ("Nobody came.", "However, nobody came. "),
    ],
)  # fmt: skip
def test_the_same_in_another_form(article: str, sentence: str) -> None:
    allowed = {"5 th", "2019", "French", "France", "New York"}
    assert set(missing(article, sentence)) <= allowed


@pytest.mark.parametrize(
    ("article", "sentence", "lacks"),
    [
        (
            "Austria signed it in June.",
            "It was signed by Australia in July.",
            ["Australia", "July"],
        ),
        ("A law of Indiana.", "It is a law of India.", ["India"]),
        ("A law of Niger.", "It is a law of Nigeria.", ["Nigeria"]),
        ("Iran signed.", "It was Iraq that signed.", ["Iraq"]),
        ("It cost 1,200 dollars.", "It cost 12,000 dollars.", ["12,000"]),
        ("It cost $1.5bn.", "It cost $1.5 million.", ["1.5 million"]),
        ("A rise of 1,042 people.", "A rise of 1,000 people.", ["1,000"]),
        ("A rise of 1,942 people.", "A rise of about 5,000 people.", ["5,000"]),
        ("Twenty-three people came.", "They were twenty-four people.", ["twenty four"]),
        ("John Kerry spoke.", "It was Angela Merkel who spoke.", ["Angela Merkel"]),
        ("The UN met.", "Then the European Union met.", ["European Union"]),
        ("It was in May.", "It was in March (the ECB said).", ["March", "ECB"]),
    ],
)
def test_another_name_or_number(article: str, sentence: str, lacks: list[str]) -> None:
    assert missing(article, sentence) == lacks


def test_names_end_at_signs_and_sentences_begin_with_anything() -> None:
    found = [
        fact.text for fact in facts("Yesterday Kerry, Merkel (CDU) and the Bank of Japan met.")
    ]
    assert found == ["Kerry", "Merkel", "CDU", "Bank of Japan"]
    assert [fact.text for fact in facts("Penguins adore jazz.")] == []
    assert [fact.text for fact in facts("NATO adores jazz.")] == ["NATO"]


@pytest.mark.parametrize(
    "text", ["", "...", "1" * 400, "A" * 10_000, "5" + ",000" * 50, "é\u2028😀"]
)
def test_hostile_texts(text: str) -> None:
    known = Known([text])
    assert not any(known.missing(fact) for fact in facts(text))
