"""The door for Python: the same rows as a run, one result an input, nothing dropped."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig

import pipeline
from command import Outcome
from pipeline.core.errors import ConfigError, InputError, RunError
from pipeline.core.resources import resource

Command = Callable[..., Outcome]

FAST = ("topic=none", "region=lexicon", "summarizer=lead")
SAMPLE = resource("sources", "sample", "articles.jsonl")


def sample(count: int) -> list[dict[str, str]]:
    lines = SAMPLE.read_text(encoding="utf-8").splitlines()[:count]
    return [{k: v for k, v in json.loads(line).items() if v is not None} for line in lines]


def test_the_rows_are_those_of_a_run(dateline: Command) -> None:
    assert dateline("run", *FAST, "run.name=r", "ingest.limit=40").code == 0
    loaded = pipeline.load(*FAST)
    articles = loaded(sample(40))
    run = pipeline.open_run("r")
    assert articles == list(run.articles())
    assert list(loaded.stream(iter(sample(40)), batch_size=32)) == articles
    assert [type(article) for article in articles] == [pipeline.Article] * 40


def test_one_result_an_input_in_order_and_nothing_is_dropped() -> None:
    loaded = pipeline.load(*FAST)
    text = "Dust storms hit Kenya on Monday, and people were told to stay at home. " * 4
    given = [text, {"title": "Same", "text": text}, "", text, {"text": text, "language": "de"}]
    done = loaded(given)
    assert [bool(article.rejection) for article in done] == [False, False, True, False, False]
    assert done[2].rejection is not None and "neither title nor text" in done[2].rejection.reason
    assert done[0] == done[3] and done[0].countries[0].alpha2 == "KE"
    assert done[4].language == "de" and done[0].language == "en"
    assert loaded([]) == [] and list(loaded.stream([])) == []


def test_a_date_that_cannot_be_read_is_said(caplog: pytest.LogCaptureFixture) -> None:
    [done] = pipeline.load(*FAST)([{"text": "Rain.", "published": "someday"}])
    assert done.published is None
    assert "articles[0]: date 'someday' not read" in caplog.text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["a", 7], r"articles\[1\] is a int"),
        ([{"txt": "a"}], r"articles\[0\]: unknown key 'txt': did you mean 'text'"),
        ([{"text": 3}], r"articles\[0\]: text is a int, not a str"),
    ],
)
def test_what_is_no_article_is_said(given: list[object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        pipeline.load(*FAST)(given)  # type: ignore[arg-type]


def test_errors_are_those_of_the_command_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="did you mean 'lead'"):
        pipeline.load("summarizer=laed")
    with pytest.raises(RunError, match=r"no plan\.json there"):
        pipeline.open_run(tmp_path / "none")


def test_a_run_as_a_table_and_as_a_dataset(dateline: Command) -> None:
    assert dateline("run", *FAST, "run.name=r", "ingest.limit=12").code == 0
    run = pipeline.open_run(Path("runs") / "r")
    frame, articles = run.to_pandas(), list(run.articles())
    assert len(frame) == len(articles) == 12
    assert all(isinstance(v, str | float | int | None) for row in frame.values for v in row)
    assert frame["countries"][0] == " ".join(c.alpha2 for c in articles[0].countries if c.focus)
    rows = run.to_dataset()
    assert rows["id"][:] == [article.id for article in articles]
    assert rows[0]["summary_sentences"][0]["text"] == articles[0].summary_sentences[0].text


def test_importing_is_quick_and_leaves_an_application_of_hydra_alone() -> None:
    code = (
        "import sys, pipeline; assert pipeline.load and pipeline.open_run;"
        "heavy = {'torch', 'transformers', 'datasets', 'hydra', 'pyarrow', 'numpy', 'pydantic'};"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    hydra, config = GlobalHydra.instance().hydra, HydraConfig.instance().cfg
    pipeline.load(*FAST)
    assert GlobalHydra.instance().hydra is hydra and HydraConfig.instance().cfg is config
