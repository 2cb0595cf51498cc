"""Every configuration composes, is typed, and states every parameter of what it builds."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest
from hydra.utils import get_object
from omegaconf import DictConfig, OmegaConf

from pipeline.annotate.plan import annotate_config, plan_stages
from pipeline.cli.verbs import VERBS
from pipeline.config.compose import CONFIGS, composed
from pipeline.core.errors import ModelError
from pipeline.summarize.forms import BOUNDS
from pipeline.summarize.policy import SelectionPolicy

OPTIONS = sorted(
    f"{path.parent.name}={path.stem}"
    for path in CONFIGS.glob("*/*.yaml")
    if path.parent.name not in ("local", "gates", "sweep")
)

NOT_HERE = {
    "encoder=static": "train-topic",
    "topic=decision": "hf download",
    "topic=head": "hf download",
    "topic=tfidf_svm": "train-topic",
    "topic=zero_shot": "hf download",
}
"""Options whose model is not on this machine, and how it is got."""


def test_the_verbs_are_the_configs() -> None:
    configured = {verb.name for verb in VERBS.values() if verb.is_configured}
    assert {path.stem for path in CONFIGS.glob("*.yaml")} == configured


def values_of(verb: str, *words: str) -> dict[str, object]:
    return composed(verb, words).values()


@pytest.mark.parametrize("verb", ["run", "ingest", "annotate", "publish"])
def test_every_verb_composes_and_resolves(verb: str) -> None:
    values = values_of(verb, "run.name=x")
    assert values["run"]["name"] == "x"  # type: ignore[index]


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_composes_and_resolves(option: str) -> None:
    values = values_of("run", option)
    summarizer = values.get("summarizer")
    way_out = NOT_HERE.get(option)
    if isinstance(summarizer, dict) and "/" in str(summarizer.get("model")):
        way_out = "hf download"
    if way_out is not None:
        with pytest.raises(ModelError, match=way_out):
            plan_stages(annotate_config(values))
    else:
        plan_stages(annotate_config(values))
    group, name = option.split("=")
    if group == "source":
        assert values["run"]["name"] == name  # type: ignore[index]


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*/*.yaml")), ids=lambda p: p.stem)
def test_every_option_states_every_parameter_of_its_class(path: Path) -> None:
    config = OmegaConf.load(path)
    assert isinstance(config, DictConfig)
    inner = [config[name] for name in config if not OmegaConf.is_interpolation(config, name)]
    for node in (config, *inner):
        if not isinstance(node, DictConfig) or "_target_" not in node:
            continue
        target = get_object(node["_target_"])
        if is_dataclass(target):
            stated = set(node) - {"_target_"}
            assert stated == {field.name for field in fields(target) if field.init}
            for names in ("performance_fields", "decision_fields"):
                assert getattr(target, names, frozenset()) <= stated, names


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*/*.yaml")), ids=lambda p: p.stem)
def test_what_a_config_states_by_default_is_the_default_of_the_class(path: Path) -> None:
    """The two must not drift apart: a class built in Python acts as one built from its config."""
    config = OmegaConf.to_container(OmegaConf.load(path), resolve=False)
    assert isinstance(config, dict)
    target = get_object(config["_target_"]) if "_target_" in config else None
    own_settings = {"summarizer"}  # of a model, not of the class
    if not is_dataclass(target) or path.parent.name in own_settings:
        return
    for field in fields(target):
        if not field.init:
            continue
        value = config[str(field.name)]
        if isinstance(value, str) and value.startswith("${"):  # decided by another key
            continue
        if isinstance(field.default, str | int | float | None) and "MISSING" not in repr(
            field.default
        ):
            assert value == field.default, field.name


def test_a_policy_states_all_of_its_class_and_the_default_is_that_of_the_class() -> None:
    for path in CONFIGS.glob("selection/*.yaml"):
        stated = OmegaConf.to_container(OmegaConf.load(path))
        assert isinstance(stated, dict)
        assert set(stated) == {field.name for field in fields(SelectionPolicy)}
        policy = SelectionPolicy(**stated)  # type: ignore[misc]
        assert (policy == SelectionPolicy()) == (path.stem == "balanced")


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("summarizer/*.yaml")), ids=lambda p: p.stem)
def test_every_summarizer_can_be_asked_for_every_form_it_says(path: Path) -> None:
    values = values_of("run", f"summarizer={path.stem}")
    summarizer = values["summarizer"]
    assert isinstance(summarizer, dict | None)
    if summarizer and summarizer.get("instructions"):
        rewrites = {"passage"} if summarizer["content_selection"] == "trained" else set()
        assert set(summarizer["instructions"]) == set(BOUNDS) | rewrites
    if summarizer and "selection" in summarizer:
        assert summarizer["selection"] == values["selection"]


def test_a_stage_can_be_switched_off() -> None:
    off = values_of("run", "region=none", "topic=none", "summarizer=none")
    assert plan_stages(annotate_config(off)) == {}
    assert set(plan_stages(annotate_config(values_of("run", "topic=none")))) == {
        "region",
        "summarizer",
    }
    labels = plan_stages(annotate_config(values_of("run", "experiment=labels_only")))
    assert list(labels) == ["encoder", "region", "topic"]


def test_topic_and_encoder_share_one_encoder() -> None:
    stages = plan_stages(annotate_config(values_of("run")))
    assert stages["topic"].stage.encoder is stages["encoder"].stage.encoder  # type: ignore[attr-defined]
