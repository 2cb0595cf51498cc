"""Gates: floors that the scores of a labelled sample are held to, in a file with its digest."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field
from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN, construct
from pipeline.core.errors import ConfigError, InputError, one_line
from pipeline.core.resources import resource
from pipeline.evaluate.metrics.names import direction, no_metric
from pipeline.evaluate.metrics.scores import Metric

_SLACK = 0.95
"""Of a lower bound, for a new floor: new versions of a library move figures a little."""


_Floor = Annotated[float, Field(ge=0, allow_inf_nan=False, strict=True)]
"""No figure is under 0, so that a floor under it guards nothing."""


@dataclass(config=PLUGIN)
class Gate:
    """Lower 95% bounds by metric, for labels with this digest, of `split` or of all."""

    labels_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    floors: dict[str, _Floor] = field(default_factory=dict)
    split: str | None = None


class _Unique(yaml.SafeLoader):
    """Refuses a key that stands twice, where the second floor would quietly undo the first."""

    def construct_mapping(
        self, node: yaml.MappingNode, deep: bool = False
    ) -> dict[Hashable, object]:
        keys = [key.value for key, _ in node.value]
        for place, key in enumerate(keys):
            if key in keys[:place]:
                raise yaml.YAMLError(f"the key {key!r} is in it twice")
        return super().construct_mapping(node, deep)


def read_gate(named: str) -> Gate:
    """The gate in a YAML file, or one of `configs/gates` by its bare name.

    Raises:
        InputError: no such file, or no YAML.
        ConfigError: it has other keys than a gate, or no floors.
    """
    folder = resource("configs", "gates")
    bare = Path(named).name == named and not named.endswith((".yaml", ".yml"))
    path = folder / f"{named}.yaml" if bare else Path(named).expanduser()
    try:
        values = _Unique(path.read_text(encoding="utf-8")).get_single_data()
    except FileNotFoundError as error:
        there = ", ".join(sorted(one.stem for one in folder.glob("*.yaml")))
        raise InputError(f"gate={named}: no such file; by name there are: {there}") from error
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise InputError(f"{path}: cannot be read as YAML: {one_line(error)}") from error
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: no gate, which has labels_sha256 and floors")
    gate = construct(Gate, {str(key): value for key, value in values.items()}, "gate")
    if not gate.floors:
        raise ConfigError(f"{path}: no floors in it, so it would let everything pass")
    return gate


def check_labels(gate: Gate, digest: str, split: str | None) -> None:
    """Refuse labels that the floors were not made for.

    Raises:
        InputError: the labels have another digest, or another split is asked for.
    """
    if digest != gate.labels_sha256:
        raise InputError(
            f"the gate is of labels with sha256 {gate.labels_sha256}, these have {digest}; "
            "print_gate=true prints it anew for these, with what is reached now"
        )
    if split != gate.split:
        wanted = "no split" if gate.split is None else f"split={gate.split}"
        raise InputError(f"the gate is of {wanted}, and split={split} was asked for")


def check_tasks(gate: Gate, lacking: Mapping[str, str]) -> None:
    """Refuse floors of what predictions have no answer to: see `Predictions.lacking`.

    Raises:
        ConfigError: names the metric and what is switched off.
    """
    for name in gate.floors:
        if what := lacking.get(name.partition(".")[0]):
            raise ConfigError(f"gate: {name}: {what} is switched off, so there is no such score")


def check_metrics(gate: Gate, metrics: Mapping[str, Metric]) -> None:
    """Refuse floors of what was not scored, or of what is the better the less it is.

    Raises:
        ConfigError: names the metric and those that it may have meant.
    """
    for name in gate.floors:
        if name not in metrics:
            raise ConfigError(f"gate: {no_metric(name, metrics)}")
        if direction(name) < 0:
            raise ConfigError(f"gate: {name}: less of it is better, so a floor guards nothing")


def failures(gate: Gate, metrics: Mapping[str, Metric], unmatched: int) -> list[str]:
    """What is under its floor, a line each; nothing where the gate holds.

    A gate is of all labels: `unmatched` ones, which no figure stands on, fail it too.
    """
    found = []
    if unmatched:
        found.append(f"{unmatched} labels have no article in the run, and the gate is of all")
    for name, floor in gate.floors.items():
        low = metrics[name].interval.low
        if math.isnan(low):
            found.append(f"{name}: no figure, its floor is {floor:g}")
        elif low < floor:
            found.append(f"{name}: the lower bound {low:.4f} is under its floor {floor:g}")
    return found


def gate_text(
    digest: str, split: str | None, metrics: Mapping[str, Metric], like: Gate | None
) -> str:
    """A gate file for labels with this digest: floors a twentieth under the bounds reached now, of
    the metrics of `like`, or of all of which more is better and anything is reached."""
    names = list(like.floors) if like else [name for name in metrics if direction(name) > 0]
    lines = [f"labels_sha256: '{digest}'", *([f"split: {split}"] if split else []), "floors:"]
    for name in names:
        low = metrics[name].interval.low
        if not math.isnan(low) and (like or low > 0):
            lines.append(f"  {name}: {math.floor(low * _SLACK * 100) / 100}   # bound {low:.4f}")
    return "\n".join(lines) + "\n"
