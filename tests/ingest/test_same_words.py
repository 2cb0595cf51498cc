"""Which articles are the same: by their words, and stubs by their title and URL as well."""

from __future__ import annotations

import json

import pytest

from command import SHARED
from pipeline.article import Article
from pipeline.ingest.keys import same_content
from pipeline.ingest.normalise import normalise
from pipeline.ingest.same_words import words_of
from pipeline.sources.base import Record

TEXT = (
    'Norway\'s fund sold its shares in two coal firms on Friday. "We had no choice," said its '
    "head, who has run it since 2020. The sale brought in 1.5 billion kroner."
)


def article(text: str, **values: str) -> Article:
    done = normalise(Record("here", {"text": text, **values}), max_chars=10_000)
    assert isinstance(done, Article)
    return done


@pytest.mark.parametrize(
    "copy",
    [
        TEXT.replace("'", "\u2019").replace(' "We', " \u201cWe").replace('," ', ",\u201d "),
        TEXT.replace("'", "\u02bc"),
        TEXT.replace("'", "\u00b4"),
        TEXT.replace(" ", "  \n"),
        TEXT.replace(" ", "\u00a0").replace("1.5", "\uff11.5"),
        TEXT.replace("shares", "sha\u00adres").replace("choice", "\u200bchoice\u2060"),
        TEXT.replace('"', "&quot;").replace("'", "&#39;"),
        TEXT.replace('"', "&amp;quot;"),
        f"<p>{TEXT}</p>".replace(". ", ".</p><p>"),
        TEXT.replace("fund", '<a href="https://example.org/a?b=c>d">fund</a>'),
        TEXT.replace("Norway", "<B>N</B>orway"),
        f"<script>if (a < b) {{ say('x') }}</script>{TEXT}<!-- end -->",
        TEXT.replace(",", " \u2013"),
        TEXT.upper(),
    ],
)
def test_other_signs_are_the_same_words(copy: str) -> None:
    assert words_of(copy) == words_of(TEXT)
    assert same_content(article(copy, id="x", url="u"), article(TEXT, title="T"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.5", "15"), ("1.5", "1 5"), ("1.5", "1,5"), ("-5", "5"), ("\u22125", "5"), ("$5", "5"),
        ("-$5", "$5"), ("\u20ac5", "$5"), ("5%", "5"), ("10\u00b2", "102"), (".5", "5"),
        ("+3", "3"), ("4-1", "41"), ("its", "it's"), ("\u0915\u0940", "\u0915\u093e"),
        ("naive", "na\u00efve"), ("x<5 and y", "x and y"), ("C", "C++"),
    ],
)  # fmt: skip
def test_another_number_or_letter_is_another_text(one: str, other: str) -> None:
    first, second = (f"The figure is {figure} today." for figure in (one, other))
    assert words_of(first) != words_of(second)


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ("-5", "\u22125"), ("-5", "\u20135"), ("4-1", "4\u20131"), ("10 - 5", "10 \u2014 5"),
        ("caf\u00e9", "cafe\u0301"), ("\ufb01sh", "fish"), ("Stra\u00dfe", "STRASSE"),
        ("1\u202f000", "1 000"), ("non\u2011stop", "non-stop"),
    ],
)  # fmt: skip
def test_another_spelling_of_the_same_signs(one: str, same: str) -> None:
    assert words_of(f"So: {one}!") == words_of(f"So, {same}.")


def test_stubs_are_compared_with_title_and_url() -> None:
    stub = article("[Removed]", title="A", url="u")
    assert same_content(stub, article("(removed)", title="a!", url="u", id="x"))
    assert not same_content(stub, article("[Removed]", title="B", url="u"))
    assert not same_content(stub, article("[Removed]", title="A", url="v"))
    headline = article("", title="Rain")
    assert same_content(headline, article("", title="Rain", id="x"))
    assert not same_content(headline, article("Rain"))


@pytest.mark.shared
def test_the_same_words_that_people_report() -> None:
    path = SHARED / "cases" / "ingest_same_words.jsonl"
    rows = {row["id"]: row for row in map(json.loads, path.read_text("utf-8").splitlines())}
    base, *copies = (
        article(rows[name]["text"], title=rows[name]["title"])
        for name in ("base", "curly", "spaces", "nbsp", "shy", "zwsp", "entities", "tags")
    )
    assert all(same_content(base, copy) for copy in copies)
