"""`dateline models`: what it lists, where it says files lie, and what it checks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from command import Outcome
from pipeline.engines.weights.cards import card_folder, cards

Command = Callable[..., Outcome]
NAMES = tuple(cards())


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No wheel, no model cache, no hub cache."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("DATELINE_MODELS", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))


def row_of(name: str, table: str) -> str:
    [row] = [line for line in table.splitlines() if f" {name} " in line]
    return row


def test_list_names_every_card_and_its_folder(
    dateline: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    done = dateline("models", "list")
    assert done.code == 0 and done.err == ""
    assert NAMES[:2] == ("all-minilm-l6-v2", "smollm2-135m-instruct")
    for name in NAMES:
        row = row_of(name, done.out)
        assert "Apache-2.0" in row and str(card_folder(cards()[name])) in row


def test_list_of_one_card_leaves_out_the_others(dateline: Command) -> None:
    done = dateline("models", "list", NAMES[0])
    assert done.code == 0
    assert NAMES[0] in done.out and NAMES[1] not in done.out


@pytest.mark.usefixtures("nothing_installed")
def test_list_says_how_to_get_what_is_missing(
    dateline: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    done = dateline("models", "list")
    assert done.code == 0
    for name in NAMES:
        assert f"missing: dateline models pull {name}" in row_of(name, done.out)


def test_path_is_the_folder_or_the_gguf_file(dateline: Command) -> None:
    folder, file = (dateline("models", "path", name) for name in NAMES[:2])
    assert folder.code == file.code == 0
    assert (Path(folder.out.strip()) / cards()[NAMES[0]].main_file).is_file()
    assert Path(file.out.strip()).is_file() and file.out.endswith(".gguf\n")


def test_path_without_a_name_is_a_mistake_of_usage(dateline: Command) -> None:
    done = dateline("models", "path")
    assert done.code == 2 and done.out == ""
    assert "path needs a NAME" in done.err


def test_verify_says_how_many_files_it_compared(dateline: Command) -> None:
    done = dateline("models", "verify")
    assert done.code == 0
    said = done.out.splitlines()
    assert len(said) == len(NAMES)
    for name, line in zip(NAMES, said, strict=True):
        card = cards()[name]
        assert line == f"{name}: {len(card.files)} files as on the card, in {card_folder(card)}"


@pytest.mark.usefixtures("nothing_installed")
def test_verify_of_a_missing_model_says_how_to_get_it(dateline: Command) -> None:
    done = dateline("models", "verify", NAMES[0])
    assert done.code == 2
    assert f"dateline models pull {NAMES[0]}" in done.message
