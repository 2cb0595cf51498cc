"""The command: help, errors of one line, exit codes, completion, interruption."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from command import Outcome
from pipeline.cli.verbs import VERBS

Command = Callable[..., Outcome]
FAST = ("topic=none", "summarizer=lead")


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from pipeline.cli.command import run_command; run_command(['--help']);"
        "heavy = {'torch', 'transformers', 'datasets', 'hydra', 'pyarrow', 'openvino_genai'};"
        "sys.exit(bool(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, "help must not import frameworks"
    assert "dateline run" in done.stdout


def test_help_of_training_lists_its_keys(dateline: Command) -> None:
    done = dateline("train-summarizer", "--help")
    assert done.code == 0
    assert "learning_rate: 5.0e-4" in done.out and "max_source_tokens: 384" in done.out


@pytest.mark.parametrize("verb", ["run", "ingest", "annotate", "publish"])
def test_help_of_a_verb_lists_groups_and_keys(dateline: Command, verb: str) -> None:
    done = dateline(verb, "--help")
    assert done.code == 0
    assert "paths: [default]" in done.out and "runs: runs" in done.out


def test_cfg_job_prints_the_configuration(dateline: Command) -> None:
    done = dateline("run", "--cfg", "job", "source=csv", "summarizer.max_new_tokens=60")
    assert done.code == 0
    assert "max_new_tokens: 60" in done.out and "delimiter" in done.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rnu"], "no verb 'rnu'; did you mean 'run'?"),
        (["run", "sorce=text"], "did you mean 'source'?"),
        (["run", "region=null"], "switch it off with GROUP=none"),
        (["verify", "no/such/run"], "no/such/run: no plan.json there"),
        (["retry", "none"], "no ingest was done here"),
        (["run", "source=jsnl"], "no source=jsnl; did you mean 'jsonl'?"),
        (["run", "summarizer.max_new_token=5"], "did you mean 'summarizer.max_new_tokens'?"),
        (["run", "source=csv", "source.field.text=b"], "did you mean 'source.fields.text'?"),
        (["run", "verify=strict"], "unknown key 'verify': it is now 'selection'"),
        (["run", "labels.path=own.csv"], "'labels.path': it is now 'topic_labels.path'"),
        (["compare", "a", "b", "labels=sample"], "unknown key 'labels': it is now 'gold' for"),
        (["calibrate", "labels=sample", "predictions=a", "to=b"], "'labels': it is now 'gold' for"),
        (["tune", "sweep=thresholds", "labels=sample"], "'labels': it is now 'gold' for"),
        (
            ["tune", "sweep=thresholds", "gold=sample", "labels.path=a"],
            "it is now 'topic_labels.path'",
        ),
        (["run", "+verify.min_support=0.5"], "unknown key 'verify': it is now 'selection'"),
        (["run", "+runn.name=b"], "unknown key 'runn': did you mean 'run'?"),
        (["run", "+summarizer.beams=2"], "unknown key 'summarizer.beams'"),
        (
            ["run", "+source.fields.txt=2", "source=csv", "source.path=."],
            "unknown key 'source.fields.txt'",
        ),
        (["run", "summarizer.min_words=many"], "summarizer.min_words='many': Input should be"),
        (["run", "ingest.shard_rows=0"], "ingest.shard_rows=0: Input should be greater than 0"),
        (["run", "run.max_reject_rate=2"], "run.max_reject_rate=2"),
        (["run", "engine.precision=fp8"], "precision='fp8': Input should be 'auto', 'bf16'"),
        (["run", "selection.policy=[flag,drop]"], "selection.policy: flag means that nothing is"),
        (["run", "selection.min_support=2"], "summarizer.selection.min_support=2: Input should be"),
        (["run", "summarizer.form=haiku"], "summarizer.form='haiku': Input should be 'headline'"),
        (["run", "a b"], "cannot read the override 'a b'"),
        (["run", "run.name=../up"], "run.name='../up'"),
        (["run", "source=text"], "source.path is not set"),
        (["run", "source=text", "source.path=gone"], "gone: no such file or folder"),
        (["run", "summarizer.model=no-such"], "no-such: no such model"),
        (["annotate"], "give run.name=VALUE"),
        (["annotate", "run.name=new"], "no ingest was done here"),
        (["publish", "run.name=new"], "no ingest was done here"),
        (["models", "verify", "gpt"], "no model card 'gpt'; there are: all-minilm-l6-v2"),
        (["completion", "csh"], "bash"),
    ],
)
def test_a_mistake_gives_one_line_and_exit_code_2(
    dateline: Command, words: list[str], said: str
) -> None:
    done = dateline(*words)
    assert done.code == 2
    assert said in done.message
    assert done.message.startswith("dateline: ")


def test_a_missing_model_is_said_in_one_line(
    dateline: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("DATELINE_MODELS", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    done = dateline("run", "topic=none")
    assert done.code == 2
    assert "dateline models pull smollm2-135m-instruct" in done.message


def test_debug_shows_the_traceback(dateline: Command) -> None:
    from pipeline.core.errors import InputError

    with pytest.raises(InputError):
        dateline("run", "source=text", "source.path=gone", "--debug")


def test_a_run_leaves_what_the_design_says(dateline: Command, tmp_path: Path) -> None:
    done = dateline("run", *FAST, "run.name=first", "paths.runs=out")
    assert done.code == 0 and done.err == ""
    counts = "120 read, 120 annotated; 116 with a region, 0 with a topic, 100 with a summary"
    assert done.out == f"{counts}\nin out/first; to look at them: dateline show first\n"
    shown = dateline("show", "first", "--runs", "out").out
    assert "more articles" in shown and "120 read, 120 annotated; in out/first" in shown
    run = tmp_path / "out" / "first"
    assert {path.name for path in run.iterdir()} == {
        "plan.json",
        "config.yaml",
        "manifest.json",
        "articles",
        "keys",
        "annotations",
        "log.jsonl",
        "published",
        "sessions",
    }
    assert {path.name for path in (run / "published").iterdir()} == {
        "articles.parquet",
        "articles.jsonl",
        "articles.csv",
    }
    rows = [json.loads(line) for line in (run / "published" / "articles.jsonl").open()]
    assert len(rows) == 120
    for row in rows:
        for country in row["countries"]:
            for found in country["evidence"]:
                where = row["title"] if found["in_title"] else row["text"]
                assert where[found["start"] : found["end"]] == found["text"]
    manifest = json.loads((run / "manifest.json").read_text())
    assert manifest["counts"]["annotated"] == manifest["counts"]["read"] == 120
    for line in (run / "log.jsonl").open():
        assert {"run", "shard", "message"} <= set(json.loads(line))


def test_the_same_run_goes_on_and_another_is_refused(dateline: Command, tmp_path: Path) -> None:
    assert dateline("run", *FAST, "run.name=a").code == 0
    again = dateline("run", *FAST, "run.name=a")
    assert again.code == 0 and "120 annotated" in again.out
    other = dateline("run", *FAST, "run.name=a", "summarizer.max_words=30")
    assert other.code == 2
    assert "summarizer.max_words was 80 and is 30" in other.err
    assert "run.overwrite=true" in other.err
    kept = (tmp_path / "runs" / "a" / "config.yaml").read_text()
    assert "max_words: 80" in kept, "what is written is what the annotations were made with"
    assert dateline("run", *FAST, "run.name=a", "ingest.limit=5", "run.overwrite=true").code == 0
    assert dateline("run", *FAST, "run.name=a", "ingest.limit=5").out.count("5 annotated") == 1


def test_steps_can_be_run_one_by_one(dateline: Command, tmp_path: Path) -> None:
    assert dateline("ingest", "run.name=steps", "ingest.limit=4").code == 0
    early = dateline("publish", "run.name=steps")
    assert early.code == 2 and "annotate is not finished" in early.message
    assert dateline("annotate", "run.name=steps", *FAST).code == 0
    done = dateline("publish", "run.name=steps", "publish=[jsonl]")
    assert done.code == 0 and "4 read, 4 annotated" in done.out
    assert [p.name for p in (tmp_path / "runs/steps/published").iterdir()] == ["articles.jsonl"]


def test_too_many_rejects_end_with_3_and_keep_the_rest(dateline: Command, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "It rained in Cork today."}\n{broken\n')
    source = ("source=jsonl", "source.path=a.jsonl", *FAST)
    fine = dateline("run", *source, "run.name=half")
    assert fine.code == 0
    assert "a.jsonl:2: broken JSON" in fine.message
    strict = dateline("run", *source, "run.name=strict", "run.max_reject_rate=0.1")
    assert strict.code == 3
    assert "1 of 2 records were rejected" in strict.err
    [reject] = (tmp_path / "runs/strict/rejects").iterdir()
    assert json.loads(reject.read_text())["payload"] == "{broken"
    # What was kept is whole: with a higher rate the same run goes on.
    assert dateline("run", *source, "run.name=strict").code == 0


def test_a_changed_input_is_refused_by_name(dateline: Command, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "It rained in Cork today."}\n')
    source = ("source=jsonl", "source.path=a.jsonl", "run.name=x", *FAST)
    assert dateline("run", *source).code == 0
    path.write_text('{"text": "It rained in Galway today."}\n')
    refused = dateline("run", *source)
    assert refused.code == 2 and "input.a.jsonl" in refused.err


def test_a_name_that_looks_like_a_number_is_a_name(dateline: Command, tmp_path: Path) -> None:
    assert dateline("run", *FAST, "run.name=20260131", "ingest.limit=1").code == 0
    assert (tmp_path / "runs" / "20260131").is_dir()


def test_a_place_for_runs_that_is_a_file_is_named(dateline: Command, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = dateline("run", *FAST, "paths.runs=file")
    assert done.code == 2
    assert "file/sample" in done.message


def test_a_mistyped_run_leaves_nothing_behind(dateline: Command, tmp_path: Path) -> None:
    assert dateline("publish", "run.name=typo").code == 2
    assert not (tmp_path / "runs" / "typo").exists()


def test_nothing_is_written_into_a_folder_of_somebody_else(
    dateline: Command, tmp_path: Path
) -> None:
    (tmp_path / "runs" / "photos").mkdir(parents=True)
    (tmp_path / "runs" / "photos" / "cat.jpg").touch()
    done = dateline("run", *FAST, "run.name=photos", "run.overwrite=true")
    assert done.code == 2
    assert "holds cat.jpg but no plan.json" in done.message
    assert [path.name for path in (tmp_path / "runs" / "photos").iterdir()] == ["cat.jpg"]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("dateline source=", "source=jsonl"),
        ("dateline summarizer.max_s", "summarizer.max_source_tokens="),
        ("dateline sou", "source="),
        ("dateline selection=f", "selection=flag"),
        ("dateline selection.cand", "selection.candidates="),
    ],
)
def test_completion_knows_groups_and_keys(dateline: Command, line: str, offered: str) -> None:
    assert offered in dateline("completion", "words", "run", *line.split()[1:]).out.split()


def test_completion_offers_every_verb(dateline: Command) -> None:
    for shell in ("bash", "zsh", "fish"):
        script = dateline("completion", shell).out
        assert all(f" {verb} " in f" {script}".replace('"', " ") for verb in VERBS)


@pytest.mark.parametrize(
    ("words", "offered"),
    [("run source=c", "source=csv"), ("train-summarizer training.r", "training.rank=")],
)
def test_the_bash_completion_works_in_bash(words: str, offered: str) -> None:
    bin_folder = Path(sys.executable).parent
    script = (
        f'eval "$(dateline completion bash)"; COMP_LINE="dateline {words}";'
        f"COMP_WORDS=(dateline {words}); COMP_CWORD=2; _dateline; echo ${{COMPREPLY[@]}}"
    )
    environment = {**os.environ, "PATH": f"{bin_folder}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == offered


def test_an_interrupted_run_keeps_its_shards_and_exits_with_130(
    dateline: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from pipeline.summarize.lead import LeadSummarizer

    words = ("run", *FAST, "run.name=int", "ingest.shard_rows=10")
    real = LeadSummarizer.__call__
    calls = []

    def interrupted_at_the_third(self: LeadSummarizer, articles: object) -> object:
        calls.append(articles)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(self, articles)  # type: ignore[arg-type]

    monkeypatch.setattr(LeadSummarizer, "__call__", interrupted_at_the_third)
    done = dateline(*words)
    assert done.code == 130
    assert "interrupted" in done.message
    receipts = sorted((tmp_path / "runs/int/annotations").glob("*.receipt.json"))
    assert len(receipts) == 2
    monkeypatch.setattr(LeadSummarizer, "__call__", real)
    assert "120 annotated" in dateline(*words).out
