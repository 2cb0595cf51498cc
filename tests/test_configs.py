"""Every configuration composes, is typed, and states every parameter of what it builds."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path

import pytest
from hydra.utils import get_object
from omegaconf import DictConfig, OmegaConf
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from pipeline.annotate.plan import annotate_config, plan_stages
from pipeline.cli.verbs import VERBS
from pipeline.config.compose import CONFIGS, composed
from pipeline.core.errors import ModelError
from pipeline.summarize.forms import BOUNDS
from pipeline.summarize.policy import SelectionPolicy
from pipeline.workflow.config import SECTION_TYPES

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


def loaded(path: Path) -> dict[str, object]:
    values = OmegaConf.to_container(OmegaConf.load(path), resolve=False)
    assert isinstance(values, dict)
    return {str(key): value for key, value in values.items()}


def nodes_in(value: object) -> Iterator[tuple[str, dict[str, object]]]:
    """Every class that a configuration names, at any depth, with what it states of it."""
    if isinstance(value, dict):
        if "_target_" in value:
            yield value["_target_"], value
        for inner in value.values():
            yield from nodes_in(inner)


def stated() -> dict[str, dict[str, dict[str, object]]]:
    """By class what each option states of it, by group/name; and what verbs and the sections of a
    run state of theirs."""
    found: dict[str, dict[str, dict[str, object]]] = {}
    for path in CONFIGS.glob("*/*.yaml"):
        for target, node in nodes_in(loaded(path)):
            found.setdefault(target, {})[f"{path.parent.name}/{path.stem}"] = node
    for verb in VERBS.values():
        if verb.settings:
            found[verb.settings] = {verb.name: loaded(CONFIGS / f"{verb.name}.yaml")}
    for section, kind in {**SECTION_TYPES, "selection": SelectionPolicy}.items():
        node = USUAL.values()[section]
        if isinstance(kind, type) and is_dataclass(kind) and isinstance(node, dict):
            found[f"{kind.__module__}.{kind.__qualname__}"] = {section: node}
    return found


def defaults_of(target: object) -> dict[str, object]:
    """Every parameter of a class or function that has a default, as YAML would state it."""
    if not isinstance(target, type) or not is_dataclass(target):
        given = inspect.signature(target).parameters.items()  # type: ignore[arg-type]
        return {name: plain(one.default) for name, one in given if one.default is not one.empty}
    found = {}
    for field in fields(target):
        default = field.default
        if isinstance(default, FieldInfo):
            default = PydanticUndefined if default.is_required() else default.get_default(
                call_default_factory=True, validated_data={}
            )  # fmt: skip
        elif field.default_factory is not MISSING:
            default = field.default_factory()
        if field.init and default is not MISSING and default is not PydanticUndefined:
            found[field.name] = plain(default)
    return found


def plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [*map(plain, value)] if isinstance(value, tuple | list) else value


USUAL = composed("run", ["run.name=x"])
STATED = stated()


@pytest.mark.parametrize("target", sorted(STATED))
def test_the_defaults_of_a_class_are_those_of_its_options(target: str) -> None:
    """A class built in Python acts as one built from the option that a run has without a word, or
    from its only one. Of a class with other options, such as other models, each default is that of
    one of them."""
    chosen = USUAL.config.hydra.runtime.choices.items()
    usual = {f"{group}/{name}" for group, name in chosen} & STATED[target].keys()
    options = {name: STATED[target][name] for name in usual or STATED[target]}
    for name, default in defaults_of(get_object(target)).items():
        given = {option: node[name] for option, node in options.items() if name in node}
        # Another key decides what is interpolated.
        values = [v for v in given.values() if not (isinstance(v, str) and v.startswith("${"))]
        assert default in values or not values, f"{name}: {default!r}, and stated: {given}"


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
