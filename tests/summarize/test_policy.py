"""What is published of several candidates, and what is noted of it."""

from __future__ import annotations

import pytest

from pipeline.article import SummarySentence
from pipeline.config.schema import construct
from pipeline.core.errors import ConfigError
from pipeline.summarize.forms import BOUNDS
from pipeline.summarize.policy import Checked, Chosen, SelectionPolicy, choose

BRIEF = BOUNDS["brief"]
DEFAULT = SelectionPolicy(min_support=0.5)


def sentence(text: str, support: float = 0.9, *unsupported: str) -> SummarySentence:
    return SummarySentence(text, support, (0,), unsupported)


TRAM = sentence("Cork gets a tram.")
COST = sentence("It will cost 210 million euros.")
BUSES = sentence("Buses were the other choice.")
INVENTED = sentence("Dublin objected loudly.", 0.9, "Dublin")
WEAK = sentence("Penguins adore jazz.", 0.1)


def said(chosen: Chosen) -> list[str]:
    return [part.text for part in chosen.sentences]


@pytest.mark.parametrize(
    ("policy", "error"),
    [
        ([], "name each step once"),
        (["drop", "drop"], "name each step once"),
        (["flag", "drop"], "flag means that nothing is changed"),
        (["best"], "selection.policy.0='best'"),
    ],
)
def test_policies_that_mean_nothing_are_refused(policy: list[str], error: str) -> None:
    with pytest.raises(ConfigError, match=error):
        construct(SelectionPolicy, {"policy": policy}, "selection")


@pytest.mark.parametrize("policy", [["best_of"], ["drop"], ["fallback", "drop"], ["flag"]])
def test_others_are_taken(policy: list[str]) -> None:
    made = construct(SelectionPolicy, {"policy": policy, "candidates": 3}, "selection")
    assert made.samples == (3 if "best_of" in policy else 1)


def test_a_sentence_passes_without_unsupported_names_and_with_enough_support() -> None:
    assert DEFAULT.passes(sentence("A.", 0.5)) and not DEFAULT.passes(sentence("A.", 0.49))
    assert not DEFAULT.passes(INVENTED)


def test_without_candidates_there_is_nothing() -> None:
    assert choose([], [], BRIEF, DEFAULT) == Chosen(()) == choose([(), ()], [], BRIEF, DEFAULT)


def test_the_supported_candidate_is_taken_whatever_the_others_agree_on() -> None:
    candidates = [(INVENTED, COST, BUSES), (INVENTED, COST, BUSES), (TRAM, COST)]
    chosen = choose(candidates, [], BRIEF, DEFAULT)
    assert said(chosen) == [TRAM.text, COST.text] and chosen.notes == ("best_of",)


def test_then_the_one_within_the_bounds() -> None:
    candidates = [(TRAM,), (TRAM,), (COST, BUSES)]
    assert said(choose(candidates, [], BRIEF, DEFAULT)) == [COST.text, BUSES.text]


def test_then_the_one_that_says_what_most_say() -> None:
    odd = (sentence("Nine hours passed."), sentence("All went home."))
    chosen = choose([odd, (TRAM, COST), (TRAM, COST, BUSES)], [], BRIEF, DEFAULT)
    assert said(chosen)[:2] == [TRAM.text, COST.text]


def test_and_the_one_that_has_what_the_article_repeats() -> None:
    buses = [part.text for part in (TRAM, COST, BUSES, BUSES, BUSES)]
    cost = [part.text for part in (TRAM, COST, COST, COST, BUSES)]
    one, other = (TRAM, BUSES), (TRAM, COST)
    assert choose([other, one], buses, BRIEF, DEFAULT).sentences == one
    assert choose([one, other], cost, BRIEF, DEFAULT).sentences == other
    assert choose([other, one], [], BRIEF, DEFAULT).sentences == other, "the first"


def test_of_equal_ones_the_better_supported_and_else_the_first() -> None:
    low, high = (sentence("A tram.", 0.5), COST), (sentence("A tram.", 0.6), COST)
    assert choose([low, high], [], BRIEF, DEFAULT).sentences == high
    assert choose([high, low], [], BRIEF, DEFAULT) == Chosen(high)
    assert choose([low, low], [], BRIEF, DEFAULT) == Chosen(low)


@pytest.mark.parametrize("bad", [INVENTED, WEAK])
def test_what_fails_is_dropped_and_noted(bad: SummarySentence) -> None:
    chosen = choose([(TRAM, bad, COST)], [], BRIEF, SelectionPolicy(policy=("drop",)))
    assert chosen == Chosen((TRAM, COST), ("sentence_dropped",))
    assert choose([(bad,)], [], BRIEF, DEFAULT) == Chosen((), ("sentence_dropped",))


@pytest.mark.parametrize("steps", [("best_of",), ("best_of", "fallback"), ("flag",), ("fallback",)])
def test_without_that_step_nothing_is_dropped(steps: tuple[str, ...]) -> None:
    policy = SelectionPolicy(policy=steps)  # type: ignore[arg-type]
    assert choose([(TRAM, INVENTED)], [], BRIEF, policy) == Chosen((TRAM, INVENTED))


def test_what_was_dropped_is_made_up_for_by_other_candidates() -> None:
    candidates = [(TRAM, INVENTED), (INVENTED, BUSES, WEAK)]
    assert choose(candidates, [], BRIEF, DEFAULT) == Chosen(
        (TRAM, BUSES), ("sentence_dropped", "sentence_added")
    )


def test_but_not_by_what_fails_says_the_same_or_has_no_room() -> None:
    same = sentence("Cork now gets a tram.")
    long = sentence("word " * 88 + "euros.")
    others: list[Checked] = [(INVENTED, WEAK, same), (INVENTED, WEAK, long)]
    for other in others:
        chosen = choose([(TRAM, INVENTED), other], [], BRIEF, DEFAULT)
        assert chosen == Chosen((TRAM,), ("sentence_dropped",))


def test_no_more_is_added_than_the_form_needs() -> None:
    candidates = [(TRAM, INVENTED), (INVENTED, WEAK, COST, BUSES)]
    assert said(choose(candidates, [], BRIEF, DEFAULT)) == [TRAM.text, COST.text]


def test_the_same_candidates_give_the_same_choice() -> None:
    candidates = [(TRAM, INVENTED), (), (COST, BUSES), (BUSES, TRAM), (COST, BUSES)]
    first = choose(candidates, [], BRIEF, DEFAULT)
    assert all(choose(candidates, [], BRIEF, SelectionPolicy()) == first for _ in range(20))
