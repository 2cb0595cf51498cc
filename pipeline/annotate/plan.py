"""Which stages a configuration means, with the engines that they share: built once in a process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeAlias, cast

from pipeline.annotate.annotator import ENCODER, Annotator
from pipeline.annotate.calibrations import CALIBRATION, calibration_paths, decision_of
from pipeline.annotate.encode import Encode
from pipeline.annotate.engine_cache import remembered, remembered_engines
from pipeline.annotate.planned import Planned
from pipeline.config.schema import build, plugin_keys
from pipeline.core.errors import ConfigError
from pipeline.core.fingerprint import semantic_keys
from pipeline.engines.base import EmbeddingEngine
from pipeline.stage import Scores, Stage
from pipeline.store.stage_cache import StageCache

Node: TypeAlias = Mapping[str, object]
"""A plug-in as configured: `_target_`, the class or function that builds it, and its values."""

STAGES = ("region", "topic", "summarizer")
"""Config groups that hold a stage, in the order in which they run."""


@dataclass(frozen=True)
class AnnotateConfig:
    """What a process needs to build the stages: this is shipped, a built stage never is.

    `nodes` are those of the encoder and the stages that are switched on, `calibrations` files by
    task. `batch_rows` articles go through the stages together; `cache` is the folder of results, of
    `cache_bytes` at most, and with `remember` engines use it too.
    """

    nodes: Mapping[str, Node]
    calibrations: Mapping[str, str] = field(default_factory=dict)
    batch_rows: int = 32
    cache: str | None = None
    cache_bytes: int = 0
    remember: bool = False

    def stage_cache(self) -> StageCache | None:
        """The cache of results; None where there is to be none."""
        if self.cache is None or not self.cache_bytes:
            return None
        return StageCache(Path(self.cache), self.cache_bytes)


class AnnotatePlan:
    """The stages of a configuration in this process, built when they are first asked for."""

    def __init__(self, config: AnnotateConfig) -> None:
        self.config = config

    @cached_property
    def annotator(self) -> Annotator:
        """The stages, unopened, and the way of a shard through them. Raises as `plan_stages`."""
        cache = self.config.stage_cache()
        stages = plan_stages(self.config, cache if self.config.remember else None)
        return Annotator(stages, self.config.batch_rows, cache)

    def keys(self) -> dict[str, object]:
        """What decides the annotations besides the articles and the composition of batches."""
        return stage_keys(self.annotator.stages)


def annotate_config(values: Mapping[str, object]) -> AnnotateConfig:
    """Of the composed `values` of a configuration, what the stages are built from, without a cache.

    Raises:
        ConfigError: a calibration is of no task, or of one that is switched off.
    """
    nodes = {
        name: node for name in (ENCODER, *STAGES) if isinstance(node := values.get(name), Mapping)
    }
    return AnnotateConfig(nodes, calibration_paths(values.get(CALIBRATION), nodes))


def plan_stages(config: AnnotateConfig, memory: StageCache | None = None) -> dict[str, Planned]:
    """The stages that are switched on, by name, unopened; the encoder's first if one needs it.

    With a `memory` their engines remember what they said.

    Raises:
        ConfigError: names the key that is wrong.
        ModelError: a model or calibration is missing, or not of this back end.
    """
    encoder_node = config.nodes.get(ENCODER)
    encoder = None if encoder_node is None else build(encoder_node, ENCODER, EmbeddingEngine)
    if memory is not None and encoder_node is not None:
        encoder = cast("EmbeddingEngine", remembered(encoder_node, ENCODER, memory))
    stages: dict[str, Planned] = {}
    for name in STAGES:
        if name not in config.nodes:
            continue
        node = config.nodes[name]
        # null is a stage's own wish to do without.
        if node.get(ENCODER) is not None and node[ENCODER] != encoder_node:
            raise ConfigError(f"{name}.encoder differs from encoder: set encoder.* instead")
        shared: dict[str, object] = {ENCODER: encoder} if node.get(ENCODER) else {}
        if memory is not None:
            shared |= remembered_engines(node, name, memory)
        stage = build(node, name, Stage, **shared)
        stages[name] = _planned(name, node, stage, config.calibrations.get(name))
    needy = [name for name, planned in stages.items() if planned.stage.needs_vector]
    if not needy:
        return stages
    if encoder is None or encoder_node is None:
        raise ConfigError(f"{needy[0]} needs the articles' vectors: choose an encoder=NAME")
    return {ENCODER: _planned(ENCODER, encoder_node, Encode(encoder)), **stages}


def _planned(name: str, node: Node, stage: Stage, calibration: str | None = None) -> Planned:
    deciding = stage.decision_fields if isinstance(stage, Scores) else frozenset()
    inferring = {key: value for key, value in node.items() if key not in deciding}
    identity = dict(stage.identity())
    if "stage" not in identity:
        raise ConfigError(
            f"{name}: {type(stage).__name__}.identity() states no name and version of the stage, "
            'such as {"stage": "mine-1"}'
        )
    keys = plugin_keys(inferring, f"stages.{name}") | semantic_keys(identity, f"identity.{name}")
    return Planned(stage, keys, decision_of(name, node, stage, keys, calibration))


def stage_keys(stages: Mapping[str, Planned]) -> dict[str, object]:
    """What decides the rows of these stages."""
    return {key: value for planned in stages.values() for key, value in planned.row_keys.items()}
