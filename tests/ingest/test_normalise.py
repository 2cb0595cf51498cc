"""From raw values to a clean article: Unicode, white space, ids, dates, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.article import Article
from pipeline.ingest.date_parts import Unread
from pipeline.ingest.normalise import (
    clean_line,
    clean_text,
    normalise,
    normalise_language,
)
from pipeline.sources.base import FIELDS, BadRecord, Record


def article(**values: str) -> Article:
    done = normalise(Record("here", values), max_chars=1000)
    assert isinstance(done, Article)
    return done


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("schÃ¶n", "schön"),
        ("e\u0301", "\u00e9"),
        ("caf&eacute; &amp; bar", "café & bar"),
        ("<p>a &amp; b</p>", "a & b"),
        ("“curly” ‘quotes’ – ﬁ", "“curly” ‘quotes’ – ﬁ"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("a \t\u00a0\u3000 b  \n  c", "a b\nc"),
        ("a\n\n\n \n\nb", "a\n\nb"),
        ("\x1b[31mred\x1b[0m\x07\x01", "red"),
        ("\ufeffa", "a"),
        ("half \ud83d pair", "half ? pair"),
        ("\ud83d\ude00 whole", "?? whole"),
        ("שלום \u202eabc 😀", "שלום \u202eabc 😀"),
        (" \n\t ", ""),
    ],
)
def test_text_is_repaired(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


def test_a_line_has_no_line_break() -> None:
    assert clean_line(" a \n\n b\r\nc ") == "a b c"


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(), max_size=60))
@example("\x87¢®\xa0")  # mojibake only once the space at its end is gone
@example("a &amp; b\r<p>")  # two lines, and mark-up in one of them
@example("voilÃ\nle travail")  # mojibake only where it is one line
@example("&amp;lt;b&amp;gt;x&amp;lt;/b&amp;gt;")
@example("&&#97;mp;lt;" * 9)  # decoding makes new references again and again
@example("<" * 9 + "p>" * 9)
@example("[" * 9 + "a" + "](/x)" * 9)
@example("<code>&lt;b&gt;x&lt;/b&gt;</code>")
@example("a line of some length that is\nbroken. And South\nSudan.\nThe end of\nit")
def test_repairing_twice_changes_nothing(raw: str) -> None:
    for clean in (clean_text, clean_line):
        once = clean(raw)
        assert clean(once) == once
        once.encode()


PIECES = st.sampled_from(
    "<p> </p> <b> </b> <br/> <script> </script> <!-- --> <![CDATA[ ]]> < > & &amp; &lt; &gt; &#97; "
    "&nbsp; amp; lt; [a](/b) ** ` ``` <a\thref='x'> <div\thidden> </div> South Sudan word end. The "
    "- a of \u00ad \u200b \u00a0 \ufeff \u2011 \u200d Ger- many code <code> </code> Ã© 1. 22 x, "
    "e\u0301 \n \n\n".split(" ")
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(PIECES, st.sampled_from(["", " ", "\n"])), max_size=14))
def test_repairing_remains_of_pages_twice_changes_nothing(pieces: list[tuple[str, str]]) -> None:
    raw = "".join(piece + gap for piece, gap in pieces)
    for clean in (clean_text, clean_line):
        once = clean(raw)
        assert clean(once) == once
        assert not set(once) & set("\u00ad\u200b\ufeff\u2011\u00a0")


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(FIELDS), st.one_of(st.text(st.characters()), st.datetimes().map(str))
    )
)
def test_any_record_is_an_article_or_refused_with_a_reason(values: dict[str, str]) -> None:
    done = normalise(Record("file:1", values), max_chars=50)
    if isinstance(done, BadRecord):
        assert done.reason.startswith("file:1: ")
        assert all(values.get(name, "").strip() in done.payload for name in ("title", "text"))
    else:
        assert done.title or done.text
        assert done.id
        assert all(getattr(done, name) != "" for name in FIELDS if name != "text")


def test_ids_are_kept_or_made_from_the_content() -> None:
    assert article(id=" 7\n", text="a").id == "7"
    made = article(title="T", text="a").id
    assert made == article(title=" T ", text="a\r\n", id=" ", source="s").id
    assert len(made) == 64
    assert made != article(title="T a").id


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "neither title nor text"),
        ({"title": " ", "text": "\n"}, "neither title nor text"),
        ({"text": "a\0b"}, "NUL bytes"),
        ({"title": "\0", "text": "b"}, "NUL bytes"),
        (
            {"title": "x", "text": "y" * 1000},
            "1,001 characters are more than ingest.max_chars=1000",
        ),
    ],
)
def test_refused(values: dict[str, str], said: str) -> None:
    bad = normalise(Record("f.csv:3", values), max_chars=1000)
    assert isinstance(bad, BadRecord)
    assert bad.reason.startswith("f.csv:3: ")
    assert said in bad.reason
    assert values.get("text", "").strip() in bad.payload


def test_the_longest_article_that_passes() -> None:
    assert article(title="x", text="y" * 999).text == "y" * 999


def test_a_date_that_is_not_read_is_told() -> None:
    told: list[tuple[Unread, str]] = []
    for published in ("2026-01-31", "", " 02/03/2026 ", "some day"):
        values = {"text": "a", "published": published}
        normalise(Record("here", values), 1000, lambda *date: told.append(date))
    assert told == [(Unread.AMBIGUOUS, "02/03/2026"), (Unread.UNKNOWN, "some day")]
    assert article(text="a", published="31 Jan 2026").published == "2026-01-31"
    assert article(text="a", published="02/03/2026").published is None


def test_stubs_are_noted_and_have_their_url_in_their_id() -> None:
    assert article(title="T", text="[Removed]").text_note == "stub"
    assert article(title="T").text_note == "stub"
    assert article(title="T", text="word " * 20).text_note is None
    assert article(title="T", text=f"<p>{'word ' * 20}</p>").text_note == "repaired"
    assert article(title="T", text="<p>A word.</p>").text_note == "stub"
    assert article(text="nan", url="a").id != article(text="nan", url="b").id
    assert article(text="word " * 20, url="a").id == article(text="word " * 20, url="b").id


@pytest.mark.parametrize(
    ("given", "language"),
    [("EN", "en"), ("en-US", "en"), ("zh_Hans", "zh"), (" ger ", "ger"), ("english", None),
     ("", None), ("e", None), ("\0", None)],
)  # fmt: skip
def test_languages(given: str, language: str | None) -> None:
    assert normalise_language(given) == language
    assert article(text="a", language=given).language == language
