"""The check of rewritten sentences: what it is given, and that it parts right from wrong."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.summarize.support.faithfulness import (
    SIGNALS,
    FaithfulnessCheck,
    Rewriting,
    load_cross_encoder,
    load_faithfulness_model,
    signals,
)

SOURCE = (
    "The harbour board of Ostend, which runs the port, said on Tuesday it had fined the dredging "
    "company Marlow 40,000 euros after a spill."
)
TITLE = "Dredger fined in Ostend"
RIGHT = (
    "Ostend's harbour board said on Tuesday it had fined the dredging company Marlow 40,000 euros "
    "after a spill.",
    "The dredging company Marlow was fined 40,000 euros after a spill, the harbour board of Ostend "
    "said on Tuesday.",
    "After a spill, the harbour board of Ostend fined the dredging company Marlow 40,000 euros.",
)
WRONG = (
    "The dredging company Marlow fined the harbour board of Ostend 40,000 euros after a spill.",
    "The harbour board of Ostend was fined 40,000 euros on Tuesday after the dredging company "
    "Marlow said it had spilled.",
    "Marlow, the harbour board of Ostend, said on Tuesday the port had spilled 40,000 euros.",
)


def rewriting(text: str, log_probability: float | None = None) -> Rewriting:
    return Rewriting(SOURCE, TITLE, text, log_probability)


def test_the_premise_is_title_and_source() -> None:
    assert rewriting(RIGHT[0]).premise == f"{TITLE}. {SOURCE}"
    assert Rewriting(SOURCE, None, RIGHT[0]).premise == SOURCE


@pytest.mark.models
def test_the_shipped_check_parts_right_from_wrong() -> None:
    check = FaithfulnessCheck()
    check.open()
    chances = check.probabilities([rewriting(text) for text in (*RIGHT, *WRONG)])
    assert all(0 <= chance <= 1 for chance in chances)
    assert np.mean(chances[:3]) > np.mean(chances[3:]) + 0.1
    assert check.probabilities([]) == []


@pytest.mark.models
def test_what_the_writing_model_is_sure_of_is_likelier_right() -> None:
    check = FaithfulnessCheck()
    sure, doubtful = check.probabilities([rewriting(RIGHT[0], -0.5), rewriting(RIGHT[0], -12.0)])
    assert sure > doubtful


@pytest.mark.models
def test_a_signal_that_is_not_there_is_unknown_and_counts_as_the_mean() -> None:
    [row] = signals([rewriting(RIGHT[0])], load_cross_encoder())
    column = SIGNALS.index("log_probability")
    assert np.isnan(row[column]) and not np.isnan(np.delete(row, column)).any()
    mean = float(load_faithfulness_model().means[column])
    check = FaithfulnessCheck()
    assert check.probabilities([rewriting(RIGHT[0])]) == pytest.approx(
        check.probabilities([rewriting(RIGHT[0], mean)]), abs=1e-3
    )


def test_what_decides_the_probabilities_is_stated() -> None:
    identity = FaithfulnessCheck().identity()
    assert {"faithfulness", "faithfulness_cross_encoder"} <= set(identity)
