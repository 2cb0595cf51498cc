"""What tests share: the command run in this process, and data that a clone does not have."""

from __future__ import annotations

import sys
from collections.abc import Callable
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


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Results of stages are not shared with other tests, nor with the user's own runs."""
    monkeypatch.setenv("DATELINE_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def dateline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Outcome]:
    """The `dateline` command in this process, started in an empty folder."""
    from pipeline.cli import run_command

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
