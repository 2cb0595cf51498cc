"""A text as its reader sees it: mark-up, entities, characters that are not seen, broken lines."""

from __future__ import annotations

import json
import time

import pytest

from command import SHARED
from pipeline.ingest.normalise import place_names
from pipeline.text.cleaning import cleaned_line, cleaned_text


def clean(text: str) -> str:
    return cleaned_text(text, place_names).text


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        ("<p>One.</p><p>Two.</p>", "One.\n\nTwo."),
        ("<P CLASS=lead>One.<BR>Two.</P>", "One.\nTwo."),
        ("&lt;p&gt;Fish &amp;amp; chips.&lt;/p&gt;", "Fish & chips."),
        ("&amp;amp;amp;lt;b&amp;amp;amp;gt;hot&amp;amp;amp;lt;/b&amp;amp;amp;gt;", "hot"),
        ("<![CDATA[<p>One.</p>]]>", "One."),
        ('In <a href="https://x.example/Peru" title="Peru">Lima</a>.', "In Lima."),
        ("In <a href=https://x.example/Peru>Lima</a>.", "In Lima."),
        ("Rain.<script>var a='<p>Peru</p>';</script> Wind.", "Rain. Wind."),
        ("Rain.<script type='text/javascript'>var a = 1; if (a<2) b()", "Rain."),
        ("<style>.peru{color:red}</style>Rain.", "Rain."),
        ("Rain.<!-- Peru <b> --> Wind.", "Rain. Wind."),
        ("<!DOCTYPE html><html><head><title>Peru</title></head><body>Rain.</body>", "Rain."),
        ('<div style="display: none">Peru<div>Chile</div></div>Rain.', "Rain."),
        ("<span hidden>Peru</span>Rain.", "Rain."),
        ("<table><tr><td>Lima</td><td>3</td></tr><tr><td>Cusco</td><td>4</td></tr></table>",
         "Lima 3\n\nCusco 4"),
        ("<ul><li>Tea</li><li>Oil</li></ul>", "Tea\n\nOil"),
        ("H<sub>2</sub>O and E=mc<sup>2</sup>", "H2O and E=mc2"),
        ('Rain.<img src="x.png" alt="Peru"/><o:p></o:p>', "Rain."),
        ('Rain. <a href="https://x.exam', "Rain."),
        ('See [the map](https://x.example/a "Peru") ![Peru](https://x.example/b.png).',
         "See the map ."),
        ("It was **not** so.", "It was not so."),
        ("New&nbsp;Zealand &ldquo;won&rdquo; &#8212; again&hellip;", "New Zealand “won” — again…"),
        ("In&nbsp Lima", "In Lima"),
        ("<p>Write <code>&lt;b&gt;</code> for bold.</p>", "Write `<b>` for bold."),
        ("<pre>&lt;p&gt;\n&lt;/p&gt;</pre>", "```\n<p>\n</p>\n```"),
    ],
)  # fmt: skip
def test_markup_goes(raw: str, seen: str) -> None:
    done = cleaned_text(raw, place_names)
    assert done.text.replace("\n\n", "\n") == seen.replace("\n\n", "\n")
    assert clean(done.text) == done.text


@pytest.mark.parametrize(
    "text",
    [
        "We know that x < y and z > 3, and a<b and c>d.",
        "I <3 you, said AT&T; R&D & more. Q&A;",
        "Mail <name@example.com> or see <https://example.org/a>.",
        "Dear <name>, the shares of Roe Corp <ROE> and Doe Co <S> fell.",
        "The <b> tag makes text bold; <script> and <style> tags do not.",
        "Use the '<p>' and \"<div>\" elements; `<br>` ends a line.",
        "#include <stdio.h>\nvector<int> v; Map<String, List<T>> m; if (a<b) { x->y(); }",
        "```\n<p>One.</p>\n```",
        "2**3**4 is large, __init__ is a name, [1](2) is no link, a [note] (see below) neither.",
        "A link such as /a?b=1&copy=2&lt=3 stays; &unknown; too.",
        "<|im_start|>system [INST] <<SYS>>be kind<</SYS>>",
    ],
)
def test_what_only_looks_like_markup_stays(text: str) -> None:
    done = cleaned_text(text, place_names)
    assert done.text == text
    assert not done.repaired


def test_spaces_are_no_repair() -> None:
    done = cleaned_text("  A pier opened. \n In  Lima \n", place_names)
    assert (done.text, done.repaired) == ("A pier opened.\nIn Lima", False)


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        ("Por\u00adtu\u00adgal", "Portugal"),
        ("Por\u00ad\ntugal won.", "Portugal won."),
        ("Por\u200btugal, \ufeffSpain, Ita\u2060ly, Fra\u200dnce, Gre\u200eece",
         "Portugal, Spain, Italy, France, Greece"),
        ("Sri\u00a0Lanka, Sri\u202fLanka, Sri\u2009Lanka", "Sri Lanka, Sri Lanka, Sri Lanka"),
        ("Guinea\u2011Bissau and Timor\u2010Leste", "Guinea-Bissau and Timor-Leste"),
        ("hid\U000e0041den", "hidden"),
        ("Alb\ufe0fania", "Albania"),
    ],
)  # fmt: skip
def test_what_is_not_seen_goes(raw: str, seen: str) -> None:
    assert clean(raw) == seen
    assert cleaned_line(raw).text == " ".join(seen.split())


