"""Functions for the processes of `pipeline.core.workers`, which import them by name."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

from pipeline.sources.base import LeftOut
from pipeline.sources.html_page import Page


def slowly(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def ready_or_not() -> None:
    raise ImportError("no module named this")


def dying() -> None:
    os._exit(1)


def fate(what: str) -> object:
    """Ends as its name says, or gives it back."""
    acts: dict[str, Callable[[], object]] = {
        "spin": _spin,
        # A regular expression holds the lock of the interpreter: no thread could end this.
        "hold": lambda: re.match(r"(a+)+$", "a" * 40 + "b"),
        "sleep": lambda: time.sleep(600),
        "crash": lambda: os.kill(os.getpid(), signal.SIGSEGV),
        "exit": lambda: os._exit(3),
        "memory": lambda: len(bytearray(5 << 30)),
        "error": lambda: int("no number"),
        "unpicklable": lambda: lambda: None,
    }
    return acts[what]() if what in acts else what


def note(what: str) -> object:
    """As `fate`, and a file with the id of the process in the folder that is named before a colon
    says that it has begun."""
    folder, _, name = what.partition(":")
    (Path(folder) / str(os.getpid())).touch()
    return fate(name)


def _spin() -> None:
    while True:
        pass


def nothing() -> None:
    pass


def stuck(page: Page) -> LeftOut:
    if page.data == b"stuck":
        _spin()
    return LeftOut(page.where, page.data.decode())
