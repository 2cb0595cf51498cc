"""The local runner: one worker and several give the same files; one that dies is no traceback."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.annotate.plan import AnnotateConfig, AnnotatePlan
from pipeline.annotate.shard import ShardResult, ShardTask
from pipeline.article import ARTICLE_SCHEMA, Article, to_table
from pipeline.core.errors import ConfigError, DatelineError, RunError
from pipeline.core.stopping import never
from pipeline.runners.local import LocalRunner
from pipeline.store.directory import RunDirectory
from pipeline.store.shards import Receipt

LEAD = {"_target_": "pipeline.summarize.lead.LeadSummarizer", "min_words": 3}
SHARDS = 3


@pytest.fixture
def task(tmp_path: Path) -> Callable[[str], ShardTask]:
    """A run with articles, ready to be annotated."""

    def make(name: str) -> ShardTask:
        store = RunDirectory(tmp_path, name).articles("i")
        for shard in range(SHARDS):
            articles = [
                Article(id=f"{shard}-{n}", text=f"The mayor of Cork spoke {n} times. Nobody came.")
                for n in range(4)
            ]
            store.write(shard, to_table(articles, ARTICLE_SCHEMA), {"articles": 4})
        return ShardTask(str(tmp_path), name, "i", "a")

    return make


@pytest.fixture
def plan() -> AnnotatePlan:
    return AnnotatePlan(AnnotateConfig({"summarizer": LEAD}, batch_rows=2))


def receipts(results: list[ShardResult | None]) -> dict[int, Receipt]:
    return {result.receipt.shard: result.receipt for result in results if result is not None}


def annotations(task: ShardTask) -> dict[str, bytes]:
    folder = task.directory.path / "annotations"
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_workers_do_not_change_a_byte(task: Callable[[str], ShardTask], plan: AnnotatePlan) -> None:
    told: list[int] = []
    one, two = task("one"), task("two")
    runner = LocalRunner(workers=1)
    runner.prepare(plan)
    first = list(runner.run(plan, one, range(SHARDS), told.append, never))
    second = list(LocalRunner(workers=2).run(plan, two, range(SHARDS), told.append, never))
    assert receipts(first) == receipts(second)
    assert len(annotations(one)) == 2 * SHARDS
    assert annotations(one) == annotations(two)
    assert sum(told) == 2 * 4 * SHARDS
    assert '"run": "two"' in two.directory.log.read_text()


def test_only_the_shards_asked_for(task: Callable[[str], ShardTask], plan: AnnotatePlan) -> None:
    run = task("some")
    list(LocalRunner().run(plan, run, [1], silent, never))
    assert sorted(annotations(run)) == ["00001.parquet", "00001.receipt.json"]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_stage_that_cannot_be_built(workers: int, task: Callable[[str], ShardTask]) -> None:
    wrong = AnnotatePlan(AnnotateConfig({"summarizer": {"_target_": "pipeline.nowhere.Stage"}}))
    with pytest.raises(ConfigError, match=r"summarizer\._target_=pipeline\.nowhere\.Stage"):
        list(LocalRunner(workers).run(wrong, task("wrong"), range(SHARDS), silent, never))


def silent(rows: int) -> None:
    pass


def _die(task: ShardTask, shard: int) -> ShardResult:
    os._exit(9)


def _refuse(task: ShardTask, shard: int) -> ShardResult:
    raise RunError(f"shard {shard} is gone")


@pytest.mark.parametrize(
    ("work", "said"), [(_die, "smaller runner.workers"), (_refuse, r"shard \d is gone")]
)
def test_a_worker_that_dies_or_refuses(
    work: object,
    said: str,
    task: Callable[[str], ShardTask],
    plan: AnnotatePlan,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pipeline.runners.local._work", work)
    with pytest.raises(DatelineError, match=said):
        list(LocalRunner(workers=2).run(plan, task("dead"), range(SHARDS), silent, never))
