"""The annotate step: one shard of articles through the stages, one after the other."""

from __future__ import annotations

import gc
import json
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from pipeline.article import ANNOTATION_SCHEMA, Article, Rejection, from_table, to_table
from pipeline.classify.encode import Encode
from pipeline.engines.base import EmbeddingEngine
from pipeline.errors import ConfigError, DatelineError, RunError
from pipeline.runs.directory import RunDirectory
from pipeline.runs.shards import Receipt, Reject
from pipeline.schema import build
from pipeline.stage import Stage

_LOG = logging.getLogger(__name__)

STAGES = ("region", "topic", "summarizer")
"""Config groups that hold a stage, in the order in which they run."""


def build_stages(config: Mapping[str, object]) -> dict[str, Stage]:
    """The stages that are switched on, by name, unopened; the encoder's first if one needs it.

    Raises:
        ConfigError: names the key that is wrong.
    """
    encoder_node = config.get("encoder")
    encoder = (
        build(encoder_node, "encoder", EmbeddingEngine)
        if isinstance(encoder_node, Mapping)
        else None
    )
    stages: dict[str, Stage] = {}
    for name in STAGES:
        node = config.get(name)
        if isinstance(node, Mapping):
            if "encoder" in node and node["encoder"] != encoder_node:
                raise ConfigError(f"{name}.encoder differs from encoder: set encoder.* instead")
            stages[name] = build(node, name, Stage, encoder=encoder)
    if encoder is not None and any(stage.needs_vector for stage in stages.values()):
        stages = {"encoder": Encode(encoder), **stages}
    return stages


class Annotator:
    """Opened stages and the loop that takes articles through them."""

    def __init__(self, stages: Mapping[str, Stage], batch_rows: int) -> None:
        self._stages = dict(stages)
        self._batch_rows = batch_rows
        self.seconds = dict.fromkeys(self._stages, 0.0)

    def open(self) -> None:
        """Open the stages, the last first: engines that load in the background get a head start."""
        # Frameworks make millions of objects while they are imported, and all of them stay: looking
        # through them for garbage took a third of the time.
        collecting = gc.isenabled()
        gc.disable()
        try:
            for stage in reversed(self._stages.values()):
                stage.open()
        finally:
            if collecting:
                gc.enable()

    def __call__(
        self, articles: Sequence[Article], progress: Callable[[int], None] = lambda rows: None
    ) -> list[Article]:
        """The articles annotated or rejected, in order; `progress` is told after each batch.

        Batches are cut by position alone, so that an article always has the same company and a
        model's floats come out the same.
        """
        done: list[Article] = []
        for start in range(0, len(articles), self._batch_rows):
            batch = list(articles[start : start + self._batch_rows])
            for name, stage in self._stages.items():
                begun = time.perf_counter()
                batch = self._through(name, stage, batch)
                self.seconds[name] += time.perf_counter() - begun
            done += [replace(article, vector=None) for article in batch]
            progress(len(batch))
        return done

    def _through(self, name: str, stage: Stage, batch: list[Article]) -> list[Article]:
        alive = [article for article in batch if article.rejection is None]
        annotated = list(_guarded(name, stage, alive))
        if [article.id for article in annotated] != [article.id for article in alive]:
            raise RunError(f"stage {name} did not give back the articles it was given, in order")
        results = iter(annotated)
        return [article if article.rejection else next(results) for article in batch]


def _guarded(name: str, stage: Stage, articles: list[Article]) -> Iterable[Article]:
    """The stage's result; when it fails on a batch, article by article, the culprit rejected."""
    if not articles:
        return []
    try:
        return stage(articles)
    except DatelineError:
        raise
    except Exception as error:  # whatever a model raises: quarantined, logged, and counted
        _LOG.warning("%s failed on %d articles", name, len(articles), exc_info=True)
        if len(articles) > 1:
            return [done for article in articles for done in _guarded(name, stage, [article])]
        reason = f"{name} failed on article {articles[0].id}"
        described = f"{type(error).__name__}: {error}"
        return [replace(articles[0], rejection=Rejection(name, reason, described))]


@dataclass(frozen=True, slots=True)
class ShardTask:
    """What a worker needs besides the config: where the run lies, and the steps' fingerprints."""

    runs: str
    name: str
    articles: str
    annotations: str
    batch_rows: int

    @property
    def directory(self) -> RunDirectory:
        return RunDirectory(Path(self.runs), self.name)


def run_shard(
    config: Mapping[str, object],
    task: ShardTask,
    shard: int,
    progress: Callable[[int], None] = lambda rows: None,
) -> Receipt:
    """Annotate one shard and store it; models are loaded once a process and configuration."""
    annotator = opened_annotator(config, task.batch_rows)
    articles = list(from_table(task.directory.articles(task.articles).read(shard)))
    before = dict(annotator.seconds)
    done = annotator(articles, progress)
    kept = [article for article in done if article.rejection is None]
    rejects = [_reject(article) for article in done if article.rejection is not None]
    counts = {"articles": len(done), "annotated": len(kept), "rejected": len(rejects)}
    spent = {name: round(s - before[name], 2) for name, s in annotator.seconds.items()}
    _LOG.info("annotated %s, seconds %s", counts, spent, extra={"shard": shard})
    store = task.directory.annotations(task.annotations)
    return store.write(shard, to_table(kept, ANNOTATION_SCHEMA), counts, rejects)


def opened_annotator(config: Mapping[str, object], batch_rows: int) -> Annotator:
    """The annotator of this process for a configuration, its models loaded at the first call."""
    return _opened(json.dumps(config, sort_keys=True), batch_rows)


@lru_cache(maxsize=1)
def _opened(config_json: str, batch_rows: int) -> Annotator:
    annotator = Annotator(build_stages(json.loads(config_json)), batch_rows)
    annotator.open()
    return annotator


def _reject(article: Article) -> Reject:
    assert article.rejection is not None
    rejection = article.rejection
    payload = json.dumps(
        {"id": article.id, "title": article.title, "text": article.text}, ensure_ascii=False
    )
    return Reject(article.id, rejection.stage, rejection.reason, rejection.error, payload)
