"""The annotate step: batches, a stage that fails, what is kept, shards that come out the same."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from pipeline.annotate.annotator import Annotator
from pipeline.annotate.plan import (
    AnnotateConfig,
    AnnotatePlan,
    annotate_config,
    plan_stages,
    stage_keys,
)
from pipeline.annotate.planned import Decision, Planned
from pipeline.annotate.shard import ShardTask, run_shard
from pipeline.annotate.usage import Spent
from pipeline.article import (
    STORED_SCHEMA,
    Article,
    Region,
    Rejection,
    Topic,
    TopicScore,
    to_table,
)
from pipeline.calibrate.apply import decide
from pipeline.core.errors import ConfigError, ModelError, RunError, StoppedError
from pipeline.stage import Stage, Tokens, TopicThresholds
from pipeline.store.directory import RunDirectory
from pipeline.store.leases import Claims
from pipeline.store.stage_cache import StageCache


class Shout:
    """Writes the text in capitals as summary; chokes on texts that hold `poison`."""

    needs_vector: ClassVar[bool] = False

    def __init__(self, poison: str = "poison", error: Exception | None = None) -> None:
        self.poison = poison
        self._error = error or RuntimeError("choked")
        self.seen: list[list[str]] = []
        self.opened = 0

    def identity(self) -> Mapping[str, str]:
        return {"stage": "shout"}

    def open(self) -> None:
        self.opened += 1

    def tokens(self) -> Tokens:
        return Tokens(10 * len(self.seen), len(self.seen))

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        self.seen.append([article.id for article in articles])
        if any(self.poison in article.text for article in articles):
            raise self._error
        return [replace(article, summary=article.text.upper()) for article in articles]


class Place(Shout):
    """Gives even articles a region, odd ones none."""

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        super().__call__(articles)
        region = (Region("150", "Europe", "region", 0.5),)
        return [
            replace(article, region="150", regions=region) if int(article.id) % 2 == 0 else article
            for article in articles
        ]


class Embed(Shout):
    """Vectors that know their article."""

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        super().__call__(articles)
        return [replace(a, vector=np.full(3, int(a.id), np.float32)) for a in articles]


class Read(Shout):
    """Writes the first component of the vector as topic."""

    needs_vector: ClassVar[bool] = True

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        super().__call__(articles)
        return [
            replace(a, topic=str(a.vector[0]) if a.vector is not None else "none") for a in articles
        ]


def some(count: int, poisoned: Sequence[int] = ()) -> list[Article]:
    return [
        Article(id=str(n), text="poison" if n in poisoned else "fine", where=f"f:{n}")
        for n in range(count)
    ]


def planned(**stages: Stage) -> dict[str, Planned]:
    return {name: Planned(stage, {f"stages.{name}": 1}) for name, stage in stages.items()}


@pytest.fixture
def cache(tmp_path: Path) -> StageCache:
    return StageCache(tmp_path / "cache", 2**30)


def test_batches_are_cut_by_position_and_order_is_kept() -> None:
    stage = Shout()
    told: list[int] = []
    done = Annotator(planned(a=stage), batch_rows=2)(some(5), told.append)
    assert stage.seen == [["0", "1"], ["2", "3"], ["4"]]
    assert sum(told) == 5 and told[-3:] == [2, 2, 1]
    assert done.table["id"].to_pylist() == [str(n) for n in range(5)]
    assert done.table["summary"].to_pylist() == ["FINE"] * 5
    assert (done.spent.tokens_read, done.spent.tokens_written) == (30, 3)
    assert done.spent.articles == {"a": 5}


class Rank(Shout):
    """Gives every article a topic with its number as score, decides nothing, writes a summary."""

    decision_fields: ClassVar[frozenset[str]] = frozenset()

    def thresholds(self) -> TopicThresholds:
        return TopicThresholds(0.0)

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        return [
            replace(a, topic_scores=(TopicScore("q", "Q", int(a.id) / 10, Topic("n", "N", 0.1)),))
            for a in super().__call__(articles)
        ]


def test_labels_are_decided_anew_from_the_scores_that_are_kept(cache: StageCache) -> None:
    stage = Rank()

    def at(least: float) -> Planned:
        def decided(articles: Sequence[Article]) -> list[Article]:
            return [decide(article, None, TopicThresholds(least)) for article in articles]

        return Planned(stage, {"stages.a": 1}, Decision({"decisions.a": least}, decided))

    loose, strict = (Annotator({"a": at(least)}, 2, cache)(some(3)) for least in (0.1, 0.2))
    assert len(stage.seen) == 2 and strict.spent.cached == {"a": 3}
    assert loose.table["topic"].to_pylist() == [None, "n", "n"]
    assert strict.table["topic"].to_pylist() == [None, None, "n"]
    labels = ["topic", "topic_name", "topic_score", "topics"]
    assert strict.table.drop_columns(labels).equals(loose.table.drop_columns(labels))
    assert strict.table["summary"].to_pylist() == ["FINE"] * 3
    [first] = strict.table["topic_scores"].to_pylist()[0]
    assert first["score"] == 0.0 and first["narrower"]["qcode"] == "n"
    assert stage_keys({"a": at(0.3)}) == {"stages.a": 1, "decisions.a": 0.3}


def test_a_threshold_is_no_key_of_inference() -> None:
    node = {"_target_": "pipeline.region.lexicon.LexiconRegion", "towns": False}
    one, other = (
        plan_stages(AnnotateConfig({"region": {**node, "focus_ratio": ratio}}))["region"]
        for ratio in (0.1, 0.2)
    )
    assert one.keys == other.keys and one.keys["stages.region.towns"] is False
    assert one.decision is not None and one.decision.keys == {"decisions.region.focus_ratio": 0.1}
    assert one.row_keys != other.row_keys
    done = other(some(1))
    assert done[0].region_scores is not None and done[0].countries == ()


def test_what_no_stage_sets_is_as_in_an_article() -> None:
    table = Annotator(planned(a=Place()), 2)(some(3)).table
    blank = to_table(some(3), table.schema)
    assert table["region"].to_pylist() == ["150", None, "150"]
    assert table["regions"].to_pylist()[1] == []
    for name in set(table.column_names) - {"region", "regions"}:
        assert table[name].combine_chunks().equals(blank[name].combine_chunks()), name
    nothing = Annotator({}, 2)(some(3)).table
    assert nothing.equals(blank)


def test_a_stage_that_raises_on_one_article_rejects_only_that() -> None:
    after = Place(poison="never")
    done = Annotator(planned(first=Shout(), second=after), 4)(some(6, poisoned=[2]))
    assert done.table["id"].to_pylist() == ["0", "1", "3", "4", "5"]
    assert done.table["region"].to_pylist() == ["150", None, None, "150", None]
    [(row, rejection)] = done.rejections.items()
    assert row == 2
    assert replace(rejection, frame=None) == Rejection(
        "first", "first failed on article 2", "RuntimeError: choked"
    )
    assert rejection.frame is not None
    assert rejection.frame.startswith("pipeline/annotate/planned.py:")
    assert after.seen == [["0", "1", "3"], ["4", "5"]]


def test_an_error_of_ours_stops_the_run() -> None:
    with pytest.raises(ModelError):
        Annotator(planned(a=Shout(error=ModelError("no weights"))), 4)(some(2, poisoned=[0]))


def test_stages_do_not_see_each_other_and_may_not_write_the_same() -> None:
    with pytest.raises(RunError, match="stages a and b both set summary"):
        Annotator(planned(a=Shout(), b=Shout()), 4)(some(2))


def test_vectors_reach_the_stages_that_need_them() -> None:
    done = Annotator(planned(encoder=Embed(), a=Read()), 2)(some(3))
    assert done.table["topic"].to_pylist() == ["0.0", "1.0", "2.0"]
    encoder = Embed()
    Annotator(planned(encoder=encoder, a=Shout()), 2)(some(3))
    assert encoder.seen == [] and encoder.opened == 0


def test_results_are_used_again(cache: StageCache) -> None:
    articles = some(5)
    first = Annotator(planned(encoder=Embed(), a=Place(), b=Read()), 2, cache)(articles)
    stages = {"encoder": Embed(), "a": Place(), "b": Read()}
    again = Annotator(planned(**stages), 2, cache)(articles)
    assert again.table.equals(first.table)
    assert again.spent.cached == {"a": 5, "b": 5} and not again.spent.articles
    assert [stage.opened for stage in stages.values()] == [0, 0, 0]
    assert Annotator(planned(**stages), 3, cache).is_known()

    changed = {**planned(**stages), "b": Planned(stages["b"], {"stages.b": 2})}
    assert not Annotator(changed, 2, cache).is_known()
    third = Annotator(changed, 2, cache)(articles)
    assert third.table.equals(first.table)
    assert stages["a"].seen == stages["encoder"].seen == []
    assert stages["b"].seen == [["0", "1"], ["2", "3"], ["4"]]


@pytest.mark.parametrize(
    "change",
    [
        lambda articles: articles[:4],
        lambda articles: articles[::-1],
        lambda articles: [replace(articles[0], text="fine."), *articles[1:]],
        lambda articles: [replace(articles[0], language="de"), *articles[1:]],
    ],
)
def test_other_articles_share_nothing(
    change: Callable[[list[Article]], list[Article]], cache: StageCache
) -> None:
    Annotator(planned(a=Shout()), 2, cache)(some(5))
    stage = Shout()
    Annotator(planned(a=stage), 2, cache)(change(some(5)))
    assert stage.seen


def test_other_company_shares_nothing_and_another_place_does(cache: StageCache) -> None:
    Annotator(planned(a=Shout()), 2, cache)(some(5))
    stage = Shout()
    Annotator(planned(a=stage), 3, cache)(some(5))
    assert stage.seen
    moved = [replace(article, where="elsewhere") for article in some(5)]
    stage.seen.clear()
    Annotator(planned(a=stage), 2, cache)(moved)
    assert not stage.seen


def test_a_failure_is_not_kept(cache: StageCache) -> None:
    stage = Shout()
    assert Annotator(planned(a=stage), 2, cache)(some(4, poisoned=[3])).rejections
    stage.poison = "over"
    done = Annotator(planned(a=stage), 2, cache)(some(4, poisoned=[3]))
    assert not done.rejections and done.table["summary"].to_pylist()[3] == "POISON"


def test_a_stage_that_a_rejection_makes_necessary_is_opened(cache: StageCache) -> None:
    articles = some(4, poisoned=[3])
    Annotator(planned(a=Place(poison="never"), b=Shout(poison="never")), 2, cache)(articles)
    second = Shout(poison="never")
    changed = {
        "a": Planned(Place(), {"stages.a": 2}),
        "b": Planned(second, {"stages.b": 1}),
    }
    done = Annotator(changed, 2, cache)(articles)
    assert list(done.rejections) == [3]
    assert second.opened == 1 and second.seen == [["0", "1"], ["2"]]


def test_after_an_end_the_finished_batches_are_not_done_again(cache: StageCache) -> None:
    before = Annotator(planned(a=Shout()), 2)(some(7))
    stage = Shout()
    told: list[int] = []
    with pytest.raises(StoppedError) as stopped:
        Annotator(planned(a=stage), 2, cache)(some(7), told.append, lambda: len(stage.seen) == 2)
    assert sum(told) == 4
    spent = pickle.loads(pickle.dumps(stopped.value)).spent  # as it comes from a worker
    assert isinstance(spent, Spent)
    assert spent.articles == {"a": 4} and spent.tokens_written == 2
    again = Shout()
    told.clear()
    done = Annotator(planned(a=again), 2, cache)(some(7), told.append)
    assert again.seen == [["4", "5"], ["6"]] and sum(told) == 7
    assert done.table.equals(before.table)
    assert done.spent.cached == {"a": 4}


def test_what_is_finished_is_kept_from_time_to_time(
    cache: StageCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill, which no one can prepare for, costs half a minute of a stage and no more."""
    monkeypatch.setattr("pipeline.annotate.annotator._KEEP_EVERY", -1.0)

    class Killed(Shout):
        def __call__(self, articles: Sequence[Article]) -> list[Article]:
            if len(self.seen) == 2:
                raise KeyboardInterrupt
            return super().__call__(articles)

    with pytest.raises(KeyboardInterrupt):
        Annotator(planned(a=Killed()), 2, cache)(some(7))
    again = Shout()
    Annotator(planned(a=again), 2, cache)(some(7))
    assert again.seen == [["4", "5"], ["6"]]


