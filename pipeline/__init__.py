"""Dateline: news articles in, a labelled, summarised and checkable dataset out.

import pipeline

dateline = pipeline.load("topic=descriptions", "summarizer=lead")
articles = dateline(["A text ...", {"title": "...", "text": "..."}])
run = pipeline.open_run("runs/monday")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from pipeline.core.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.article import Article as Article
    from pipeline.summarize.support.checker import Checker
    from pipeline.workflow.door import Dateline, Run

__all__ = ["Article", "__version__", "load", "load_checker", "open_run"]


def load(*overrides: str, config_dir: str | Path | None = None) -> Dateline:
    """The stages of a configuration, from overrides as `dateline run` has them; `config_dir` is a
    folder of your own configurations. Called with texts or dicts of `title`, `text` and the other
    fields of an article it gives a list of `Article`, one for each, in order.

    Raises:
        ConfigError, ModelError: as on the command line.
    """
    from pipeline.workflow.door import load as load_stages

    return load_stages(*overrides, config_dir=config_dir)


def open_run(run: str | Path) -> Run:
    """A finished run, by the path of its directory or its name in `runs/`: its `articles()`, and
    all rows `to_pandas()` or `to_dataset()`.

    Raises:
        RunError: there is no run.
    """
    from pipeline.workflow.door import open_run as open_directory

    return open_directory(run)


def load_checker(model: str | None = None) -> Checker:
    """The support check: `load_checker()(text, summary)` gives the sentences of a summary, each
    with the probability that the article supports it, the source sentences that it rests on, and
    names and numbers that the article lacks. `model` is a folder of `dateline train-support`.

    Raises:
        ModelError: a model is missing or has another digest than its card.
    """
    from pipeline.summarize.support.checker import load_checker as load

    return load(model)


def __getattr__(name: str) -> object:
    # Arrow takes longer to import than `import pipeline` may.
    if name == "Article":
        return import_module("pipeline.article").Article
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
