"""What decides a step's output: every key of the configuration, one by one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import field
from functools import cache
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic.dataclasses import dataclass

from pipeline.annotate.annotator import Annotator
from pipeline.annotate.plan import AnnotateConfig, annotate_config, plan_stages, stage_keys
from pipeline.article import Article
from pipeline.config.compose import composed
from pipeline.config.schema import PLUGIN, plugin_keys
from pipeline.core.errors import ConfigError
from pipeline.core.fingerprint import fingerprint, semantic_keys
from pipeline.engines.generation.echo import EchoEngine
from pipeline.sources.csv import CsvSource
from pipeline.workflow.config import read_config
from pipeline.workflow.plan import Plan
from pipeline.workflow.reading import input_keys

Config = dict[str, object]

OVERRIDES = ("source=csv", "ingest.languages=[en]", "engine.threads=2")
"""A configuration with as many kinds of values as there are."""

NOTHING = {
    "show", "run.name", "run.overwrite", "run.join", "run.max_reject_rate", "run.claim_seconds",
    "run.allow_external_code", "run.grow", "published.since", "published.duplicates",
    "ingest.workers", "paths.runs", "cache.path", "cache.max_gb", "cache.engines",
    "runner._target_", "runner.workers", "publish.parquet._target_", "publish.parquet.file",
    "publish.parquet.row_group", "publish.jsonl._target_", "publish.jsonl.file",
    "publish.csv._target_", "publish.csv.file", "publish.csv.bom",
    "source.path",  # the digests of what lies there count
    "source.allow_private", "source.max_mb", "source.seconds",  # and of what came from there
    # The engine counts where the summarizer has it, so that it does not without a summarizer.
    "engine._target_", "engine.precision", "engine.max_batch_tokens", "engine.max_sequences",
    "engine.cache_tokens", "engine.threads",
    "topic_labels.path",  # and so do labels of one's own, where the topic stage has them
    "calibration.topic", "calibration.region",  # what lies there counts
    # So does the policy.
    "selection.policy", "selection.candidates", "selection.temperature", "selection.top_p",
    "selection.min_support", "selection.longest_source", "selection.seed",
}  # fmt: skip
"""Keys that move no byte of the shards."""

PERFORMANCE = {
    "encoder.batch_tokens", "topic.encoder.batch_tokens", "summarizer.encoder.batch_tokens",
    "summarizer.engine.max_batch_tokens", "summarizer.engine.max_sequences",
    "summarizer.engine.cache_tokens", "summarizer.engine.threads",
}  # fmt: skip
"""Keys of stages that move speed and memory alone."""

INGEST = ("source.", "ingest.")

OTHER: Mapping[str, object] = {
    "ingest.limit": 5, "ingest.max_words": 5, "ingest.boilerplate": ["byline"]
}  # fmt: skip
"""Values that are allowed, where none can be made of the default."""


@cache
def base() -> str:
    return json.dumps(composed("run", OVERRIDES).values())


def config() -> Config:
    values: Config = json.loads(base())
    return values


def leaves(node: Mapping[str, object], prefix: str = "") -> Iterator[str]:
    for name, value in node.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def changed(key: str) -> Config:
    """The configuration with another value of the same kind at the key."""
    values = config()
    *path, last = key.split(".")
    node: Config = values
    for name in path:
        node = node[name]  # type: ignore[assignment]
    node[last] = OTHER[key] if key in OTHER else other(node[last])
    if key.startswith("encoder."):  # the stages share it by interpolation
        for stage in ("topic", "summarizer"):
            values[stage]["encoder"] = deepcopy(values["encoder"])  # type: ignore[index]
    if key.startswith("topic.encoder."):
        values["encoder"] = deepcopy(values["topic"]["encoder"])  # type: ignore[index]
    return values


def other(value: object) -> object:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value / 2 if isinstance(value, float) else value + 1
    if isinstance(value, list):
        return [*value, "de"]
    return {None: "other", "auto": "f32", "all-minilm-l6-v2": "smollm2-135m-instruct"}.get(
        value,  # type: ignore[arg-type]
        f"{value}2",
    )


def prints(values: Config) -> tuple[str, str]:
    """Fingerprints of ingest and annotate, without building the stages: a model need not be
    there."""
    plan = Plan(read_config(values))
    plan.source = Plan(read_config(config())).source
    ingest = fingerprint(plan.ingest_keys({"input.a.csv": "12"}))
    plan.annotate.annotator = Annotator({}, plan.config.annotate.batch_rows)
    keys = plan.annotate_keys(ingest) | plugin_keys(plan.annotate.config.nodes, "stages")
    return ingest, fingerprint(keys)


@pytest.mark.parametrize("key", sorted(k for k in leaves(config()) if "_target_" not in k))
def test_every_key_of_the_configuration(key: str) -> None:
    (ingest, annotate), (new_ingest, new_annotate) = prints(config()), prints(changed(key))
    assert (ingest != new_ingest) == (key.startswith(INGEST) and key not in NOTHING)
    assert (annotate != new_annotate) == (key not in NOTHING | PERFORMANCE)


@pytest.mark.parametrize(
    ("override", "key"),
    [
        ("selection.seed=2", "seed"),
        ("selection.candidates=2", "candidates"),
        ("selection=flag", "policy"),
        ("selection.policy=[drop]", "policy"),
    ],
)
def test_the_policy_reaches_the_summarizer_and_no_other_stage(override: str, key: str) -> None:
    before, after = (
        plugin_keys(annotate_config(values).nodes, "stages")
        for values in (config(), composed("run", [*OVERRIDES, override]).values())
    )
    differ = {name for name in before | after if before.get(name) != after.get(name)}
    assert f"stages.summarizer.selection.{key}" in differ
    assert all(name.startswith("stages.summarizer.selection.") for name in differ)


def test_the_keys_of_the_stages_are_those_of_their_nodes() -> None:
    """What `prints` leaves out: that planned stages carry these keys, and their identity."""
    stages = annotate_config(config())
    keys = stage_keys(plan_stages(stages))
    inferred = plugin_keys(stages.nodes, "stages")
    thresholds = ("topic.threshold", "region.focus_threshold", "region.best_threshold")
    for key in thresholds:
        assert keys[f"decisions.{key}"] == inferred.pop(f"stages.{key}")
    assert {k: v for k, v in keys.items() if k.startswith("stages.")} == inferred
    identity = {key for key in keys if key.startswith("identity.")}
    assert keys.keys() == identity | inferred.keys() | {f"decisions.{key}" for key in thresholds}
    assert {
        "identity.encoder.weights", "identity.region.taxonomy", "identity.topic.taxonomy",
        "identity.summarizer.weights", "identity.summarizer.engine",
    } <= identity  # fmt: skip


def test_the_content_of_every_input_counts_and_its_place_does_not(tmp_path: Path) -> None:
    for place in ("here", "there"):
        (tmp_path / place / "sub").mkdir(parents=True)
        for name in ("a.csv", "sub/b.csv"):
            (tmp_path / place / name).write_text(name)
    here, there = (
        input_keys(sorted((tmp_path / place).rglob("*.csv"))) for place in ("here", "there")
    )
    assert here == there and set(here) == {"input.a.csv", "input.sub/b.csv"}
    (tmp_path / "there" / "sub" / "b.csv").write_text("other")
    assert here != input_keys(sorted((tmp_path / "there").rglob("*.csv")))


KEYS = st.text(alphabet='abz."\\_é\udce9 ', max_size=4)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(alphabet='abz."\\{}[]:,é\udce9 ', max_size=5)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
NODES = st.dictionaries(KEYS, VALUES, max_size=4)


def exact(value: object) -> str:
    """Equal for equal values of equal types alone: 1, 1.0 and True are three, [] and {} two."""
    if isinstance(value, dict):
        return f"{{{sorted((name, exact(part)) for name, part in value.items())}}}"
    return repr([exact(part) for part in value]) if isinstance(value, list) else repr(value)


@settings(deadline=None)  # a busy machine says nothing of keys
@given(NODES, NODES)
@example({"": []}, {"": {}})
def test_two_configurations_never_share_a_cache_entry(one: Config, two: Config) -> None:
    same = exact(one) == exact(two)
    first, second = (fingerprint(semantic_keys(node, "stages.topic")) for node in (one, two))
    assert (first == second) == same


@dataclass(config=PLUGIN)
class Pooling:
    """A topic stage whose `batch_size` decides its result, and whose `num_workers` does not."""

    batch_size: int = 8
    num_workers: int = 1
    engine: EchoEngine = field(default_factory=EchoEngine)
    needs_vector: ClassVar[bool] = False
    performance_fields: ClassVar[frozenset[str]] = frozenset({"num_workers"})

    def identity(self) -> Mapping[str, str]:
        return {"stage": "pooling-1"}

    def open(self) -> None:
        pass

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        return list(articles)


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two names of one class, as before and after it was moved."""
    for name in ("Pooling", "Moved"):
        monkeypatch.setattr(f"pipeline.topic.row.{name}", Pooling, raising=False)