@pytest.mark.parametrize(
    "text",
    [
        "می‌خواهم",  # a joiner that the script needs
        "क्‍ष",
        "👩‍🚒 ❤️ 🏴󠁧󠁢󠁳󠁣󠁴󠁿",
        "שלום \u200fabc",
    ],
)
def test_what_has_a_meaning_stays(text: str) -> None:
    assert clean(text) == text


WRAPPED = [
    # broken at a width
    (
        "The harbour board of the town will vote on a new pier\nnext week, its head said. "
        "The pier would cost four\nmillion crowns.",
        "The harbour board of the town will vote on a new pier next week, its head said. "
        "The pier would cost four million crowns.",
    ),
    ("Rains hit New\nZealand on Monday. Farmers in\nNew\nZealand were glad.",
     "Rains hit New Zealand on Monday. Farmers in New Zealand were glad."),
    ("A ship left Papua\nNew Guinea's main port. It was late.",
     "A ship left Papua New Guinea's main port. It was late."),
    ("Votes in Saudi\nArabia, Sri\nLanka and Burkina\nFaso went on. All was calm.",
     "Votes in Saudi Arabia, Sri Lanka and Burkina Faso went on. All was calm."),
    ("The vote in Guinea-\nBissau was late. Por-\ntugal sent well-\nknown monitors.",
     "The vote in Guinea-Bissau was late. Portugal sent well-known monitors."),
    ("The train left at noon for the\nAlps. It had\n300 seats.",
     "The train left at noon for the Alps. It had 300 seats."),
    ("The inquiry was led by Dr.\nRoe for a year. It found a\nfault.",
     "The inquiry was led by Dr.\nRoe for a year. It found a fault."),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "seen"), WRAPPED)
def test_broken_lines_are_joined(raw: str, seen: str) -> None:
    done = cleaned_text(raw, place_names)
    assert done.text == seen
    assert done.repaired


@pytest.mark.parametrize(
    "text",
    [
        # paragraphs, a headline above a text, an author
        "The board voted on Monday.\nThe pier will be closed.\nWork begins in May.",
        "Pier will close in spring\nThe board voted on Monday. The pier will be closed.",
        "By A. Writer\nThe board voted on Monday. The pier will be closed.",
        f"What the board was waiting for\nThe pier will be closed. {'It is old. ' * 15}Yes.",
        # headlines and lists
        "Board closes pier\nMayor Roe resigns after vote\nRains return to the coast",
        "Dominican Republic\nSouth Sudan\nNew Zealand",
        "You need:\n200 g butter\n3 eggs\nflour\nMix all. Bake it for an hour in a hot oven.",
        "- tea rose\n- oil fell\n- rice was flat. It ended.",
        "1. Rovers 20 14 3\n2. Athletic 20 12 5\n3. United 20 11 4",
        "Rovers 2-1 Athletic\nTown 0-0 Harbour\nForest 1-3 Albion",
        "Coach: P. Lind\nReferee: A. Roe\nThe game was fair. It was late.",
        # verse
        "The sea was grey, the sky was low,\nThe boats lay still upon the sand,\n"
        "And no one knew which way to go,\nFor fog had settled on the land.",
        "the sea was grey,\nthe sky was low,\nno one knew;\nthe fog was slow.",
        # code
        "if x:\nreturn y;\nelse { go(); }\nIt works. Try it.",
    ],
)
def test_lines_of_their_own_stay(text: str) -> None:
    done = cleaned_text(text, place_names)
    assert done.text == text
    assert not done.repaired


@pytest.mark.parametrize(
    "raw",
    [
        "&" + "amp;" * 30_000 + "lt;",
        "&" * 20_000 + "#97;mp;" * 10_000,
        "<" * 30_000 + "p>" * 30_000,
        '<a x="' * 15_000,
        "<!--" * 25_000,
        "<script>" * 10_000,
        "[" * 20_000 + "a" + "](/x)" * 20_000,
        "`<b>" * 20_000,
        "<a" + " " * 90_000 + "x",
        "to the South\nSudan x. " * 5_000,
    ],
    ids=range(10),
)
def test_nests_are_read_in_linear_time(raw: str) -> None:
    """Seconds of this process: in quadratic time each of these takes a minute."""
    begun = time.process_time()
    clean(raw)
    assert time.process_time() - begun < 3


@pytest.mark.shared
@pytest.mark.parametrize(
    ("kind", "reference"),
    [("html_remains", "control"), ("invisible_characters", "control-de")],
)
def test_the_cases_read_like_their_clean_form(kind: str, reference: str) -> None:
    rows = {
        row["id"]: row
        for row in map(json.loads, (SHARED / f"cases/labels_{kind}.jsonl").open(encoding="utf-8"))
    }
    wanted = " ".join(rows[reference]["text"].split())
    for row in rows.values():
        text = clean(row["text"])
        assert not set("<>&\u00ad\u200b\u2060\u00a0\u2011") & set(text)
        if row["want"] == rows[reference]["want"]:
            assert " ".join(text.split()) == wanted
            assert cleaned_line(row["title"]).text == rows[reference]["title"]


@pytest.mark.shared
def test_the_wrapped_cases_have_their_names_on_one_line() -> None:
    for line in (SHARED / "cases/labels_hard_wrapped_lines.jsonl").open(encoding="utf-8"):
        done = clean(json.loads(line)["text"])
        assert all(part.endswith(".") for part in done.splitlines()), done


@pytest.mark.shared
def test_headlines_of_a_saved_page_keep_their_lines() -> None:
    for file in (SHARED / "seed").iterdir():
        raw = file.read_text(encoding="utf-8")
        lines = [line.strip() for line in raw.splitlines() if line.strip()]
        assert [line for line in clean(raw).splitlines() if line] == lines
