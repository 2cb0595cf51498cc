"""Progress on the terminal by `rich`: articles/s and time left; silent where there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Task as RichTask
from rich.text import Text


class _Rate(ProgressColumn):
    def render(self, task: RichTask) -> Text:
        rate = task.finished_speed or task.speed
        return Text(f"{rate:,.1f}/s" if rate else "", style="progress.data.speed")


@contextmanager
def progress_bar(
    console: Console, label: str, total: int | None = None
) -> Iterator[Callable[[int], None]]:
    """A bar for the time of the block; the function given is told of each lot of articles done."""
    bar = Progress(
        TextColumn("{task.description:>9}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task(label, total=total)
        yield lambda articles: bar.advance(task, articles)