ECHO = "pipeline.engines.generation.echo.EchoEngine"
POOLING: Config = {
    "_target_": "pipeline.topic.row.Pooling", "batch_size": 8, "num_workers": 1,
    "engine": {"_target_": ECHO, "delay_seconds": 0.0},
}  # fmt: skip


@pytest.mark.usefixtures("plugins")
@pytest.mark.parametrize(
    ("change", "counts"),
    [
        ({"batch_size": 9}, True),
        ({"num_workers": 9}, False),
        ({"engine": {"_target_": ECHO, "delay_seconds": 9.0}}, False),
        ({"_target_": "pipeline.topic.row.Moved"}, False),
    ],
)
def test_a_class_says_what_moves_speed_alone_and_moving_it_changes_nothing(
    change: Config, counts: bool
) -> None:
    before, after = (
        plan_stages(AnnotateConfig({"topic": node}))["topic"].row_keys
        for node in (POOLING, {**POOLING, **change})
    )
    assert (before != after) == counts
    assert before["identity.topic.stage"] == "pooling-1" and before["stages.topic.batch_size"] == 8


@pytest.mark.usefixtures("plugins")
def test_a_stage_and_a_source_without_a_name_and_version_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Pooling, "identity", lambda self: {})
    with pytest.raises(ConfigError, match=r"topic: Pooling\.identity\(\) states no name"):
        plan_stages(AnnotateConfig({"topic": POOLING}))
    plan = Plan(read_config(config()))
    assert plan.ingest_keys({})["identity.source.reader"] == "csv-3"
    monkeypatch.setattr(CsvSource, "identity", lambda self: {})
    with pytest.raises(ConfigError, match=r"source: CsvSource\.identity\(\) states no name"):
        plan.ingest_keys({})


def test_the_names_of_stages_keep_their_entries_apart() -> None:
    """Two stages with the same parameters, such as none, are not the same stage."""
    node: Config = {}
    keys = [semantic_keys({name: node}, "stages") for name in ("region", "topic")]
    assert fingerprint(keys[0]) != fingerprint(keys[1])


def test_an_encoder_that_differs_is_refused() -> None:
    values = config()
    values["topic"]["encoder"]["max_tokens"] = 7  # type: ignore[index]
    with pytest.raises(ConfigError, match=r"topic\.encoder differs"):
        plan_stages(annotate_config(values))
