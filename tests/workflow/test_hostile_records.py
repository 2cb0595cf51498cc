"""Records that try to name files, and secrets of the environment: neither gets onto the disk."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from command import Outcome

Command = Callable[..., Outcome]

QUICK = ("run", "topic=none", "summarizer=lead", "source=jsonl", "source.path=in.jsonl")
TEXT = "The government of Kenya said on Monday that tea farmers in Kericho would be paid in May."
NAMES = [
    "../../evil",
    "../evil.jsonl",
    "/etc/evil-record",
    "/evil-record",
    "..\\..\\evil",
    "C:\\evil.txt",
    "~/evil",
    "$HOME/evil",
    "`touch evil`",
    "; touch evil #",
    "%2e%2e%2fevil",
    "file:///tmp/evil",
    "evil" * 1000,
    "evil\nevil",
    "evil\r\nevil",
    "evil\x00.txt",
    "\x00",
    "evil\u202etxt.",
    ".",
    "..",
    "articles.jsonl",
    "manifest.json",
    "00000.parquet",
    "CON",
    "-rf",
    "*",
    "{evil}",
    "[red]evil[/red]",
    "evil\x1b[2J",
]
FIELDS = ("id", "url", "title", "source", "published", "language")
CANARIES = {
    name: f"canary-{number}-4b1d"
    for number, name in enumerate(
        ("HF_TOKEN", "OPENAI_API_KEY", "DATELINE_API_KEY", "AWS_SECRET_ACCESS_KEY")
    )
}


def write(path: Path, records: list[dict[str, str]]) -> None:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


def tree(folder: Path) -> set[str]:
    """Every file and folder below, the random names of sessions alike."""
    found = {str(path.relative_to(folder)) for path in folder.rglob("*")}
    return {re.sub(r"[0-9a-f]{32,64}", "HEX", name) for name in found}


def records(field: str | None) -> list[dict[str, str]]:
    """A record a name, the name in `field`, or nowhere."""
    plain = [{"id": f"r{n}", "text": f"{TEXT} Number {n}."} for n in range(len(NAMES))]
    if field is None:
        return plain
    return [{**record, field: name} for record, name in zip(plain, NAMES, strict=True)]


@pytest.mark.parametrize("field", FIELDS)
def test_no_field_of_a_record_names_a_file(dateline: Command, tmp_path: Path, field: str) -> None:
    write(tmp_path / "in.jsonl", records(None))
    assert dateline(*QUICK, "run.name=harmless").code == 0
    harmless, outside = tree(tmp_path / "runs" / "harmless"), tree(tmp_path)
    around = {path.name for path in (*tmp_path.parent.iterdir(), *Path("/").iterdir())}
    write(tmp_path / "in.jsonl", records(field))
    done = dateline(*QUICK, "run.name=hostile", "run.max_reject_rate=1")
    assert done.code == 0, done.err
    hostile = tmp_path / "runs" / "hostile"
    without = {name for name in tree(tmp_path) if not name.startswith("runs/hostile")}
    assert without == outside
    assert around == {path.name for path in (*tmp_path.parent.iterdir(), *Path("/").iterdir())}
    # What cannot be read is rejected, and then there are rejects to be kept.
    assert {n for n in tree(hostile) if not n.startswith("rejects")} == harmless - {"rejects"}
    assert not [name for name in tree(hostile) if "evil" in name or "CON" in name]
    kept = (hostile / "published" / "articles.jsonl").read_text()
    assert kept.count("\n") > len(NAMES) / 2, "most of these are allowed as values"
    assert done.out.count("\x1b[2J") == 0, "nor does a record command the terminal"


def test_files_with_hostile_names_are_read_and_name_nothing(
    dateline: Command, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    names = ["..evil.txt", "-rf.txt", "a\nb.txt", "$(touch evil).txt", "..\\evil.txt", "e" * 200]
    for name in names:
        (tmp_path / "in" / f"{name.removesuffix('.txt')}.txt").write_text(f"{name}\n\n{TEXT}")
    before = tree(tmp_path)
    done = dateline(*QUICK[:3], "source=text", "source.path=in", "run.name=hostile")
    assert done.code == 0, done.err
    new = tree(tmp_path) - before
    assert new and all(name == "runs" or name.startswith("runs/hostile") for name in new)
    assert not [name for name in new if "evil" in name]


@pytest.mark.parametrize("name", ["../evil", "/tmp/evil-run", "a/../../evil", "..", "a\nb"])
def test_nor_does_the_run_s_name_leave_its_folder(
    dateline: Command, tmp_path: Path, name: str
) -> None:
    write(tmp_path / "in.jsonl", records(None)[:1])
    quoted = json.dumps(name)
    done = dateline(*QUICK, f"run.name={quoted}")
    assert done.code == 2 and done.message
    assert tree(tmp_path) <= {"in.jsonl", "runs"}
    assert not Path("/tmp/evil-run").exists()


PLUGIN = """\
import os
from pipeline.sources.base import Record
class Failing:
    def identity(self): return {"reader": "failing-1"}
    def files(self): return []
    def read(self):
        token = os.environ["HF_TOKEN"]  # in a local variable when it fails, as in a library
        raise RuntimeError("the service said no")
