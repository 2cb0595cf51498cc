"""Gates: the one of the bundled sample, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from command import Outcome
from pipeline.core.bootstrap import Interval
from pipeline.core.digest import digest_of
from pipeline.core.errors import ConfigError, InputError
from pipeline.core.files import read_record
from pipeline.evaluate.gate import Gate, check_metrics, failures, gate_text, read_gate
from pipeline.evaluate.gold.labels import labels_path
from pipeline.evaluate.metrics.scores import Metric

Command = Callable[..., Outcome]
CHEAP = ("topic=none", "summarizer=lead", "baselines=false", "allow_unmatched=true")
METRICS = {
    "topics.micro_f1": Metric(Interval(0.8, 0.7312, 0.9), 9),
    "topics.ece": Metric(Interval(0.1, 0.05, 0.2), 9),
    "topics.selective_accuracy": Metric(Interval(*[float("nan")] * 3), 0),
    "topics.exact_match": Metric(Interval(0.0, 0.0, 0.0), 9),
}
DIGEST = "0" * 64


def gate(path: str = "gate.yaml", digest: str | None = None, **more: object) -> str:
    values = {
        "labels_sha256": digest or digest_of(labels_path("sample")),
        "floors": {"region.micro_f1": 0.5},
        **more,
    }
    Path(path).write_text(yaml.safe_dump(values))
    return f"gate={path}"


def test_the_bundled_sample_holds_its_gate(dateline: Command) -> None:
    done = dateline("evaluate", "gold=sample", *CHEAP, "gate=sample")
    assert done.code == 0 and done.err.splitlines() == [
        "note: topic: switched off in this run, not scored"
    ]
    printed = dateline("evaluate", "gold=sample", "predictions=sample", "gate=sample",
                       "baselines=false", "print_gate=true").out  # fmt: skip
    now, kept = yaml.safe_load(printed), read_gate("sample")
    assert now["labels_sha256"] == kept.labels_sha256
    assert now["floors"].keys() == kept.floors.keys()


def labels(*rows: dict[str, object]) -> tuple[str, ...]:
    Path("labels.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return ("gold=labels.jsonl", "source=sample", "ingest.limit=4", *CHEAP)


def test_a_floor_that_is_not_held_ends_with_4(dateline: Command) -> None:
    own = labels({"id": "s01", "region": "202", "summary": "A tea cooperative in Kenya pays more."})
    digest = digest_of(Path("labels.jsonl"))
    wanted = {"summary.rouge1": 99, "summary.rouge2": 0, "region.coverage": 1.5}
    done = dateline("evaluate", *own, gate(digest=digest, floors=wanted))
    assert done.code == 4 and "gate=gate.yaml is not held" in done.err
    found = read_record(Path("runs/sample/evaluation/metrics.json"))
    low = found["metrics"]["summary.rouge1"]["low"]  # type: ignore[index]
    assert len(found["gate"]["failed"]) == 2  # type: ignore[index]
    assert f"summary.rouge1: the lower bound {low:.4f} is under its floor 99" in done.err
    assert "region.coverage" in done.err and "rouge2" not in done.err
    again = ("evaluate", "gold=labels.jsonl", "predictions=sample", "baselines=false")
    for words, said in [
        (gate("1.yaml", digest=DIGEST), "print_gate=true prints it anew"),
        (gate("2.yaml", digest=digest, split="test"), "of split=test, and split=None"),
        (gate("3.yaml", digest=digest, floors={"region.mirco_f1": 0}), "mean region.micro_f1"),
        (gate("4.yaml", digest=digest, floors={"region.ece": 0.1}), "less of it is better"),
    ]:
        refused = dateline(*again, words)
        assert refused.code == 2 and said in refused.message


def test_a_floor_of_what_is_switched_off_is_refused(dateline: Command) -> None:
    own = labels({"id": "s01", "region": "202", "topics": []})
    floors = {"region.micro_f1": 0.1, "topics.micro_f1": 0.0}
    wanted = gate(digest=digest_of(Path("labels.jsonl")), floors=floors)
    said = "gate: topics.micro_f1: topic is switched off, so there is no such score"
    for more in ((), ("print_gate=true",)):
        done = dateline("evaluate", *own, wanted, *more)
        assert done.code == 2 and said in done.message
    assert not Path("runs").exists(), "found before the run"
    assert dateline("evaluate", *own).code == 0
    done = dateline("evaluate", "gold=labels.jsonl", "predictions=sample", wanted)
    assert done.code == 2 and said in done.message


def test_labels_without_an_article_fail_a_gate(dateline: Command) -> None:
    own = labels({"id": "s01", "region": "202"}, {"id": "zz", "region": "202"})
    done = dateline("evaluate", *own, gate(digest=digest_of(Path("labels.jsonl"))))
    assert (
        done.code == 4 and "1 labels have no article in the run, and the gate is of all" in done.err
    )


@pytest.mark.parametrize(
    ("floors", "error", "said"),
    [
        ("{a: [\n", InputError, "cannot be read as YAML: while parsing"),
        ("\n  region.micro_f1: 0.9\n  region.micro_f1: 0.1\n", InputError, "is in it twice"),
        ("{region.micro_f1: -1}", ConfigError, "greater than or equal to 0"),
        ("{region.micro_f1: true}", ConfigError, "valid number"),
        ("{region.micro_f1: .nan}", ConfigError, "finite"),
    ],
)
def test_files_that_would_guard_less_than_they_seem_to(
    tmp_path: Path, floors: str, error: type[Exception], said: str
) -> None:
    path = tmp_path / "gate.yaml"
    path.write_text(f"labels_sha256: '{DIGEST}'\nfloors: {floors}")
    with pytest.raises(error, match=said) as caught:
        read_gate(str(path))
    assert "\n" not in str(caught.value)


def test_bounds_and_floors() -> None:
    held = Gate(DIGEST, {"topics.micro_f1": 0.7312})
    assert failures(held, METRICS, 0) == []
    assert failures(Gate(DIGEST, {"topics.micro_f1": 0.7313}), METRICS, 0) == [
        "topics.micro_f1: the lower bound 0.7312 is under its floor 0.7313"
    ]
    [said] = failures(Gate(DIGEST, {"topics.selective_accuracy": 0.0}), METRICS, 0)
    assert "no figure" in said
    assert len(failures(held, METRICS, 3)) == 1
    check_metrics(held, METRICS)


def test_a_gate_is_printed_as_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "new.yaml"
    path.write_text(gate_text(DIGEST, "dev", METRICS, None))
    assert read_gate(str(path)) == Gate(DIGEST, {"topics.micro_f1": 0.69}, "dev")
    like = Gate(DIGEST, {"topics.exact_match": 0.2})
    path.write_text(gate_text(DIGEST, None, METRICS, like))
    assert read_gate(str(path)) == Gate(DIGEST, {"topics.exact_match": 0.0})


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("[", InputError, "cannot be read as YAML"),
        ("just words", ConfigError, "no gate"),
        (f"labels_sha256: '{DIGEST}'", ConfigError, "no floors"),
        ("floors: {a.b: 1}", ConfigError, "labels_sha256"),
        ("labels_sha256: abc\nfloors: {a.b: 1}", ConfigError, "labels_sha256"),
        (
            f"labels_sha256: '{DIGEST}'\nfloor: {{a.b: 1}}",
            ConfigError,
            "did you mean 'gate.floors'",
        ),
        (f"labels_sha256: '{DIGEST}'\nfloors: {{a.b: .nan}}", ConfigError, "finite"),
    ],
)
def test_files_that_are_no_gate(
    tmp_path: Path, text: str, error: type[Exception], said: str
) -> None:
    path = tmp_path / "gate.yaml"
    path.write_text(text)
    with pytest.raises(error, match=said):
        read_gate(str(path))


def test_a_gate_that_is_nowhere() -> None:
    with pytest.raises(InputError, match="by name there are: sample"):
        read_gate("smaple")
    with pytest.raises(InputError, match="no such file"):
        read_gate("configs/none.yaml")
