"""The objective: names of metrics, the nearest ones, and which way is better."""

from __future__ import annotations

import pytest

from pipeline.core.errors import ConfigError
from pipeline.evaluate.gold.labels import Gold, labels_path, sound_sample
from pipeline.tune.objective import Objective, known_metrics, read_objective

GOLD = [
    Gold("a", region="150", topics=("medtop:11000000",)),
    Gold("b", summary=("Rain fell in Cork.",)),
]


def test_metrics_are_those_that_the_labels_can_score() -> None:
    names = known_metrics(GOLD)
    assert {"region.ece", "topics.macro_f1", "summary.rouge2", "summary.support"} <= set(names)
    assert not any(name.startswith("countries.") for name in names)
    assert len(known_metrics(sound_sample(labels_path("sample"), None).rows)) > 40


@pytest.mark.parametrize(
    ("metric", "direction"),
    [
        ("topics.macro_f1", "maximize"),
        ("region.hierarchical_recall", "maximize"),
        ("summary.rougeLsum", "maximize"),
        ("topics.ece", "minimize"),
        ("summary.unsupported", "minimize"),
    ],
)
def test_which_way_is_better_is_known(metric: str, direction: str) -> None:
    objective = read_objective(metric, None, GOLD)
    assert objective.direction == direction


def test_it_may_have_to_be_said() -> None:
    with pytest.raises(ConfigError, match="direction=maximize or minimize"):
        read_objective("summary.words", None, GOLD)
    assert read_objective("summary.words", "minimize", GOLD).direction == "minimize"
    later = "summary.sentence_similarity_f1"
    assert read_objective(later, None, GOLD) == Objective(later, "maximize")


@pytest.mark.parametrize(
    ("metric", "reason"),
    [
        ("topic.macro_f1", r"did you mean topics\.macro_f1"),
        ("countries.ece", "no metric of what was scored"),
        ("zzzz", "there are: region.exact_match"),
        (None, "objective is not set"),
    ],
)
def test_names_that_are_none(metric: str | None, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        read_objective(metric, None, GOLD)
