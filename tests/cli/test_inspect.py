"""`dateline inspect`: what is told of files, that nothing is written, and the command it names."""

from __future__ import annotations

import gzip
import json
import shlex
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest

from command import Outcome

Command = Callable[..., Outcome]

HARBOUR = (
    "The harbour at Ostend in Belgium will close for three weeks from Monday after a dredger sank "
    "in its only channel, the port authority said on Friday. All nine people on board were rescued "
    "by a pilot boat. Two cranes from Rotterdam are to lift the wreck, which lies in eleven metres "
    "of water and blocks the way to the fish market and to the yards of three companies there."
)
GERMAN = "Der Hafen bleibt nach Angaben der Behörde wegen eines Unfalls drei Wochen geschlossen."


def written(path: Path, rows: Iterable[Mapping[str, object] | str]) -> Path:
    lines = (row if isinstance(row, str) else json.dumps(row) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


ROWS: list[Mapping[str, object] | str] = [
    {"id": "a", "title": "Harbour", "text": HARBOUR, "published": "2026-01-02", "url": " "},
    {"id": "b", "text": HARBOUR.upper(), "published": "2026-01-03"},
    {"id": "c", "text": HARBOUR.replace("rescued", "picked up"), "published": "2026-02-01"},
    {"id": "d", "text": GERMAN, "published": "05/01/2024"},
    {"id": "e", "text": "12 34", "published": "2026-03-01"},
    "{broken",
    {"id": "f"},
]


def told(done: Outcome) -> dict[str, list[str]]:
    """The lines by what they are about."""
    assert done.code == 0, done.err
    lines: dict[str, list[str]] = {}
    label = ""
    for line in done.out.splitlines():
        label = line[:12].strip() or label
        lines.setdefault(label, []).append(line[12:])
    return lines


def test_what_is_in_a_file(dateline: Command) -> None:
    written(Path("a.jsonl"), ROWS)
    lines = told(dateline("inspect", "a.jsonl"))
    assert lines["files"] == ["1, 0.0 MB: 1 json"]
    assert lines["records"] == ["7 read: 2 articles, 2 duplicate, 1 filtered, 2 rejected"]
    assert lines["fields"] == [
        "id 100%, title 20%, text 100%, published 100%; none has url, language, source, author"
    ]
    assert lines["words"] == ["13 to 70 a text, quartiles 27, 42, 56",
                              "stubs (a notice, or fewer than 20 words): 1"]  # fmt: skip
    assert lines["languages"] == ["1 en, 1 de"]
    assert lines["dates"] == [
        "2026-01-02 to 2026-01-02; articles without one: 1",
        "1 not read (ambiguous), such as '05/01/2024'",
        "source.dates=dmy or source.dates=mdy says which is the day",
    ]
    first, *pairs = lines["duplicates"]
    assert first == "1 near, 1 same words"
    assert pairs[0] == "a.jsonl:2 repeats a (same words)"
    assert pairs[1].startswith("a.jsonl:3 repeats a (near, 9")
    assert lines["left out"] == ["1 no letters"]
    assert lines["broken"][0] == "2" and lines["broken"][1].startswith("a.jsonl:6: broken JSON")


def test_nothing_is_written(dateline: Command, tmp_path: Path) -> None:
    written(Path("a.jsonl"), ROWS)
    others = set(Path(tempfile.gettempdir()).glob("dateline-*"))
    assert dateline("inspect", "a.jsonl").code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]
    assert set(Path(tempfile.gettempdir()).glob("dateline-*")) <= others


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        (["a.jsonl"], ["source=json", "source.fields.text=prose"]),
        (["sub/b, c's (1).jsonl"], ["source.fields.text=prose", "ingest.near_duplicates=false"]),
        (["a.jsonl", "sub"], ["source.fields.text=prose"]),
        (["named.json"], []),
    ],
)
def test_the_command_that_is_named_loads_them(
    dateline: Command, paths: list[str], words: list[str]
) -> None:
    Path("sub").mkdir()
    for number, path in enumerate(("a.jsonl", "sub/b, c's (1).jsonl")):
        written(Path(path), [{"prose": HARBOUR + f" {number}"}, {"prose": GERMAN}, {"prose": "1"}])
    written(Path("named.json"), [{"data": [{"body": HARBOUR}, {"body": GERMAN}]}])
    lines = told(dateline("inspect", *paths, *words, "limit=100"))
    program, verb, *others = shlex.split(lines["load them"][0])
    assert (program, verb) == ("dateline", "run")
    assert not any("limit" in word for word in others)
    quick = ("run.name=r", "topic=none", "summarizer=none", "region=none", "publish=[jsonl]")
    done = dateline(verb, *others, *quick)
    assert done.code == 0, done.err
    kept = lines["records"][0].partition(" articles")[0].rpartition(" ")[2]
    assert f"{kept} annotated" in done.out


def test_a_limit_is_kept_and_said(dateline: Command) -> None:
    rows = [{"text": f"{GERMAN} {n}", "published": "09/10/2025"} for n in range(50)]
    written(Path("a.jsonl"), [*rows, "{broken"])
    lines = told(dateline("inspect", "a.jsonl", "limit=10"))
    assert lines["records"] == [
        "10 read: 10 articles", "there are more than limit=10; what follows is of these"
    ]  # fmt: skip
    assert lines["broken"] == ["none"]
    assert told(dateline("inspect", "a.jsonl", "limit=51"))["records"][0].startswith("51 read")


