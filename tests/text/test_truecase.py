"""Capitals, lower case and Title Case in normal case: the same length, names as names."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from command import SHARED
from pipeline.annotate.reading import known_names
from pipeline.text import truecase as module

NORMAL = [
    "Farmers in Uganda will get cheaper seed from Tuesday, the trade minister said. "
    "Ugandan maize sells for 900 shillings a kilo in Kampala and Gulu.",
    "The opera of Rotterdam named a new conductor in March. He leaves Helsinki on July 4, "
    "a Finnish paper said, and may march with the Dutch players.",
    "Governor Amara Kipsang met President Mark O'Rourke at 9 a.m. on Monday. NATO and "
    "the U.S. said nothing. It's not known why.",
    "Peruvian police seized 3 kg of gold near Cusco. The U.S. embassy thanked Peru. "
    "A court in Lima will hear the case in May.",
    "Turkey and Greece agree on gas. In Turkey, Turkish traders saw the lira rise by 2 percent.",
]


def truecase(text: str) -> str:
    return module.truecase(text, known_names)


@pytest.mark.parametrize("text", NORMAL)
def test_text_in_one_case_is_read_in_normal_case(text: str) -> None:
    assert truecase(text) == text
    assert truecase(text.upper()) == text
    assert truecase(text.lower()) == text


def test_title_case_is_read_in_normal_case() -> None:
    text = "The Harbour Board Of Callao Will Vote On A New Pier In June, Peruvian Papers Said."
    assert truecase(text) == (
        "The harbour board of Callao will vote on a new pier in June, Peruvian papers said."
    )


@pytest.mark.parametrize(
    "text",
    [
        "Harbour Board To Vote On Pier",  # a headline in the style of many papers
        "Bank of Chile Names Chief, the First Woman in the Job Since It Was Founded",
        "WHO says so",
        "NASA, NATO and UNESCO met",
        "1. tea\n2. oil\nThe rest is for the board to say, and it will.",
        "The board met in Lima.\nand a last line in lower case without an end",
        "",
        "\n\n",
        "3-1 4-2",
    ],
)
def test_what_is_in_normal_case_or_too_short_to_tell_stays(text: str) -> None:
    assert truecase(text) == text


def test_the_article_s_own_words_are_known() -> None:
    text = "The firm, says McKellan of LexCorp, grows.\nMCKELLAN TOLD LEXCORP WORKERS IN LIMA SO."
    assert truecase(text).splitlines()[1] == "McKellan told LexCorp workers in Lima so."


def test_a_dateline_stays_one() -> None:
    assert truecase("QUITO (AP) - RAIN FELL ON THE CITY ON MONDAY. IT STOPPED.") == (
        "QUITO (AP) - Rain fell on the city on Monday. It stopped."
    )


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("the minister asked us officials to go", "us officials"),
        ("the us embassy was shut on monday", "The US embassy"),
        ("they served turkey on fine china to the guests", "turkey on fine china"),
        ("a loan from china was paid back on monday", "from China"),
        ("she found a nice bath and reading room in the house", "nice bath and reading"),
        ("he lives in the u.s. the company is in the u.k. now", "the U.S. The company"),
    ],
)
def test_words_that_may_be_names_need_a_sign(text: str, read: str) -> None:
    assert read in truecase(text)


def test_of_other_languages_only_known_names_are_names() -> None:
    text = truecase("EL GOBIERNO APROBÓ EL MARTES EN LIMA UNA SUBIDA DEL SALARIO MÍNIMO.")
    assert text == "El gobierno aprobó el martes en Lima una subida del salario mínimo."


ODD = st.text(
    st.sampled_from("aBİıßŉΣςǅﬁÀé'’.-– \n12uUsS:!\"“ʼn") | st.characters(exclude_categories=["Cs"]),
    max_size=80,
)


@settings(max_examples=300, deadline=None)
@given(ODD)
def test_only_the_case_of_letters_changes(text: str) -> None:
    for form in (text, text.upper(), text.lower(), text.title()):
        read = truecase(form)
        assert len(read) == len(form)
        for before, after in zip(form, read, strict=True):
            assert before == after or after in (before.lower(), before.upper())


@pytest.mark.shared
def test_the_cases_in_capitals_and_in_lower_case_read_normally() -> None:
    cases = SHARED / "cases"
    rows = [
        json.loads(line) for line in (cases / "labels_letter_case.jsonl").open(encoding="utf-8")
    ]
    normal = {row["id"][-1]: row["text"] for row in rows if row["id"].startswith("control")}
    for row in rows:
        read = truecase(row["text"]).replace(" .", ".")
        assert row["id"][-1] not in normal or read == normal[row["id"][-1]]
    for line in (cases / "summary_all_caps.jsonl").open(encoding="utf-8"):
        text = json.loads(line)["text"]
        read = truecase(text)
        assert read.upper() == text
        assert sum(map(str.isupper, read)) < 0.1 * len(read)
