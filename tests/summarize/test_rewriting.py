"""What is put before the model of chosen source sentences, and what is published of its answers."""

from __future__ import annotations

import pytest

from pipeline.article import SummarySentence
from pipeline.engines.base import Failure, Generation
from pipeline.summarize.policy import SelectionPolicy
from pipeline.summarize.rewriting import Slot, assembled, candidates_of, may_stand, slots_of
from pipeline.summarize.selection.selector import Chosen
from pipeline.summarize.support.faithfulness import Rewriting

VOTE = "After nine hours of debate, the council of Cork voted on Tuesday to build a tram."
COST = "It will cost 210 million euros, the city said."
BUSES = "Buses were the other choice for the city."
SENTENCES = [VOTE, COST, BUSES]
REWRITTEN = "Councillors in Cork agreed on Tuesday to get a tram."
POLICY = SelectionPolicy(min_support=0.8)


def chosen(index: int, shortened: str | None = None, context: int | None = None) -> Chosen:
    text = SENTENCES[index]
    return Chosen(index, text, shortened or text, context)


def slot(index: int, shortened: str | None = None, context: int | None = None) -> Slot:
    return slots_of([chosen(index, shortened, context)], "brief")[0]


def written(*texts: str, finished: bool = True) -> list[Generation]:
    return [Generation(text, finished, len(text.split())) for text in texts]


def checked(text: str, support: float, *unsupported: str) -> SummarySentence:
    return SummarySentence(text, support, (0,), unsupported)


def test_each_chosen_sentence_is_asked_for_alone() -> None:
    slots = slots_of([chosen(0), chosen(1, context=0)], "brief")
    assert [one.prompt("Tram for Cork") for one in slots] == [
        (f"Tram for Cork\n\n{VOTE}", "passage"),
        (f"Tram for Cork\n\n{COST}", "passage"),
    ]
    assert [one.chosen.sources for one in slots] == [(0,), (0, 1)]
    assert slots[0].prompt(None) == (VOTE, "passage")


@pytest.mark.parametrize("form", ["headline", "sentence"])
def test_forms_of_one_part_are_asked_for_themselves(form: str) -> None:
    [one] = slots_of([chosen(0)], form)  # type: ignore[arg-type]
    assert one.prompt(None) == (VOTE, form)


def test_long_sentences_are_not_put_before_the_model() -> None:
    policy = SelectionPolicy(longest_source=10)
    assert [slot(n).is_asked(policy) for n in (0, 1)] == [False, True]
    assert slot(0).is_asked(SelectionPolicy(longest_source=None))
    assert slots_of([chosen(0)], "headline")[0].is_asked(policy)


def test_answers_that_are_no_sentence_are_none() -> None:
    texts = written(
        REWRITTEN,
        REWRITTEN,
        "and so",
        "Cork voted on it. It will cost much.",
        f"{VOTE[:-1]}, {VOTE}",
    )
    assert candidates_of(texts, slot(0), "Tram", "en") == [Rewriting(VOTE, "Tram", REWRITTEN)]
    cut_off = written("Cork voted for a tr", finished=False)
    assert candidates_of(cut_off, slot(0), None, "en") == []
    assert candidates_of(Failure("gave up", "503"), slot(0), None, "en") == []


@pytest.mark.parametrize(
    ("text", "stands"),
    [
        (REWRITTEN, True),
        (VOTE.upper(), False),  # a copy
        ("Councillors in Cork may agree on Tuesday to get a tram.", False),  # a doubt of its own
        ("Councillors in Cork did not agree to get a tram.", False),
        ("Councillors in Cork agreed on Monday to get a tram.", False),
        ("Councillors in Cork agreed on Tuesday to get 12 trams.", False),
        ("Tram for Cork: Councillors agreed on it on Tuesday.", True),  # of the title
    ],
)
def test_a_rewriting_keeps_names_numbers_and_stance(text: str, stands: bool) -> None:
    assert may_stand(Rewriting(VOTE, "Tram for Cork", text)) is stands


def test_the_surest_rewriting_is_published() -> None:
    other = "Cork's council chose a tram over buses on Tuesday."
    parts = assembled(
        [slot(0)], [[checked(other, 0.85), checked(REWRITTEN, 0.95)]], "brief", POLICY
    )
    assert [(p.text, p.how, p.support) for p in parts] == [(REWRITTEN, "rewritten", 0.95)]


@pytest.mark.parametrize(
    "bad", [checked(REWRITTEN, 0.79), checked(REWRITTEN, 0.99, "Tuesday"), None]
)
def test_what_is_not_surely_right_is_replaced_by_its_source(bad: SummarySentence | None) -> None:
    candidates = [bad] if bad else []
    [part] = assembled([slot(0)], [candidates], "brief", POLICY)
    assert part == SummarySentence(VOTE, 1.0, (0,), how="as_is")
    short = VOTE.removeprefix("After nine hours of debate, ").replace("the", "The", 1)
    [part] = assembled([slot(0, shortened=short)], [candidates], "brief", POLICY)
    assert part == SummarySentence(short, 1.0, (0,), how="shortened")


def test_a_copy_is_never_called_rewritten() -> None:
    [part] = assembled([slot(0)], [[checked(VOTE.lower(), 1.0)]], "brief", POLICY)
    assert part == SummarySentence(VOTE, 1.0, (0,), how="as_is")


def test_only_flagged_the_likeliest_is_published_as_written() -> None:
    flag = SelectionPolicy(policy=("flag",))
    bad = checked("Dublin objected loudly on Monday.", 0.1, "Dublin")
    [part] = assembled([slot(0)], [[bad, checked(REWRITTEN, 0.9)]], "brief", flag)
    assert (part.text, part.unsupported) == (bad.text, ("Dublin",))


def test_nothing_is_said_twice_and_the_form_is_kept() -> None:
    slots = [slot(0), slot(1), slot(1), slot(2), slot(2)]
    parts = assembled(slots, [[checked(REWRITTEN, 0.9)], [], [], [], []], "brief", POLICY)
    assert [part.text for part in parts] == [REWRITTEN, COST, BUSES]
    parts = assembled(slots_of([chosen(0)], "headline"), [[]], "headline", POLICY)
    assert parts == [], "a sentence of 16 words is no headline"