def test_formats_are_those_of_the_content(dateline: Command) -> None:
    Path("in").mkdir()
    written(Path("in/a.jsonl"), ROWS[:1])
    Path("in/b.jsonl.gz").write_bytes(gzip.compress(b'{"text": "Rain."}\n'))
    Path("in/c.jsonl.gz").write_bytes(gzip.compress(b"x" * 9000)[:40])
    with zipfile.ZipFile("in/d.jsonl.zip", "w") as archive:
        archive.writestr("e.html", "<!DOCTYPE html><p>Rain")
        archive.writestr("f.pdf", "%PDF-1.7")
    lines = told(dateline("inspect", "in"))
    assert lines["files"][0].endswith(" MB: 2 json, 1 html")
    assert any(line.startswith("1 not read: a PDF") for line in lines["files"][1:])
    assert any("damaged" in line for line in lines["files"][1:])


def test_files_without_records_and_records_that_are_all_broken(dateline: Command) -> None:
    Path("empty.jsonl").touch()
    lines = told(dateline("inspect", "empty.jsonl", "source=jsonl"))
    assert lines["records"] == ["0 read"] and "words" not in lines
    written(Path("bad.jsonl"), ["{x", "[1, ", "{z"])
    lines = told(dateline("inspect", "bad.jsonl"))
    assert lines["records"][0].endswith(f": {lines['broken'][0]} rejected")
    assert lines["broken"][-1].endswith("run.max_reject_rate=1 goes on")


def test_nothing_of_an_article_reaches_the_terminal_as_a_command(dateline: Command) -> None:
    escape = "\x1b]0;owned\x07[bold]"
    written(Path("a.jsonl"), [{"id": escape, "text": GERMAN, "published": f"{escape}1"},
                              {"id": f"{escape}2", "text": GERMAN}])  # fmt: skip
    done = dateline("inspect", "a.jsonl")
    assert done.code == 0 and "\x1b" not in done.out and "\x07" not in done.out
    assert "[bold]" in done.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "source.path is not set"),
        (["nowhere"], "nowhere: no such file or folder"),
        (["a.jsonl", "limit=0"], "limit=0"),
        (["a.jsonl", "source.fields.txt=x"], "did you mean 'source.fields.text'?"),
        (["a.jsonl", "source=jsnl"], "did you mean 'jsonl'?"),
        (["a.jsonl", "source._target_=os.system"], "run.allow_external_code=true"),
    ],
)
def test_a_mistake_is_one_line(dateline: Command, words: list[str], said: str) -> None:
    written(Path("a.jsonl"), ROWS)
    done = dateline("inspect", *words)
    assert done.code == 2 and said in done.message, done.message


def test_the_key_that_lacks_is_named_below_what_is_known(dateline: Command) -> None:
    written(Path("a.jsonl"), [{"prose": HARBOUR}])
    done = dateline("inspect", "a.jsonl")
    assert done.code == 2 and "(columns: prose); set source.fields.text=" in done.message
    assert done.out == "files       1, 0.0 MB: 1 json\n"


def test_a_folder_of_any_formats(dateline: Command) -> None:
    Path("in").mkdir()
    Path("in/a.csv").write_text(f"titel;maintext\nHafen;{GERMAN}\n", encoding="utf-8")
    Path("in/b.json").write_text(json.dumps({"data": [{"body": HARBOUR}]}), encoding="utf-8")
    lines = told(dateline("inspect", "in"))
    assert lines["files"][0].endswith(": 1 csv, 1 json")
    assert lines["records"] == ["2 read: 2 articles"]
    taken = " ".join(lines["taken"])
    for note in ("text from 'maintext'", "text from 'body'", "articles from the list 'data'"):
        assert note in taken
    assert lines["load them"] == ["dateline run source.path=in"]


def test_what_a_source_took_for_what_is_told(
    dateline: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "guessing.py").write_text(
        "from types import SimpleNamespace\n"
        "from pipeline.sources.base import Record\n"
        "class Guessing:\n"
        "    dates = 'auto'\n"
        "    def __init__(self, path=None):\n"
        "        self.notes = SimpleNamespace(lines=[])\n"
        "    def identity(self): return {'reader': 'guessing-1'}\n"
        "    def files(self): return []\n"
        "    def read(self):\n"
        "        self.notes.lines[:] = [\"a: text from 'body'\"]\n"
        "        yield Record('a', {'text': 'It rained.', 'published': '05/01/2024'})\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "own" / "source").mkdir(parents=True)
    (tmp_path / "own/source/guessing.yaml").write_text(
        "_target_: guessing.Guessing\npath: null\n", encoding="utf-8"
    )
    words = ("source=guessing", "run.allow_external_code=true")
    lines = told(dateline("inspect", "x", *words, "--config-dir", "own"))
    assert lines["taken"] == ["a: text from 'body'"]
    assert lines["dates"][-1] == "source.dates=dmy or source.dates=mdy says which is the day"
    assert lines["load them"] == [
        shlex.join(["dateline", "run", "source=guessing", "source.path=x", words[1],
                    "--config-dir", str(tmp_path / "own")])
    ]  # fmt: skip
