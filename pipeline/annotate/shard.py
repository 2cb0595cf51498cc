"""The annotate step: which stages a configuration means, and one shard of articles through them."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.annotate.annotator import ENCODER, Annotator, Planned
from pipeline.annotate.calibrations import calibration_paths, decision_of
from pipeline.annotate.encode import Encode
from pipeline.annotate.engine_cache import remembered, remembered_engines
from pipeline.annotate.usage import Spent
from pipeline.article import Article, Rejection, from_table
from pipeline.config.schema import build, plugin_keys
from pipeline.core.digest import digest_of
from pipeline.core.errors import ConfigError
from pipeline.core.fingerprint import semantic_keys
from pipeline.core.secrets import redacted
from pipeline.core.stopping import never
from pipeline.engines.base import EmbeddingEngine
from pipeline.stage import Scores, Stage
from pipeline.store.directory import RunDirectory
from pipeline.store.leases import Claims, Member
from pipeline.store.shards import Receipt, Reject, ShardStore
from pipeline.store.stage_cache import StageCache

_LOG = logging.getLogger(__name__)

STAGES = ("region", "topic", "summarizer")
"""Config groups that hold a stage, in the order in which they run."""


def plan_stages(
    config: Mapping[str, object], memory: StageCache | None = None
) -> dict[str, Planned]:
    """The stages that are switched on, by name, unopened; the encoder's first if one needs it.

    With a `memory` their engines remember what they said.

    Raises:
        ConfigError: names the key that is wrong.
        ModelError: a model or calibration is missing, or not of this back end.
    """
    encoder_node = config.get(ENCODER)
    encoder = (
        build(encoder_node, ENCODER, EmbeddingEngine) if isinstance(encoder_node, Mapping) else None
    )
    if memory is not None and isinstance(encoder_node, Mapping):
        encoder = cast("EmbeddingEngine", remembered(encoder_node, ENCODER, memory))
    stages: dict[str, Planned] = {}
    calibrations = calibration_paths(config)
    for name in STAGES:
        node = config.get(name)
        if isinstance(node, Mapping):
            # null is a stage's own wish to do without.
            if node.get(ENCODER) is not None and node[ENCODER] != encoder_node:
                raise ConfigError(f"{name}.encoder differs from encoder: set encoder.* instead")
            shared: dict[str, object] = {ENCODER: encoder} if node.get(ENCODER) else {}
            if memory is not None:
                shared |= remembered_engines(node, name, memory)
            stage = build(node, name, Stage, **shared)
            stages[name] = _planned(name, node, stage, calibrations.get(name))
    needy = [name for name, planned in stages.items() if planned.stage.needs_vector]
    if not needy:
        return stages
    if encoder is None or not isinstance(encoder_node, Mapping):
        raise ConfigError(f"{needy[0]} needs the articles' vectors: choose an encoder=NAME")
    return {ENCODER: _planned(ENCODER, encoder_node, Encode(encoder)), **stages}


def _planned(
    name: str, node: Mapping[str, object], stage: Stage, calibration: str | None = None
) -> Planned:
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


@dataclass(frozen=True, slots=True)
class AnnotatorSettings:
    """Articles that go through the stages together, the folder and bound of the cache, and whether
    engines use it too."""

    batch_rows: int
    cache: str | None = None
    cache_bytes: int = 0
    remember: bool = False


@dataclass(frozen=True, slots=True)
class ShardTask:
    """What a worker needs besides the config: where the run lies, the steps' fingerprints, and in
    whose name shards are claimed (nobody's where there is no one else)."""

    runs: str
    name: str
    articles: str
    annotations: str
    settings: AnnotatorSettings
    owner: str | None = None
    claim_seconds: float = 60.0

    @property
    def directory(self) -> RunDirectory:
        return RunDirectory(Path(self.runs), self.name)

    def stores(self) -> tuple[ShardStore, ShardStore]:
        """Articles and annotations."""
        articles = self.directory.articles(self.articles)
        return articles, self.directory.annotations(self.annotations, articles)


@dataclass(frozen=True)
class ShardResult:
    """An annotated shard's receipt, and what it cost."""

    receipt: Receipt
    spent: Spent


def run_shard(
    config: Mapping[str, object],
    task: ShardTask,
    shard: int,
    progress: Callable[[int], None] = lambda rows: None,
    stopping: Callable[[], bool] = never,
) -> ShardResult | None:
    """Annotate one shard and store it; None if another process is at it.

    Raises:
        StoppedError: `stopping` said so; what was finished is in the cache.
    """
    if task.owner is None:
        return _run_shard(config, task, shard, progress, stopping)
    claims = _member(task.directory.claims, task.owner, task.claim_seconds)
    name = claim_name(shard)
    if not claims.claim(name):
        return None
    try:
        return _run_shard(config, task, shard, progress, stopping)
    finally:
        claims.release(name)


def claim_name(shard: int) -> str:
    """What a process claims to annotate a shard."""
    return f"annotate-{shard:05d}"


@lru_cache(maxsize=1)
def _member(folder: Path, owner: str, expiry: float) -> Member:
    """One a process, for it remembers what it saw of other hosts."""
    return Claims.member(folder, owner, expiry)


def _run_shard(
    config: Mapping[str, object],
    task: ShardTask,
    shard: int,
    progress: Callable[[int], None],
    stopping: Callable[[], bool],
) -> ShardResult:
    articles, annotations = task.stores()
    done = annotations.receipt(shard)  # another may have finished it before the claim was ours
    if done is not None:
        progress(done.counts["articles"])
        return ShardResult(done, Spent())
    given = list(from_table(articles.read(shard)))
    result = annotator_of(config, task.settings)(given, progress, stopping)
    rejects = [
        rejected(given[row], rejection) for row, rejection in sorted(result.rejections.items())
    ]
    counts = outcome_counts(len(given), len(rejects))
    receipt = annotations.write(shard, result.table, counts, rejects)
    seconds = {name: round(value, 3) for name, value in result.spent.seconds.items()}
    cached = {name: rows for name, rows in result.spent.cached.items() if rows}
    _LOG.info(
        "annotated %s, seconds %s, from the cache %s", counts, seconds, cached,
        extra={"shard": shard},
    )  # fmt: skip
    return ShardResult(receipt, result.spent)


def retry_shard(
    config: Mapping[str, object],
    task: ShardTask,
    shard: int,
    stopping: Callable[[], bool] = never,
) -> ShardResult:
    """Annotate once more the articles of a shard that were rejected, and merge what comes out."""
    articles, annotations = task.stores()
    before = {reject.id: reject for reject in annotations.rejects(shard)}
    given = list(from_table(articles.read(shard)))
    again = [article for article in given if article.id in before]
    result = annotator_of(config, task.settings)(again, stopping=stopping, cached=False)
    rejects = [
        rejected(again[row], rejection, before[again[row].id].attempts + 1)
        for row, rejection in sorted(result.rejections.items())
    ]
    merged = pa.concat_tables([annotations.read(shard), result.table]).combine_chunks()
    places = pc.index_in(pa.array([article.id for article in given]), merged["id"].combine_chunks())
    counts = outcome_counts(len(given), len(rejects))
    receipt = annotations.write(shard, merged.take(places.drop_null()), counts, rejects)
    return ShardResult(receipt, result.spent)


def outcome_counts(articles: int, rejects: int) -> dict[str, int]:
    """Articles of a shard by outcome."""
    return {"articles": articles, "annotated": articles - rejects, "rejected": rejects}


def rejected(article: Article, rejection: Rejection, attempts: int = 1) -> Reject:
    """The dead letter of an article that a stage refused."""
    payload = {"title": article.title, "text": article.text}
    return Reject(
        where=article.where or article.id,
        payload=json.dumps(payload, ensure_ascii=False),
        attempts=attempts,
        id=article.id,
        stage=rejection.stage,
        reason=redacted(rejection.reason),
        error=redacted(rejection.error),
        frame=rejection.frame,
    )


def annotator_of(config: Mapping[str, object], settings: AnnotatorSettings) -> Annotator:
    """This process's annotator for a configuration: its models are loaded once."""
    files = [Path(path).expanduser() for path in calibration_paths(config).values()]
    digests = tuple(digest_of(file) for file in files if file.is_file())
    return _annotator(json.dumps(config, sort_keys=True), settings, digests)


@lru_cache(maxsize=1)
def _annotator(
    config_json: str, settings: AnnotatorSettings, calibrations: tuple[str, ...]
) -> Annotator:
    """`calibrations` are the digests of files that may be fitted anew within a process."""
    cache = None
    if settings.cache is not None and settings.cache_bytes:
        cache = StageCache(Path(settings.cache), settings.cache_bytes)
    stages = plan_stages(json.loads(config_json), cache if settings.remember else None)
    return Annotator(stages, settings.batch_rows, cache)


def stage_keys(stages: Mapping[str, Planned]) -> dict[str, object]:
    """What decides the annotations besides the articles and their company."""
    return {key: value for planned in stages.values() for key, value in planned.row_keys.items()}
