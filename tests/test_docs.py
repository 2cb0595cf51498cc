"""What README and docs say can be done: every command composes, every link and script is there."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from command import ROOT, Outcome
from pipeline.article import ROW_SCHEMA
from test_configs import CONFIGS

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PLUGIN = re.compile(r"```yaml\n# (\S+)\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)")
ANCHOR = re.compile(r"\]\(#([^)]+)\)")
SCRIPT = re.compile(r"\bscripts/[\w/]+\.(?:py|sh)")
README_WORDS = 1000

ACTIONS = {
    "benchmark": {"ingest"},
    "cache": {"stats", "prune", "clear", "verify"},
    "check": None,
    "completion": {"bash", "zsh", "fish"},
    "labels": {"check"},
    "models": {"list", "pull", "verify", "path", "export"},
    "retry": None,
    "show": None,
    "verify": None,
    "withdraw": None,
}
"""Verbs without a configuration, and what each can be asked for where it is one of a few."""


def commands() -> Iterator[tuple[str, str]]:
    """Name of the page and the command, one for each line of a block of shell."""
    for page in PAGES:
        for block in BLOCK.findall(page.read_text(encoding="utf-8")):
            for line in block.replace("\\\n", " ").splitlines():
                if words := shlex.split(line, comments=True):
                    yield page.stem, shlex.join(words)


COMMANDS = sorted(set(commands()))
OF_DATELINE = [pair for pair in COMMANDS if pair[1].startswith("dateline ")]


def test_there_are_commands_on_most_pages() -> None:
    assert len(COMMANDS) > 50 and len(OF_DATELINE) > 40
    assert len({page for page, _ in COMMANDS}) >= 10


@pytest.mark.parametrize(("page", "command"), OF_DATELINE)
def test_a_command_has_keys_that_there_are(
    page: str, command: str, dateline: Callable[..., Outcome]
) -> None:
    verb, *words = shlex.split(command)[1:]
    if verb in ACTIONS:
        actions = ACTIONS[verb]
        assert words and (actions is None or words[0] in actions)
        return
    if "--config-dir" in words:  # the folder is the user's own, with what is in the line
        folder = Path(words[words.index("--config-dir") + 1])
        folder.mkdir(parents=True)
        text = next(path for path in PAGES if path.stem == page).read_text(encoding="utf-8")
        for path, code in PLUGIN.findall(text):
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_text(code, encoding="utf-8")
        for key, _, value in (word.partition("=") for word in words):
            group, example = folder / key, next((CONFIGS / key).glob("*.yaml"), None)
            if example and value.isidentifier() and not (group / f"{value}.yaml").exists():
                group.mkdir(parents=True, exist_ok=True)
                (group / f"{value}.yaml").write_bytes(example.read_bytes())
    options = [] if {"--help", "--cfg"} & set(words) else ["--cfg", "job"]
    done = dateline(verb, *words, *options)
    assert done.code == 0, done.err
    assert done.out


@pytest.mark.parametrize(
    "command",
    ["run summarizer.modle=x", "evaluate labels=a predictions=b splitt=x", "run topic=headd"],
)
def test_the_check_of_a_command_can_fail(command: str, dateline: Callable[..., Outcome]) -> None:
    verb, *words = command.split()
    assert dateline(verb, *words, "--cfg", "job").code == 2


def test_the_other_commands_are_few_and_there() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for page, command in set(COMMANDS) - set(OF_DATELINE):
        first, *words = shlex.split(command)
        if first in ("bash", "python"):
            script = (ROOT / words[0]).read_text(encoding="utf-8")
            options = [word for word in words[1:] if word.startswith("--")]
            assert all(f'"{option}"' in script for option in options), (page, command)
        elif first == "pip":
            assert words[0] == "install"
            for wanted in words[1:]:
                extra = re.fullmatch(r"dateline(?:\[(\w+)\])?", wanted)
                assert extra is not None, (page, command)
                assert extra[1] is None or extra[1] in extras["optional-dependencies"]
        else:
            assert (first, words) == ("eval", ["$(dateline completion bash)"]), (page, command)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_links_and_scripts_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in LINK.findall(text):
        assert link.startswith("https://") or (page.parent / link).exists(), link
    headings = {re.sub(r"[^\w -]", "", h).lower().replace(" ", "-")
                for h in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}  # fmt: skip
    assert set(ANCHOR.findall(text)) <= headings
    for script in SCRIPT.findall(text):
        assert (ROOT / script).is_file(), script


def test_readme_is_short_and_leads_to_every_page() -> None:
    text = PAGES[0].read_text(encoding="utf-8")
    assert len(text.split()) <= README_WORDS
    assert {link for link in LINK.findall(text) if link.startswith("docs/")} == {
        f"docs/{page.name}" for page in PAGES[1:]
    }


def test_every_field_of_the_row_is_on_its_page() -> None:
    told = set(re.findall(r"`(\w+)`", (ROOT / "docs" / "row.md").read_text(encoding="utf-8")))
    assert set(ROW_SCHEMA.names) <= told


def test_every_option_is_told_of() -> None:
    """Groups of `dateline run` stand in the table of models.md, with every option."""
    text = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    for group in ("source", "region", "topic", "encoder", "summarizer", "engine", "selection"):
        [row] = re.findall(rf"^\| `{group}` \|(.+)\|$", text, re.MULTILINE)
        assert {path.stem for path in (CONFIGS / group).glob("*.yaml")} <= set(
            re.findall(r"`(\w+)`", row)
        ), group


@pytest.mark.models
def test_the_lines_of_python_run(
    dateline: Callable[..., Outcome], capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a page one after the other; the plug-ins have a test of their own."""
    assert dateline("run", "run.name=monday", "topic=none", "summarizer=lead").code == 0
    for page in PAGES:
        names: dict[str, object] = {}
        for block in PYTHON.findall(page.read_text("utf-8")):
            if not block.startswith("# mine/"):
                exec(compile(block, page.name, "exec"), names)  # our own lines
    assert capsys.readouterr().out
