"""Progress on a terminal: what is at work, how far, and nothing where nobody looks."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from pipeline.annotate.annotator import Annotator
from pipeline.core.progress import NamesStages, progress_bar


def test_the_bar_names_the_step_and_the_stage() -> None:
    out = StringIO()
    console = Console(file=out, force_terminal=True, width=120)
    with progress_bar(console, "annotate", total=4) as progress:
        assert isinstance(progress, NamesStages)
        progress.at("loading models")
        progress(3)
        progress.at("summarizer")
        assert str(progress).startswith("annotate: 3 of 4")
    shown = out.getvalue()
    assert "annotate: summarizer" in shown and "3/4" in shown and "0:00:00" in shown


def test_nothing_is_shown_where_there_is_no_terminal() -> None:
    out = StringIO()
    with progress_bar(Console(file=out), "annotate", total=1) as progress:
        progress(1)
    assert out.getvalue() == ""


def test_the_stages_of_a_shard_are_named() -> None:
    class Watch:
        def __init__(self) -> None:
            self.stages: list[str] = []

        def __call__(self, articles: int) -> None:
            pass

        def at(self, stage: str) -> None:
            self.stages.append(stage)

    watch = Watch()
    Annotator({}, batch_rows=2)([], watch)
    assert watch.stages == ["loading models"]
