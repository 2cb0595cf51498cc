"""`dateline tune`: jobs that fail, stop or were done before; no inference twice; the best."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
import yaml
from numpy.typing import NDArray

from command import Outcome
from pipeline.config.compose import CONFIGS, key_of
from pipeline.core.files import read_record
from pipeline.engines.base import GenerationSettings, Prompt, Written
from pipeline.engines.encoders.embedding import SentenceEncoder
from pipeline.engines.generation.echo import EchoEngine
from pipeline.tune import jobs
from pipeline.tune.compose import compose_run
from pipeline.tune.jobs import Jobs
from pipeline.tune.objective import known_metrics
from pipeline.tune.space import read_space
from pipeline.workflow.steps import run_verb

Command = Callable[..., Outcome]
DATA = ("gold=labels.jsonl", "source=jsonl", "source.path=articles.jsonl")
LEAD = (
    *DATA, "objective=summary.rouge1", "topic=none", "region=none", "summarizer=lead",
    "summarizer.min_words=1",
)  # fmt: skip
WORDS = ("name=t", *LEAD, "summarizer.sentences=1,2,3")
TEXT = (
    "Lawmakers in Cork voted on Monday to build a bridge over the Lee. "
    "The bridge will cost nine million euros and be open by {n}. "
    "Farmers say that it will flood their fields in a wet winter. "
    "The mayor said the river had been measured with care for many years before the vote."
)


@pytest.fixture(autouse=True)
def data(tmp_path: Path) -> None:
    """Three articles, their topic and a summary each."""
    write_data(tmp_path, 3)


def write_data(folder: Path, count: int) -> None:
    rows = [{"id": f"a{n}", "title": "Bridge", "text": TEXT.format(n=n)} for n in range(count)]
    labels = [
        {
            "id": row["id"],
            "topics": ["medtop:11000000"],
            "summary": row["text"].split(". ")[1] + ".",
        }
        for row in rows
    ]
    for name, values in (("articles", rows), ("labels", labels)):
        text = "".join(json.dumps(value) + "\n" for value in values)
        (folder / f"{name}.jsonl").write_text(text)


def trials(name: str = "t") -> list[dict[str, object]]:
    found = [read_record(path) for path in sorted(Path("tune", name, "trials").glob("*.json"))]
    return [record for record in found if record is not None]


def scores(name: str = "t") -> list[tuple[object, object]]:
    """Point and value of each job."""
    return [(one["point"], one["score"] and one["score"]["value"]) for one in trials(name)]  # type: ignore[index]


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the runs that were done."""
    names: list[str] = []

    def counted(job: jobs.Job) -> None:
        names.append(job.directory.name)
        run_verb(job)

    monkeypatch.setattr(jobs, "run_verb", counted)
    return names


def test_the_best_is_found_told_and_can_be_run_by_name(dateline: Command, runs: list[str]) -> None:
    done = dateline("tune", *WORDS)
    assert done.code == 0, done.err
    assert done.err.count("summary.rouge1") == 3 and len(runs) == 3
    values = [one["score"]["value"] for one in trials()]  # type: ignore[index]
    best = trials()[int(np.argmax(values))]
    assert f"{max(values):.4g}" in done.out and "maximized on 3 articles" in done.out
    experiment = Path("tune/t/configs/experiment/t_best.yaml")
    kept = yaml.safe_load(experiment.read_text())
    assert kept["summarizer"] == {
        "min_words": 1, "sentences": int(best["point"]["summarizer.sentences"])  # type: ignore[index]
    }  # fmt: skip
    report = Path("tune/t/report.html").read_text()
    assert report.count("<svg") == 2 and "http://www.w3.org/2000/svg" in report
    link = re.findall(r'href="([^"]+)"', report)[0]
    assert Path("tune/t", link).is_file() and link.startswith("../jobs/")
    assert "<script" not in report and 'src="http' not in report
    place = ("--config-dir", str(experiment.parent.parent))
    again = dateline("run", *place, *DATA[1:], "experiment=t_best", "run.name=r")
    assert again.code == 0, again.err
    plans = [read_record(path) for path in (
        Path("runs/r/plan.json"), Path(best["score"]["run"], "plan.json")  # type: ignore[index]
    )]  # fmt: skip
    one, other = (plan["steps"]["annotate"]["fingerprint"] for plan in plans)  # type: ignore[index]
    assert one == other


