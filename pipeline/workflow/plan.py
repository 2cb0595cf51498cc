"""What a configuration of a run amounts to: source, stages, runner and publishers, each built once,
when a step first asks for it, and used by all steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path

from pipeline.annotate.plan import AnnotatePlan
from pipeline.annotate.reading import READING_VERSION
from pipeline.config.schema import build, plugin_keys
from pipeline.core.errors import ConfigError
from pipeline.core.fingerprint import semantic_keys
from pipeline.ingest.ingest import INGEST_VERSION
from pipeline.ingest.settings import IngestSettings
from pipeline.publish.base import Publisher
from pipeline.runners.base import Runner
from pipeline.sources.base import Source
from pipeline.workflow.config import RunConfig


class Plan:
    """The parts of one configuration. Asking for one raises `ConfigError` where it is wrong."""

    def __init__(self, config: RunConfig) -> None:
        self.config = config

    @cached_property
    def source(self) -> Source:
        return build(self.config.node("source"), "source", Source)

    def source_of(self, files: Sequence[Path]) -> Source:
        """The source, reading these files alone.

        Raises:
            ConfigError: it reads none.
        """
        node = self.config.node("source")
        if "path" not in node:
            raise ConfigError("run.grow=true: this source has no source.path, so nothing grows")
        return build({**node, "path": [str(file) for file in files]}, "source", Source)

    @cached_property
    def files(self) -> list[Path]:
        """The files of the source. Raises `InputError` where there are none of that name."""
        return self.source.files()

    @property
    def ingest(self) -> IngestSettings:
        if self.config.ingest is None:
            raise ConfigError("ingest is not set: choose one of the group, ingest=NAME")
        return self.config.ingest

    @cached_property
    def annotate(self) -> AnnotatePlan:
        """The stages with their engines. Its annotator raises as `plan_stages`."""
        return AnnotatePlan(self.config.stages())

    @cached_property
    def runner(self) -> Runner:
        return build(self.config.node("runner"), "runner", Runner)

    @cached_property
    def publishers(self) -> list[Publisher]:
        if self.config.publish is None:
            raise ConfigError("publish is not set: choose some of the group, publish=[NAME,...]")
        return [
            build(node, f"publish.{name}", Publisher)
            for name, node in self.config.publish.items()
            if node is not None
        ]

    def build(self) -> None:
        """Build every part, so that all that can be wrong with the configuration is found before
        anything is read or written."""
        _ = (self.files, self.ingest, self.runner, self.annotate.annotator, self.publishers)

    def ingest_keys(self, inputs: Mapping[str, object]) -> dict[str, object]:
        """What decides the article shards; `inputs` are the digests of the source's files.

        Raises:
            ConfigError: the source states no name and version.
        """
        identity = self.source.identity()
        if "reader" not in identity:
            raise ConfigError(
                f"source: {type(self.source).__name__}.identity() states no name and version of "
                'the reader, such as {"reader": "mine-1"}'
            )
        keys = {
            **plugin_keys(self.config.node("source"), "source"),
            **semantic_keys(identity, "identity.source"),
            **semantic_keys(
                asdict(self.ingest), "ingest", lambda _: IngestSettings.performance_fields
            ),
            **inputs,
            "ingest.version": INGEST_VERSION,
        }
        if inputs:
            # A run may go on where its input lies elsewhere: the digests say whether it is the one.
            keys.pop("source.path", None)
        return keys

    def annotate_keys(self, articles: str) -> dict[str, object]:
        """What decides the annotation shards; `articles` is the fingerprint of ingest."""
        return {
            "articles": articles,
            "annotate.batch_rows": self.config.annotate.batch_rows,
            "annotate.reading": READING_VERSION,
            **self.annotate.keys(),
        }
