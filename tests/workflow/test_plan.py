"""The plan of a run: every part built once, whatever steps use it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

import pytest

from command import Outcome
from pipeline.config import schema
from pipeline.core.errors import ConfigError
from pipeline.workflow.config import read_config
from pipeline.workflow.plan import Plan

Command = Callable[..., Outcome]
MINIMAL = {"run": {"name": "x"}, "paths": {"runs": "runs"}}


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each class or function that a configuration names was called."""
    calls: Counter[str] = Counter()
    construct = schema.construct

    def counted(cls: type[object], values: Mapping[str, object], key: str) -> object:
        calls[cls.__name__] += 1
        return construct(cls, values, key)

    monkeypatch.setattr(schema, "construct", counted)
    return calls


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_builds_each_of_its_parts_once(
    dateline: Command, built: Counter[str], workers: int
) -> None:
    words = ("run", "run.name=once", "region=lexicon", "region.towns=false", "topic=descriptions",
             "summarizer=extractive", "ingest.limit=4", "ingest.shard_rows=2",
             f"runner.workers={workers}")  # fmt: skip
    done = dateline(*words)
    assert done.code == 0, done.err
    assert built == dict.fromkeys(
        ("sample_source", "LocalRunner", "SentenceEncoder", "LexiconRegion", "DescriptionTopic",
         "ExtractiveSummarizer", "ParquetPublisher", "JsonlPublisher", "CsvPublisher"), 1
    )  # fmt: skip


@pytest.mark.parametrize("part", ["source", "runner", "ingest", "publishers"])
def test_a_part_that_is_not_configured_is_said_when_it_is_needed(part: str) -> None:
    plan = Plan(read_config(MINIMAL))
    assert plan.annotate.annotator.stages == {}
    with pytest.raises(ConfigError, match=r"is not set: choose"):
        getattr(plan, part)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"runn": {}}, "unknown key 'runn': did you mean 'run'"),
        ({"paths": None}, "paths is not set"),
        ({"run": {"name": "x", "jion": True}}, "unknown key 'run.jion': did you mean 'run.join'"),
        ({"ingest": {"shard_rows": 0}}, "ingest.shard_rows=0"),
        ({"source": "csv"}, "source is not set"),
        ({"publish": {"jsonl": "yes"}}, "publish.jsonl is not set"),
        ({"source": {"_target_": "os.system"}}, "not a plug-in of Dateline"),
    ],
)
def test_a_configuration_is_typed_and_checked_once(values: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read_config({**MINIMAL, **values})