def test_jobs_share_a_letter_where_they_are_not_distinguishable(
    dateline: Command, tmp_path: Path
) -> None:
    """A sentence more is the reference itself; a limit that nothing reaches changes nothing."""
    write_data(tmp_path, 8)
    words = (*LEAD, "name=t", "summarizer.sentences=1,2", "summarizer.max_words=80,90")
    done = dateline("tune", *words)
    assert done.code == 0, done.err
    rows = [[cell.strip() for cell in line.split("│")[1:-1]]
            for line in done.out.splitlines() if "│" in line]  # fmt: skip
    assert [(row[0], row[2]) for row in rows] == [("a", "2"), ("a", "2"), ("b", "1"), ("b", "1")]
    assert "runs that share a letter are not distinguishable" in done.out
    report = Path("tune/t/report.html").read_text()
    assert report.count("<td>a</td>") == report.count("<td>b</td>") == 2
    assert "Of the best jobs, runs that share a letter" in report


def test_what_is_finished_is_never_run_again(dateline: Command, runs: list[str]) -> None:
    assert dateline("tune", *WORDS).code == 0
    before = {path: path.read_bytes() for path in Path("tune/t").glob("trials/*")}
    done = dateline("tune", *WORDS)
    assert done.code == 0 and not done.err and len(runs) == 3
    assert {path: path.read_bytes() for path in before} == before
    # Another search that comes by the same configurations has them already.
    other = dateline("tune", *LEAD, "name=u", "summarizer.sentences=2,3,4")
    assert other.code == 0 and len(runs) == 4 and other.err.count("finished before") == 2
    assert scores("u")[0] == scores("t")[0]  # the default, three sentences


def test_another_search_of_the_same_name_is_refused(dateline: Command) -> None:
    assert dateline("tune", *WORDS).code == 0
    for change in ("objective=summary.rouge2", "summarizer.max_words=9", "split=dev"):
        done = dateline("tune", *[w for w in WORDS if key_of(w) != key_of(change)], change)
        assert done.code == 2, change
        assert "holds a search that was another" in done.err or "no label of split" in done.err
    more = dateline("tune", *WORDS, "trials=2")
    assert more.code == 2 and "sampler was 'grid' and is 'tpe'" in more.err


def test_a_failing_job_is_told_and_the_others_go_on(
    dateline: Command, monkeypatch: pytest.MonkeyPatch, runs: list[str]
) -> None:
    evaluate = jobs.evaluate

    def sometimes(settings: Mapping[str, object], *consoles: object) -> Path:
        if len(runs) == 2 and not Path("mended").exists():
            raise ZeroDivisionError("of the model\nand more")
        return evaluate(settings, *consoles)  # type: ignore[arg-type]

    monkeypatch.setattr(jobs, "evaluate", sometimes)
    words = (*LEAD, "name=t", "summarizer.sentences=many,2,3,4")
    done = dateline("tune", *words)
    assert done.code == 0
    assert [value is None for _, value in scores()] == [False, True, True, False]
    assert "2/4 summarizer.sentences=many: failed, ConfigError: summarizer.sentences" in done.err
    assert "ZeroDivisionError: of the model (traceback: tune/t/failures/00002.txt)" in done.err
    text = Path("tune/t/failures/00002.txt").read_text()
    assert text.startswith("Traceback") and "in sometimes" in text and "and more" in text
    assert "job 3 failed" in done.out and "and more" not in done.out
    assert "00002.txt" in Path("tune/t/report.html").read_text()
    # The same command tries them again: the one is mended, the other is still wrong.
    Path("mended").touch()
    again = dateline("tune", *words)
    assert again.code == 0 and len(again.err.splitlines()) == 2
    assert [value is None for _, value in scores()] == [False, True, False, False]


