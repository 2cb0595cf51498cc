"""Progress on the terminal by `rich`: articles/s and time left; silent where there is none."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, runtime_checkable

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as RichProgress
from rich.progress import Task as RichTask
from rich.text import Text

_MINUTE = 60


@runtime_checkable
class NamesStages(Protocol):
    """Progress that can say which part of a step is at work."""

    def at(self, stage: str) -> None:
        """What is being done from now on."""
        ...


class Progress:
    """How far a step is: called with each lot of articles done."""

    def __init__(self, label: str, total: int | None, done: int, bar: RichProgress) -> None:
        self._label = label
        self._total = total
        self._done = self._before = done
        self._begun = time.monotonic()
        self._bar = bar
        self._task: TaskID = bar.add_task(label, total=total, completed=done)

    def __call__(self, articles: int) -> None:
        self._done += articles
        self._bar.advance(self._task, articles)

    def at(self, stage: str) -> None:
        """What is being done from now on; shown beside the step."""
        self._bar.update(self._task, description=f"{self._label}: {stage}")

    def __str__(self) -> str:
        rate = (self._done - self._before) / max(time.monotonic() - self._begun, 1e-9)
        parts = [f"{self._label}: {self._done:,} done", f"{rate:,.1f}/s"]
        if self._total is not None:
            parts[0] = f"{self._label}: {self._done:,} of {self._total:,}"
            if rate:
                parts.append(f"{(self._total - self._done) / rate / _MINUTE:,.0f} min left")
        return ", ".join(parts)


class _Rate(ProgressColumn):
    def render(self, task: RichTask) -> Text:
        rate = task.finished_speed or task.speed
        return Text(f"{rate:,.1f}/s" if rate else "", style="progress.data.speed")


@contextmanager
def progress_bar(
    console: Console, label: str, total: int | None = None, done: int = 0
) -> Iterator[Progress]:
    """A bar for the time of the block; it begins at `done`."""
    bar = RichProgress(
        SpinnerColumn(),  # and the clock: they move whatever takes long
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    with bar:
        yield Progress(label, total, done, bar)