def test_stages_are_those_that_are_switched_on_in_their_order() -> None:
    lead = {"_target_": "pipeline.summarize.lead.LeadSummarizer"}
    region = {"_target_": "pipeline.region.lexicon.LexiconRegion"}
    given = annotate_config({"summarizer": lead, "region": region, "topic": None})
    assert list(plan_stages(given)) == [
        "region", "summarizer"
    ]  # fmt: skip
    assert plan_stages(annotate_config({})) == {}
    with pytest.raises(ConfigError, match=r"summarizer\.max_wrds.*max_words"):
        plan_stages(AnnotateConfig({"summarizer": {**lead, "max_wrds": 3}}))


@pytest.fixture
def task(tmp_path: Path) -> ShardTask:
    """A shard of three, of which the second is poisoned."""
    task = ShardTask(str(tmp_path), "r", "i", "a")
    articles, _ = task.stores()
    articles.write(0, to_table(some(3, poisoned=[1]), STORED_SCHEMA), {})
    return task


@pytest.fixture
def plan() -> AnnotatePlan:
    plan = AnnotatePlan(AnnotateConfig({}))
    plan.annotator = Annotator(planned(shout=Shout()), batch_rows=2)
    return plan


def test_a_shard_is_stored_with_its_rejects(task: ShardTask, plan: AnnotatePlan) -> None:
    result = run_shard(plan, task, 0)
    assert result is not None
    assert result.receipt.counts == {"articles": 3, "annotated": 2, "rejected": 1}
    _, annotations = task.stores()
    table = annotations.read(0)
    assert table["id"].to_pylist() == ["0", "2"]
    assert table["summary"].to_pylist() == ["FINE", "FINE"]
    [reject] = annotations.rejects(0)
    assert (reject.where, reject.id, reject.stage, reject.attempts) == ("f:1", "1", "shout", 1)
    assert json.loads(reject.payload) == {"title": None, "text": "poison"}


def test_a_shard_is_done_once(task: ShardTask, plan: AnnotatePlan) -> None:
    directory = RunDirectory(Path(task.runs), task.name)
    with Claims(directory.claims).session(False) as claims:
        mine = replace(task, owner=claims.token)
        assert claims.claim("annotate-00000")
        assert run_shard(plan, mine, 0) is None
        claims.release("annotate-00000")
        first = run_shard(plan, mine, 0)
        again = run_shard(plan, mine, 0)
    assert first is not None and again is not None
    assert again.receipt == first.receipt and not again.spent.articles
