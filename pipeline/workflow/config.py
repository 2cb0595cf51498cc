"""The typed configuration of a run: what was composed, section by section, checked once.

Sections that are plug-ins stay nodes, `_target_` with its values: they are what is shipped to
workers, and `pipeline.workflow.plan` builds them.
"""

from __future__ import annotations

import glob
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass as checked_dataclass

from pipeline.annotate.annotator import ENCODER
from pipeline.annotate.calibrations import calibration_paths
from pipeline.annotate.plan import STAGES, AnnotateConfig, Node
from pipeline.config.schema import PLUGIN, construct, unknown_key
from pipeline.config.targets import check_targets
from pipeline.core.errors import ConfigError
from pipeline.core.secrets import redacted
from pipeline.ingest.settings import IngestSettings
from pipeline.publish.rows import PublishedSettings
from pipeline.sources.fetch import is_url
from pipeline.store.stage_cache import BYTES_PER_GB, DEFAULT_MAX_GB, default_folder


@checked_dataclass(config=PLUGIN)
class RunSettings:
    """The `run` section: see `configs/run.yaml`."""

    name: str
    overwrite: bool = False
    grow: bool | Literal["from_now"] = False
    join: bool = False
    max_reject_rate: Annotated[float, Field(ge=0, le=1)] = 0.5
    claim_seconds: PositiveFloat = 60.0
    allow_external_code: bool = False


@checked_dataclass(config=PLUGIN)
class AnnotateSettings:
    """The `annotate` section: articles that go through the stages together."""

    batch_rows: PositiveInt = 32


@checked_dataclass(config=PLUGIN)
class CacheSettings:
    """The `cache` section: where results of stages are kept for other runs, how many GB, and
    whether those of engines are kept as well."""

    path: str | None = None
    max_gb: NonNegativeFloat = DEFAULT_MAX_GB
    engines: bool = False


@checked_dataclass(config=PLUGIN)
class PathSettings:
    """The `paths` section."""

    runs: str


@dataclass(frozen=True)
class RunConfig:
    """A configuration of `dateline run`, or of one of its steps, which lacks what it does not need.

    With `show` the rows are printed at the end.

    `nodes` are those of plug-ins by section, without what is switched off. Of them, `engine` and
    `selection` are only recorded: those of a stage stand in its own node.
    """

    run: RunSettings
    paths: PathSettings
    ingest: IngestSettings | None
    annotate: AnnotateSettings
    cache: CacheSettings
    topic_labels: Node
    calibration: Node
    nodes: Mapping[str, Node]
    publish: Mapping[str, Node | None] | None
    published: PublishedSettings = field(default_factory=PublishedSettings)
    show: bool = False

    def node(self, name: str) -> Node:
        """The node of a plug-in that there has to be.

        Raises:
            ConfigError: the section is not set.
        """
        if name not in self.nodes:
            raise ConfigError(_not_set(name))
        return self.nodes[name]

    def stages(self) -> AnnotateConfig:
        """What the stages are built from.

        Raises:
            ConfigError: a calibration is of no task, or of one that is switched off.
        """
        nodes = {name: self.nodes[name] for name in (ENCODER, *STAGES) if name in self.nodes}
        return AnnotateConfig(
            nodes,
            calibration_paths(self.calibration, nodes),
            self.annotate.batch_rows,
            str(Path(self.cache.path).expanduser() if self.cache.path else default_folder()),
            int(self.cache.max_gb * BYTES_PER_GB),
            self.cache.engines,
        )

    def recorded(self, step: str) -> dict[str, Node]:
        """The step's sections as they are kept in the run directory, without secrets."""
        sections: dict[str, Node] = {
            "run": asdict(self.run),
            "paths": asdict(self.paths),
            "annotate": asdict(self.annotate),
            "cache": asdict(self.cache),
            "topic_labels": self.topic_labels,
            "calibration": self.calibration,
            **self.nodes,
        }
        if self.ingest is not None:
            sections["ingest"] = asdict(self.ingest)
        if self.publish is not None:
            sections["publish"] = self.publish
            sections["published"] = asdict(self.published)
        source = self.nodes.get("source", {})
        if isinstance(source.get("path"), str):
            sections["source"] = {**source, "path": from_anywhere(str(source["path"]))}
        kept = {name: redacted(sections[name]) for name in _SECTIONS[step] if name in sections}
        return {name: section for name, section in kept.items() if isinstance(section, Mapping)}


_SHOW = "show"

SECTION_TYPES: Mapping[str, object] = {
    _SHOW: bool,
    "run": RunSettings,
    "annotate": AnnotateSettings,
    "cache": CacheSettings,
    "paths": PathSettings,
    "ingest": IngestSettings,
    "topic_labels": Mapping[str, str | None],
    "calibration": Mapping[str, str | None],
    "published": PublishedSettings,
}
"""What the sections take that are no plug-ins."""

_PLUGINS = ("source", ENCODER, *STAGES, "engine", "selection", "runner")

_SECTIONS: Mapping[str, tuple[str, ...]] = {
    "ingest": ("run", "paths", "source", "ingest"),
    "annotate": (
        "annotate", "cache", "topic_labels", ENCODER, *STAGES, "calibration", "engine",
        "selection", "runner",
    ),
    "publish": ("publish", "published"),
}  # fmt: skip
"""Sections of the configuration by the step that they belong to."""


def read_config(values: Mapping[str, object]) -> RunConfig:
    """The typed configuration of composed values.

    Raises:
        ConfigError: names the key that is unknown or has a wrong value, or whose `_target_` is code
            that may not run.
    """
    known = [_SHOW, *(section for sections in _SECTIONS.values() for section in sections)]
    for key in values:
        if key not in known:
            raise ConfigError(unknown_key(key, known))
    run = construct(RunSettings, _section(values, "run"), "run")
    check_targets(values, run.allow_external_code)
    publish = _optional(values, "publish")
    return RunConfig(
        run=run,
        paths=construct(PathSettings, _section(values, "paths"), "paths"),
        ingest=construct(IngestSettings, _section(values, "ingest"), "ingest")
        if "ingest" in values
        else None,
        annotate=construct(AnnotateSettings, _optional(values, "annotate") or {}, "annotate"),
        cache=construct(CacheSettings, _optional(values, "cache") or {}, "cache"),
        topic_labels=_optional(values, "topic_labels") or {},
        calibration=_optional(values, "calibration") or {},
        nodes={name: node for name in _PLUGINS if (node := _optional(values, name)) is not None},
        publish=None
        if publish is None
        else {name: _optional(publish, name, "publish.") for name in publish},
        published=construct(PublishedSettings, _optional(values, "published") or {}, "published"),
        show=values.get(_SHOW) is True,
    )


def from_anywhere(path: str) -> str:
    """A path or glob that means the same in every working directory; a hub name and a URL stay."""
    if is_url(path):
        return path
    place = Path(path).expanduser()
    if place.exists() or glob.has_magic(path):
        return str(Path.cwd() / place)
    return path


def _section(values: Mapping[str, object], key: str) -> Node:
    node = _optional(values, key)
    if node is None:
        raise ConfigError(_not_set(key))
    return node


def _optional(values: Mapping[str, object], key: str, above: str = "") -> Node | None:
    node = values.get(key)
    if node is not None and not isinstance(node, Mapping):
        raise ConfigError(_not_set(f"{above}{key}"))
    return node


def _not_set(key: str) -> str:
    return f"{key} is not set: choose one of the group, {key}=NAME"