def test_the_report_stays_text(dateline: Command) -> None:
    values = """'<script>alert(1)</script> {text}','<b>&"x"</b> {text}'"""
    generated = [word for word in LEAD if not word.startswith("summarizer")]
    done = dateline(
        "tune", *generated, "name=t", "summarizer=smollm2_135m", "engine=echo",
        "summarizer.encoder=null", f"summarizer.prompt={values}",
    )  # fmt: skip
    assert done.code == 0, done.err
    report = Path("tune/t/report.html").read_text()
    assert "<script" not in report and "&lt;script&gt;" in report and "<b>&" not in report


def test_when_all_fail_the_first_reason_is_told(dateline: Command) -> None:
    done = dateline("tune", *LEAD, "name=t", "summarizer.sentences=x,y")
    assert done.code == 2 and not Path("tune/t/configs").exists()
    assert "all 2 jobs failed; the first with ConfigError" in done.err.splitlines()[-1]


def test_a_signal_ends_it_and_the_same_command_goes_on(
    dateline: Command, monkeypatch: pytest.MonkeyPatch, runs: list[str]
) -> None:
    words = (*LEAD, "name=t", "summarizer.max_words=int(interval(9,60))", "trials=4")
    score = Jobs.score

    def stopped(self: Jobs, config: Mapping[str, object]) -> object:
        if len(runs) == 2 and not trials("t")[2:]:
            os.kill(os.getpid(), signal.SIGTERM)
        return score(self, config)

    monkeypatch.setattr(Jobs, "score", stopped)
    done = dateline("tune", *words)
    assert done.code == 130 and len(trials()) == 2
    monkeypatch.setattr(Jobs, "score", score)
    assert dateline("tune", *words).code == 0
    resumed = scores()
    assert dateline("tune", *words, "folder=whole").code == 0
    whole = [read_record(path) for path in sorted(Path("whole/t/trials").glob("*.json"))]
    assert resumed == [(one["point"], one["score"]["value"]) for one in whole if one]  # type: ignore[index]


