"""`dateline evaluate` of a configuration, and of a run without any inference."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from command import Outcome
from pipeline.core.files import read_record
from pipeline.evaluate.run_first import parted

Command = Callable[..., Outcome]
FAST = ("topic=none", "region=lexicon", "summarizer=lead")


def test_a_configuration_is_run_and_then_scored(dateline: Command) -> None:
    some = ("gold=sample", "allow_unmatched=true", "baselines=false")
    own = ("paths.runs=out", "run.name=new", "ingest.limit=3")
    done = dateline("evaluate", *some, *FAST, *own)
    assert done.code == 0 and "every score is on the other 3" in done.err
    assert "region.micro_f1" in done.out and "article" not in done.out
    before = read_record(Path("out/new/evaluation/metrics.json"))
    assert before is not None
    again = dateline("evaluate", *some, "predictions=out/new")
    assert again.code == 0 and again.out == done.out
    assert read_record(Path("out/new/evaluation/metrics.json")) == before
    other = dateline("evaluate", *some, *FAST, *own, "summarizer.max_words=30")
    assert other.code == 2 and "run.overwrite=true" in other.err


def test_of_articles_of_ones_own(dateline: Command) -> None:
    Path("in.jsonl").write_text('{"id": "x", "text": "Dust storms hit Kenya and its coast."}\n')
    Path("labels.jsonl").write_text(json.dumps({"id": "x", "countries": ["KE"]}) + "\n")
    done = dateline("evaluate", "gold=labels.jsonl", *FAST)
    assert done.code == 2 and "of which articles? Give predictions=RUN" in done.message
    assert not Path("runs").exists()
    own = ("source=jsonl", "source.path=in.jsonl")
    assert dateline("evaluate", "gold=labels.jsonl", *FAST, *own).code == 0
    found = read_record(Path("runs/jsonl/evaluation/metrics.json"))
    assert found is not None and found["counts"]["matched"] == 1  # type: ignore[index]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["gold=sample", "summarizer=laed"], "did you mean 'lead'?"),
        (["gold=sample", "sumarizer=lead"], "did you mean 'summarizer'?"),
        (["gold=sample", "predictions=r", "summarizer=lead"], "unknown key 'summarizer'"),
        (["gold=sample", "spilt=dev"], "did you mean 'split'?"),
        (["gold=none.csv", "source=sample", *FAST], "no such file of labels"),
        (["gold=sample", "gate=none", *FAST], "by name there are: sample"),
        (["summarizer=lead"], "gold is not set"),
        (["labels=sample", *FAST], "unknown key 'labels': it is now 'gold' for labelled articles"),
        (["labels=sample", "predictions=r"], "'labels': it is now 'gold' for labelled articles"),
        (["gold=sample", "topics=own.csv", *FAST], "'topics': it is now 'topic_labels.path'"),
        (["gold=sample", "labels.path=own.csv", *FAST], "it is now 'topic_labels.path'"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_run(
    dateline: Command, words: list[str], said: str
) -> None:
    done = dateline("evaluate", *words)
    assert done.code == 2 and said in done.message
    assert not Path("runs").exists()


def test_help_and_the_composed_configuration(dateline: Command) -> None:
    assert "print_gate: false         # print a gate" in dateline("evaluate", "--help").out
    assert "gold: sample" in dateline("evaluate", "gold=sample", "--cfg", "job").out
    assert "predictions: []" in dateline("compare", "--help").out


def test_whose_words_are_whose() -> None:
    words = ["gold=x", "+split=dev", "topic_labels.path=y", "paths.runs=z",
             "summarizer@summarizer=lead", "~selection", "gate=g"]  # fmt: skip
    assert parted(words) == (
        ["gold=x", "+split=dev", "topic_labels.path=y", "paths.runs=z",
         "gate=g"],
        ["topic_labels.path=y", "paths.runs=z",
         "summarizer@summarizer=lead", "~selection"],
    )  # fmt: skip


def test_scores_of_a_run_need_no_inference(dateline: Command) -> None:
    assert dateline("run", *FAST, "run.name=r", "ingest.limit=2").code == 0
    assert dateline("run", *FAST, "run.name=s", "ingest.limit=3").code == 0
    code = (
        "import sys; from pipeline.cli.command import run_command;"
        "words = ['gold=sample', 'allow_unmatched=true'];"
        "assert run_command(['evaluate', 'predictions=r', *words]) == 0;"
        "assert run_command(['compare', 'r', 's', *words]) == 0;"
        "heavy = {'torch', 'transformers', 'openvino', 'openvino_genai', 'datasets'};"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