"""


@pytest.fixture
def canaries(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    for name, value in CANARIES.items():
        monkeypatch.setenv(name, value)
    return [value.encode() for value in CANARIES.values()]


def leaks(folders: list[Path], printed: str, canaries: list[bytes]) -> list[str]:
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert files, "nothing was written: nothing is tested"
    texts = {str(path): path.read_bytes() for path in files} | {"printed": printed.encode()}
    return [name for name, text in texts.items() for word in canaries if word in text]


def test_keys_of_the_environment_are_written_nowhere(
    dateline: Command, tmp_path: Path, canaries: list[bytes]
) -> None:
    write(tmp_path / "in.jsonl", [*records(None), {"text": ""}])
    done = dateline(*QUICK, "run.name=good", "--debug")
    assert done.code == 0, done.err
    cache = Path(os.environ.get("DATELINE_CACHE", tmp_path))
    assert (tmp_path / "runs" / "good" / "config.yaml").exists()
    assert not leaks([tmp_path, cache], done.out + done.err, canaries)


def test_nor_when_it_fails_with_a_traceback(
    dateline: Command,
    tmp_path: Path,
    canaries: list[bytes],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    import traceback

    write(tmp_path / "in.jsonl", records(None)[:2])
    (tmp_path / "failing_plugin.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "conf" / "source").mkdir(parents=True)
    config = tmp_path / "conf" / "source" / "failing.yaml"
    config.write_text("_target_: failing_plugin.Failing\n")
    plugin = ("run", "--config-dir", "conf", "source=failing", "run.allow_external_code=true")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.safetensors").write_bytes(b"nothing")
    words = ("run", "topic=none", "source=jsonl", "source.path=in.jsonl", "engine=transformers")
    model = (*words, "summarizer.model=model", "run.name=model")
    for words in ((*plugin, "run.name=plugin"), model):
        with pytest.raises(Exception, match=r"said no|cannot load it") as raised:
            dateline(*words, "--debug")
        shown = "".join(traceback.format_exception(raised.value))
        printed = capsys.readouterr()
        runs = tmp_path / "runs"
        assert not leaks([runs], shown + printed.out + printed.err, canaries), words


def test_a_secret_in_the_configuration_is_not_dumped(dateline: Command, tmp_path: Path) -> None:
    """It should not be there; but a plug-in's config may have it by `${oc.env:HF_TOKEN}`."""
    write(tmp_path / "in.jsonl", records(None)[:2])
    secret = "canary-in-config"
    url = f"https://me:{secret}@example.org/feed"
    (tmp_path / "mine.py").write_text(
        "from pydantic.dataclasses import dataclass\n"
        "from pipeline.config.schema import PLUGIN\n"
        "from pipeline.sources.json import JsonSource\n"
        "@dataclass(config=PLUGIN)\n"
        "class Mine(JsonSource):\n    api_key: str = ''\n    url: str = ''\n"
    )
    more = ("source._target_=mine.Mine", f"+source.api_key={secret}", f'+source.url="{url}"')
    words = (*QUICK, *more, "run.allow_external_code=true")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(tmp_path))
        done = dateline(*words, "run.name=secret")
        assert done.code == 0, done.err
        again = dateline(*words, "run.name=secret", "ingest.limit=1")  # prints what differs
    assert again.code == 2
    printed = done.out + done.err + again.out + again.err
    assert not leaks([tmp_path / "runs"], printed, [secret.encode()])
