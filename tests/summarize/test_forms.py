"""What a model wrote, read as each form: parts, bounds, marks and quotes."""

from __future__ import annotations

import pytest

from pipeline.summarize.forms import BOUNDS, Form, joined, parts_of

THREE = "Cork gets a tram. It costs much. Buses lost."


@pytest.mark.parametrize(
    ("form", "parts"),
    [
        ("sentence", ["Cork gets a tram."]),
        ("brief", ["Cork gets a tram.", "It costs much.", "Buses lost."]),
        ("bullets", ["Cork gets a tram.", "It costs much.", "Buses lost."]),
    ],
)
def test_sentences_as_many_as_the_form_has(form: Form, parts: list[str]) -> None:
    assert parts_of(THREE, True, form) == parts
    assert BOUNDS[form].hold(parts_of(f"{THREE} One more. And more. And yet more.", True, form))


@pytest.mark.parametrize("form", ["sentence", "brief", "bullets"])
def test_a_last_part_without_end_is_left_out_unless_the_model_ended_it(form: Form) -> None:
    assert parts_of("Cork gets a tram and", False, form) == []
    assert parts_of("Cork gets a tram", True, form) == ["Cork gets a tram."]
    assert parts_of("", True, form) == [] == parts_of(" \n", False, form)


@pytest.mark.parametrize(
    "written",
    [
        "Cork gets a tram",
        "Cork gets a tram.",
        '"Cork gets a tram"',
        '"Cork gets a tram."',
        '"Cork gets a tram".',
        "“Cork gets a tram”",
        "Headline: Cork gets a tram",
        '**Headline:** "Cork gets a tram"',
        "**Title**: Cork gets a tram",
        "# Cork gets a tram",
        "**Cork gets a tram**",
        "Headline:\nCork gets a tram",
        "Here is a headline for the article:\n\nCork gets a tram",
        "\n\nCork gets a tram\nIt will cost 210 million euros.",
    ],
)
def test_a_headline_has_no_label_quotes_or_full_stop(written: str) -> None:
    assert parts_of(written, True, "headline") == ["Cork gets a tram"]


@pytest.mark.parametrize(
    ("written", "headline"),
    [
        ('"Trams" are "the future"', '"Trams" are "the future"'),
        ("Titles won: Cork's tram", "Titles won: Cork's tram"),
        ("Cork signs a deal with the U.S.", "Cork signs a deal with the U.S."),
        ("Cork joins NATO.", "Cork joins NATO"),
        ("Will Cork get a tram?", "Will Cork get a tram?"),
    ],
)
def test_what_belongs_to_a_headline_stays(written: str, headline: str) -> None:
    assert parts_of(written, True, "headline") == [headline]


def test_a_headline_of_twelve_words_is_one_and_of_thirteen_is_none() -> None:
    assert parts_of("word " * 12, True, "headline") == [("word " * 12).strip()]
    assert parts_of("word " * 13, True, "headline") == []


def test_a_headline_that_was_cut_off_is_none_but_one_with_a_line_after_it() -> None:
    assert parts_of("Cork gets a", False, "headline") == []
    assert parts_of("Cork gets a tram\nIt will", False, "headline") == ["Cork gets a tram"]
    assert parts_of("", True, "headline") == [] == parts_of("Headline:", True, "headline")


@pytest.mark.parametrize("mark", ["-", "*", "•", "–", "1.", "2)", "10."])
def test_bullets_of_any_mark(mark: str) -> None:
    written = f"Key points:\n{mark} Cork gets a tram\n\n  {mark} 210 million is the cost.\n"
    assert parts_of(written, True, "bullets") == ["Cork gets a tram.", "210 million is the cost."]


def test_only_the_last_bullet_can_be_unfinished() -> None:
    written = "- Cork gets a tram\n- It costs much.\n- Buses lost and"
    assert parts_of(written, False, "bullets") == ["Cork gets a tram.", "It costs much."]
    assert len(parts_of(written, True, "bullets")) == 3


def test_bullets_are_not_repeated_and_have_no_more_than_there_is_room_for() -> None:
    same = "- A tram comes.\n- A tram comes.\n- It costs much."
    assert parts_of(same, True, "bullets") == ["A tram comes.", "It costs much."]
    seven = "\n".join(f"- Point {n} is made." for n in range(7))
    assert len(parts_of(seven, True, "bullets")) == 5
    long = "- A tram comes.\n- " + "word " * 130 + "ends.\n- Late."
    assert parts_of(long, True, "bullets") == ["A tram comes."]


def test_numbers_at_the_start_of_a_sentence_are_no_marks() -> None:
    assert parts_of("10 people came.\n5.5 million was paid.", True, "bullets") == [
        "10 people came.", "5.5 million was paid.",
    ]  # fmt: skip


@pytest.mark.parametrize("form", ["headline", "sentence", "brief", "bullets"])
def test_bounds_are_held_up_to_their_edges(form: Form) -> None:
    bounds = BOUNDS[form]
    assert bounds.hold(["word"] * bounds.least) and bounds.hold(["word"] * bounds.most)
    assert not bounds.hold(["word"] * (bounds.least - 1))
    assert not bounds.hold(["word"] * (bounds.most + 1))
    words = [" ".join(["word"] * (bounds.words - bounds.least + 1)), *["w"] * (bounds.least - 1)]
    assert bounds.hold(words)
    assert not bounds.hold([f"one {words[0]}", *words[1:]])


def test_parts_are_joined_as_the_form_wants_it() -> None:
    assert joined(["A b.", "C."], "brief") == "A b. C."
    assert joined(["A b.", "C."], "bullets") == "- A b.\n- C."
    assert joined([], "bullets") == joined([], "brief") == ""
