"""What tests share: the command run in this process, and data that a clone does not have."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from command import SHARED, Outcome


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests marked `shared` exist only where the development data do."""
    if SHARED.is_dir():
        return
    without = [item for item in items if item.get_closest_marker("shared")]
    items[:] = [item for item in items if item not in without]
    config.hook.pytest_deselected(items=without)


@pytest.fixture(scope="session", autouse=True)
def own_model_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What tests convert or merge does not stay in the user's model cache; what was pulled, or made
    of that before, is found as it is there."""
    from pipeline.engines.weights.cards import model_cache

    own = tmp_path_factory.mktemp("models")
    for folder in model_cache().glob("*/"):
        (own / folder.name).mkdir()
        for path in folder.iterdir():
            (own / folder.name / path.name).symlink_to(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATELINE_MODELS", str(own))
        yield


@pytest.fixture(scope="session", autouse=True)
def in_less_time() -> Iterator[None]:
    """For commands in this process: what takes long and is no part of what they do.

    Nobody cuts the power of a test, so the device is left in peace (which syncs there are is for
    `test_faults` to see).
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def no_cache_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """For fixtures that many tests share: they have the stages' results to themselves too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATELINE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Results of stages are not shared with other tests, nor with the user's own runs."""
    monkeypatch.setenv("DATELINE_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def dateline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Outcome]:
    """The `dateline` command in this process, started in an empty folder."""
    from pipeline.cli.command import run_command

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")

    def run(*arguments: str) -> Outcome:
        try:
            code = run_command(arguments)
        except SystemExit as end:  # argparse and Hydra's own --help end like this
            code = int(end.code or 0)
        printed = capsys.readouterr()
        return Outcome(code, printed.out, printed.err)

    return run


def pytest_configure() -> None:
    """OpenVINO imports absl where it is installed, and absl's log handler closes the stream that it
    found, pytest's own, when a test sets logging up anew."""
    from absl import logging

    logging.get_absl_handler().python_handler.stream = sys.__stderr__
