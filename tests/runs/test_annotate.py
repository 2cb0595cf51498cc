"""The annotate step: batches, a stage that fails, and shards that come out the same."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.article import ARTICLE_SCHEMA, Article, Rejection, to_table
from pipeline.errors import ConfigError, ModelError
from pipeline.runs.annotate import Annotator, ShardTask, build_stages, run_shard
from pipeline.runs.directory import RunDirectory
from pipeline.runs.shards import read_rejects


class Shout:
    """Writes the text in capitals as summary; chokes on texts that hold `poison`."""

    needs_vector = False

    def __init__(self, poison: str = "poison", error: Exception | None = None) -> None:
        self._poison = poison
        self._error = error or RuntimeError("choked")
        self.seen: list[list[str]] = []

    def identity(self) -> Mapping[str, str]:
        return {"stage": "shout"}

    def open(self) -> None:
        pass

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        self.seen.append([article.id for article in articles])
        if any(self._poison in article.text for article in articles):
            raise self._error
        return [replace(article, summary=article.text.upper()) for article in articles]


def some(count: int, poisoned: Sequence[int] = ()) -> list[Article]:
    return [Article(id=str(n), text="poison" if n in poisoned else "fine") for n in range(count)]


def test_batches_are_cut_by_position_and_order_is_kept() -> None:
    stage = Shout()
    told: list[int] = []
    done = Annotator({"a": stage}, batch_rows=2)(some(5), told.append)
    assert stage.seen == [["0", "1"], ["2", "3"], ["4"]]
    assert told == [2, 2, 1]
    assert [(article.id, article.summary) for article in done] == [
        (str(n), "FINE") for n in range(5)
    ]


def test_a_stage_that_raises_on_one_article_rejects_only_that() -> None:
    after = Shout(poison="never")
    done = Annotator({"first": Shout(), "second": after}, batch_rows=4)(some(6, poisoned=[2]))
    assert [article.id for article in done] == [str(n) for n in range(6)]
    assert [article.rejection is None for article in done] == [True, True, False, True, True, True]
    assert done[2].rejection == Rejection(
        "first", "first failed on article 2", "RuntimeError: choked"
    )
    assert after.seen == [["0", "1", "3"], ["4", "5"]]


def test_an_error_of_ours_stops_the_run() -> None:
    with pytest.raises(ModelError):
        Annotator({"a": Shout(error=ModelError("no weights"))}, 4)(some(2, poisoned=[0]))


def test_stages_are_those_that_are_switched_on_in_their_order() -> None:
    lead = {"_target_": "pipeline.summarize.lead.LeadSummarizer"}
    region = {"_target_": "pipeline.classify.lexicon.LexiconRegion"}
    assert list(build_stages({"summarizer": lead, "region": region, "topic": None})) == [
        "region", "summarizer"
    ]  # fmt: skip
    assert build_stages({}) == {}
    with pytest.raises(ConfigError, match=r"summarizer\.max_wrds.*max_words"):
        build_stages({"summarizer": {**lead, "max_wrds": 3}})


def test_a_shard_is_stored_with_its_rejects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "pipeline.runs.annotate.opened_annotator",
        lambda config, rows: Annotator({"shout": Shout()}, rows),
    )
    run = RunDirectory(tmp_path, "r")
    run.articles("i").write(0, to_table(some(3, poisoned=[1]), ARTICLE_SCHEMA), {})
    receipt = run_shard({}, ShardTask(str(tmp_path), "r", "i", "a", 2), 0)
    assert receipt.counts == {"articles": 3, "annotated": 2, "rejected": 1}
    table = run.annotations("a").read(0)
    assert table["id"].to_pylist() == ["0", "2"]
    assert table["summary"].to_pylist() == ["FINE", "FINE"]
    [reject] = read_rejects(run.rejects)
    assert (reject.where, reject.stage) == ("1", "shout")
    assert json.loads(reject.payload) == {"id": "1", "title": None, "text": "poison"}
