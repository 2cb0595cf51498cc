"""The plug-ins of docs/plugins.md, run as they stand there; and what one that lacks something is
told."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from command import Outcome
from pipeline.core.files import read_record

Command = Callable[..., Outcome]

PAGE = Path(__file__).parents[1] / "docs" / "plugins.md"
BLOCK = re.compile(r"```(?:python|yaml)\n# (?P<path>\S+)\n(?P<code>.*?)```", re.DOTALL)
ALLOWED = "run.allow_external_code=true"


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The files of the page, with a package of its own name for each test."""
    for path, code in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    notes = tmp_path / "notes"
    notes.mkdir()
    texts = {"a": "Gale\nA storm hit Ostend.", "b": "Vote\nA vote was held.", "c": "No"}
    for name, text in texts.items():
        (notes / f"{name}.note").write_text(text)
    yield tmp_path
    for name in [name for name in sys.modules if name.partition(".")[0] == "mine"]:
        del sys.modules[name]  # the next test has another


def test_the_plug_ins_of_the_page_work_together(dateline: Command, mine: Path) -> None:
    words = ("--config-dir", "DIR", "source=notes", "source.path=notes", "topic=weather",
             "region=none", "summarizer=none", "run.name=r", ALLOWED)  # fmt: skip
    done = dateline("run", *words, "publish=[jsonl,pages]")
    assert done.code == 0, done.message
    assert "c.note: only a title; add a text" in done.err
    published = mine / "runs" / "r" / "published"
    lines = (published / "articles.jsonl").read_text().splitlines()
    assert [(row["id"], row["topic"]) for row in map(json.loads, lines)] == [
        ("a", "medtop:17000000"), ("b", None)
    ]  # fmt: skip
    names = ["articles.jsonl", "pages/medtop-17000000.txt", "pages/none.txt"]
    manifest = read_record(mine / "runs" / "r" / "manifest.json")
    assert manifest is not None and list(manifest["published"]) == names  # type: ignore[call-overload]
    assert (published / names[1]).read_text() == "A storm hit Ostend."
    assert dateline("verify", "r", "--allow-external-code").code == 0
    assert dateline("run", *words, "publish=[jsonl]").code == 0
    assert [path.name for path in published.iterdir()] == ["articles.jsonl"]


def test_none_of_them_runs_unless_it_is_allowed(dateline: Command, mine: Path) -> None:
    done = dateline("run", "--config-dir", "DIR", "source=notes", "source.path=notes")
    assert done.code == 2 and ALLOWED in done.message


@pytest.mark.parametrize(
    ("word", "file", "line", "said"),
    [
        ("source=notes", "sources", "def read", "makes no Source: it lacks read"),
        ("topic=weather", "topics", "def open", "makes no Stage: it lacks open"),
        ("topic=weather", "topics", "needs_vector =", "makes no Stage: it lacks needs_vector"),
        ("topic=weather", "topics", "def identity", "makes no Stage: it lacks identity"),
        ("publish=[pages]", "publishers", "def write", "makes no Publisher: it lacks write"),
    ],
)
def test_what_is_missing_is_said(
    dateline: Command, mine: Path, word: str, file: str, line: str, said: str
) -> None:
    path = mine / "mine" / f"{file}.py"
    other = line.replace("def ", "def not_").replace("needs_", "wants_a_")
    path.write_text(path.read_text().replace(line, other))
    source = () if word.startswith("source") else ("source=notes",)
    done = dateline("run", "--config-dir", "DIR", word, *source, "source.path=notes",
                    "summarizer=none", "region=none", ALLOWED)  # fmt: skip
    assert done.code == 2 and said in done.message
