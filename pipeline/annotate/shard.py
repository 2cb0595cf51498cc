"""The annotate step: one shard of articles through the stages of a plan."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.annotate.plan import AnnotatePlan
from pipeline.annotate.usage import Spent
from pipeline.article import Article, Rejection, from_table
from pipeline.core.secrets import redacted
from pipeline.core.stopping import never
from pipeline.store.directory import RunDirectory
from pipeline.store.members import Member
from pipeline.store.shards import Receipt, Reject, ShardStore

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ShardTask:
    """What a worker needs besides the stages: where the run lies, the steps' fingerprints, and in
    whose name shards are claimed (nobody's where there is no one else)."""

    runs: str
    name: str
    articles: str
    annotations: str
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
    plan: AnnotatePlan,
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
        return _run_shard(plan, task, shard, progress, stopping)
    claims = _member(task.directory.claims, task.owner, task.claim_seconds)
    name = claim_name(shard)
    if not claims.claim(name):
        return None
    try:
        return _run_shard(plan, task, shard, progress, stopping)
    finally:
        claims.release(name)


def claim_name(shard: int) -> str:
    """What a process claims to annotate a shard."""
    return f"annotate-{shard:05d}"


_member = lru_cache(maxsize=1)(Member)
"""One a process, for it remembers what it saw of other hosts."""


def _run_shard(
    plan: AnnotatePlan,
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
    result = plan.annotator(given, progress, stopping)
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
    plan: AnnotatePlan,
    task: ShardTask,
    shard: int,
    stopping: Callable[[], bool] = never,
) -> ShardResult:
    """Annotate once more the articles of a shard that were rejected, and merge what comes out."""
    articles, annotations = task.stores()
    before = {reject.id: reject for reject in annotations.rejects(shard)}
    given = list(from_table(articles.read(shard)))
    again = [article for article in given if article.id in before]
    result = plan.annotator(again, stopping=stopping, cached=False)
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