def test_killed_at_any_instant_it_goes_on(dateline: Command) -> None:
    words = ["tune", *LEAD, "name=t", "summarizer.max_words=9,15,20,30"]
    folder = Path("tune/t/trials")
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline.cli", *words], stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while len(list(folder.glob("*.json"))) < 2:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    process.kill()
    process.wait()
    kept = {path: path.read_bytes() for path in folder.glob("*.json")}
    again = dateline(*words)
    assert again.code == 0, again.err
    assert len(list(folder.glob("*.json"))) == 4
    assert {path: path.read_bytes() for path in kept} == kept


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What engines were asked: the encoder has random vectors, the generator echoes."""
    calls: list[str] = []
    generate = EchoEngine.generate

    def encode(self: SentenceEncoder, texts: Sequence[str]) -> NDArray[np.float32]:
        calls.append("encode")
        seeds = [hashlib.sha256(text.encode()).digest()[:4] for text in texts]
        rows = [np.random.default_rng(list(seed)).normal(size=16) for seed in seeds]
        return np.array([row / np.linalg.norm(row) for row in rows], np.float32)

    def counted(
        self: EchoEngine, prompts: Sequence[Prompt], settings: GenerationSettings
    ) -> list[Written]:
        calls.append("generate")
        return generate(self, prompts, settings)

    monkeypatch.setattr(SentenceEncoder, "encode", encode)
    monkeypatch.setattr(SentenceEncoder, "open", lambda self: calls.append("open"))
    monkeypatch.setattr(SentenceEncoder, "identity", lambda self: {"weights": "random"})
    monkeypatch.setattr(EchoEngine, "generate", counted)
    return calls


@pytest.mark.parametrize(
    "words",
    [
        (
            "topic=descriptions", "topic.threshold=0,0.1,0.5,0.9", "objective=topics.micro_f1",
            "cache.engines=false",
        ),
        (
            "summarizer=smollm2_135m", "engine=echo", "topic=none",
            "selection.min_support=0,0.3,0.9,0.99", "objective=summary.rouge1",
        ),
    ],
    ids=["topic", "summary"],
)  # fmt: skip
def test_thresholds_cost_no_inference(
    dateline: Command, asked: list[str], words: tuple[str, ...]
) -> None:
    swept = next(word for word in words if "," in word)
    first, *others = swept.split(",")
    fixed = [word for word in words if word != swept]
    common = (*DATA, "region=none", *fixed)
    if "summarizer=smollm2_135m" not in words:
        common += ("summarizer=none",)
    # A job by itself asks the models ...
    one = dateline("tune", *common, "name=one", f"{first},{others[0]}")
    assert one.code == 0, one.err
    assert asked, "the models were never asked"
    assert ("generate" in asked) == ("engine=echo" in words)
    asked.clear()
    # ... and the others, with other thresholds, nothing.
    rest = dateline("tune", *common, "name=rest", swept)
    assert rest.code == 0, rest.err
    assert asked == []
    values = [value for _, value in scores("rest")]
    assert len(values) == 4 and len(set(values)) > 1, "the threshold decides nothing here"


@pytest.mark.parametrize(
    ("objective", "more", "said"),
    [
        ("topics.micro_f1", (), "no job has it, with topic=none"),
        ("region.micro_f1", ("region=none",), "no job has it, with region=none"),
        ("summary.sentence_similarity_f1", (), "it takes evaluate.similarity=true"),
    ],
)
def test_an_objective_that_no_job_has_is_refused_before_any(
    dateline: Command, runs: list[str], objective: str, more: tuple[str, ...], said: str
) -> None:
    words = ("gold=sample", "name=t", "summarizer=lead", "topic=none", "region=lexicon")
    done = dateline("tune", *words, *more, f"objective={objective}", "summarizer.max_words=9,20")
    assert done.code == 2 and said in done.message
    assert not runs and not Path("tune").exists()


def test_a_job_without_the_stage_of_the_objective_is_not_scored(
    dateline: Command, runs: list[str]
) -> None:
    own = [word for word in LEAD if not word.startswith("summarizer")]
    done = dateline("tune", *own, "name=t", "summarizer=lead,none,textrank")
    assert done.code == 0, done.err
    assert [value is None for _, value in scores()] == [False, True, False] and len(runs) == 2
    said = "ConfigError: summarizer: switched off in this job, not scored"
    assert trials()[1]["reason"] == said
    assert "2/3 summarizer=none: failed, " in done.err and f"job 2 failed: {said}" in done.out


def test_usage(dateline: Command) -> None:
    assert "gold is not set" in dateline("tune", "sweep=thresholds").message
    assert "nothing to search" in dateline("tune", "gold=sample", "name=x").message
    assert "name is not set" in dateline("tune", *LEAD, "summarizer.sentences=1,2").message
    assert "no sweep=threshold;" in dateline("tune", "gold=sample", "sweep=threshold").message
    wrong = dateline("tune", *WORDS, "objective=sumary.rouge1")
    assert wrong.code == 2
    done = dateline("tune", "gold=sample", "sweep=thresholds", "objective=topic.macro_f1")
    assert "did you mean topics.macro_f1" in done.message
    done = dateline("tune", *WORDS, "summarizer.sentenses=3")
    assert "did you mean 'summarizer.sentences'" in done.message
    assert "other than 'jobs'" in dateline("tune", *WORDS[1:], "name=jobs").message
    without = [word for word in WORDS if not word.startswith("source")]
    assert "of which articles?" in dateline("tune", *without).message
    assert not Path("tune").exists()
    assert "ready search" in dateline("tune", "--help").out or dateline("tune", "--help").code == 0


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("sweep/*.yaml")), ids=lambda path: path.stem)
def test_ready_sweeps_compose_and_have_objectives(path: Path) -> None:
    sweep = yaml.safe_load(path.read_text())
    space, fixed = read_space(sweep["params"], sweep.get("overrides", []), [])
    words = [*fixed, *sweep["job_overrides"], "run.name=x"]
    for one in space:
        values = getattr(one, "options", None) or [one.low, one.high]  # type: ignore[union-attr]
        for value in (values[0], values[-1]):
            compose_run([*words, f"{one.key}={value}"], [])
    from pipeline.evaluate.gold.labels import labels_path, sound_sample

    assert sweep["objective"] in known_metrics(sound_sample(labels_path("sample"), None).rows)
    assert json.dumps(sweep)
