"""Verbs with a configuration: from the words of a command line to the work."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, get_type_hints

from rich.console import Console

from pipeline.cli.help import help_of
from pipeline.cli.line import Line, read_line
from pipeline.cli.verbs import VERBS
from pipeline.config.compose import bare_words, composed, key_of, list_of, quoted
from pipeline.config.overrides import as_typed, jobs_of
from pipeline.core.errors import ConfigError, RunError
from pipeline.core.signals import handled

if TYPE_CHECKING:
    from pathlib import Path


def configured_command(words: Sequence[str], verb: str) -> int:
    """Run `dateline VERB WORDS`; returns the exit code."""
    line = read_line(words)
    if "help" in line.flags:
        print(help_of(verb, line.words, line.folders), end="")
        return 0
    _DO[verb](verb, line)
    return 0


def _configs(
    verb: str, words: Sequence[str], line: Line, also: Sequence[str] = ()
) -> Iterator[dict[str, object]]:
    """The configuration of a verb; with --multirun several, and with --cfg, which prints it, none.

    `also` are keys that may have been meant.
    """
    sweeps = "multirun" in line.flags
    typed = as_typed(verb, words, _sections(verb), sweeps, line.folders)
    for job in jobs_of(typed) if sweeps else [typed]:
        found = composed(verb, job, line.folders, also)
        if line.cfg is None:
            yield found.values()
        else:
            print(found.shown(line.cfg, "resolve" in line.flags), end="")


def _sections(verb: str) -> Mapping[str, object]:
    """The type hints of the keys at the top of a verb's configuration."""
    settings = VERBS[verb].settings
    if settings is None:
        from pipeline.workflow.config import SECTION_TYPES

        return SECTION_TYPES
    module, _, name = settings.rpartition(".")
    return get_type_hints(getattr(import_module(module), name))


def _out(line: Line) -> Console:
    return Console(quiet="quiet" in line.flags)


def _err(line: Line) -> Console:
    return Console(stderr=True, quiet="quiet" in line.flags)


def _run(verb: str, line: Line) -> None:
    for config in _configs(verb, line.words, line):
        _work(verb, config, line, told=True)


def _work(verb: str, config: Mapping[str, object], line: Line, told: bool) -> Path:
    """Do a step of a run, or all; returns the run's directory. With `told` what came of it is
    printed."""
    from pipeline.workflow.config import read_config
    from pipeline.workflow.job import Job
    from pipeline.workflow.show import show, told_in_short
    from pipeline.workflow.steps import VERBS as WORK

    job = Job(read_config(config), _err(line))
    with handled(job.stop, job.status), job.at_work():
        WORK[verb](job)
    if told and job.worked and verb in ("run", "publish"):
        try:
            (show if job.config.show else told_in_short)(job.directory, _out(line))
        except BrokenPipeError:
            raise
        except OSError as error:  # all that is read of the run comes as an error of ours
            drop_output()
            raise RunError(
                f"standard output cannot be written: {error.strerror}; the run is finished, in "
                f"{job.directory.path}"
            ) from error
    return job.directory.path


def drop_output() -> None:
    """Nobody takes what is still to be printed, and Python would try once more as it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _evaluate(verb: str, line: Line) -> None:
    """Score a run that is there or, without `predictions`, one that is made first."""
    from pipeline.evaluate.command import evaluate, prepared
    from pipeline.evaluate.run_first import OWN, check_source, parted

    given = any(key_of(word) == "predictions" for word in line.words)
    own, others = (line.words, ()) if given else parted(line.words)
    every = list(_configs(verb, own, line))
    if line.cfg is not None and not given:
        list(_configs("run", others, line, OWN))
    for settings in every:
        if settings["predictions"] is not None:
            evaluate(settings, _out(line), _err(line))
            continue
        for config in _configs("run", others, line, OWN):
            found = {**settings, "topic_labels": config["topic_labels"]}
            # What is wrong with labels or gate is said before anything is run.
            prepared(found, config)
            check_source(settings["gold"], config, others)
            run = _work("run", config, line, told=False)
            evaluate({**found, "predictions": str(run)}, _out(line), _err(line))


def _compare(verb: str, line: Line) -> None:
    from pipeline.evaluate.compare.command import compare_runs

    runs, words = bare_words(line.words)
    if runs:
        words = [f"predictions={list_of(runs)}", *words]
    for config in _configs(verb, words, line):
        compare_runs(config, _out(line), _err(line))


def _counts(verb: str, line: Line) -> None:
    from pipeline.workflow.counts import count_run

    runs, words = bare_words(line.words)
    if len(runs) > 1:
        raise ConfigError(f"counts: one run, not {' and '.join(runs)}; by=[country,month] is a key")
    for config in _configs(verb, [*(f"run={quoted(run)}" for run in runs), *words], line):
        count_run(config, _out(line))


def _inspect(verb: str, line: Line) -> None:
    from pipeline.core.progress import progress_bar
    from pipeline.workflow.inspection import inspect

    paths, words = bare_words(line.words)
    if paths:
        words = [f"source.path={_path(paths[0]) if len(paths) == 1 else list_of(paths)}", *words]
    # A group comes before its keys.
    words.sort(key=lambda word: key_of(word) != "source")
    for config in _configs(verb, words, line):
        loads = [word for word in words if key_of(word) != "limit"]
        source = composed(verb, words, line.folders).config.hydra.runtime.choices["source"]
        if source != "auto" and "source" not in map(key_of, words):
            loads.insert(0, f"source={source}")
        for folder in line.folders:
            loads += ["--config-dir", str(folder)]
        told: list[tuple[str, str]] = []
        try:
            with progress_bar(_err(line), "inspect") as progress:
                for one in inspect(config, loads, progress):
                    told.append(one)
        finally:  # what is known also where it cannot be read
            for label, text in told:
                shown = "".join(c if c.isprintable() else " " for c in text)
                _out(line).print(
                    f"{label:<12}{shown}", markup=False, highlight=False, soft_wrap=True
                )


def _path(path: str) -> str:
    """A path as Hydra takes it, as it stands where that is possible."""
    is_plain = re.fullmatch(r"[A-Za-z./~][\w./~-]*", path) and path.lower() not in _NO_TEXT
    return path if is_plain else quoted(path)


_NO_TEXT = ("null", "true", "false", "nan", "inf")


def _tune(verb: str, line: Line) -> None:
    from pipeline.tune.command import tune
    from pipeline.tune.settings import parted

    own, others = parted(line.words)
    others = as_typed("run", others, _sections("run"), sweeps=True, folders=line.folders)
    for config in _configs(verb, own, line):
        tune(config, others, line.folders, _out(line), _err(line))


def _calibrate(verb: str, line: Line) -> None:
    from pipeline.train.calibration.command import calibrate

    for config in _configs(verb, line.words, line):
        calibrate(config, _out(line), _err(line))


def _train(verb: str, line: Line) -> None:
    from pipeline.core.stopping import Stop

    for config in _configs(verb, line.words, line):
        if verb == "train-topic":
            from pipeline.train.topic.command import train_topic as train

            key = f"topic={config.get('classifier')} topic.model"
        elif verb == "train-region":
            from pipeline.train.region.command import train_region as train

            key = "region=focus region.model"
        elif verb == "train-support":
            from pipeline.train.support.command import train_support as train

            key = "dateline check FILE to=OUT model"
        else:
            from pipeline.train.summarizer.command import train_summarizer as train

            key = "summarizer.model"
        stop = Stop()
        with handled(stop, lambda: "training"):
            made = train(config, _err(line), stop)
        _out(line).print(
            f"{made}: use it with {key}={made}", markup=False, highlight=False, soft_wrap=True
        )


_DO: Mapping[str, Callable[[str, Line], None]] = {
    **dict.fromkeys(("run", "ingest", "annotate", "publish"), _run),
    **dict.fromkeys(("train-summarizer", "train-topic", "train-region", "train-support"), _train),
    "evaluate": _evaluate,
    "compare": _compare,
    "counts": _counts,
    "inspect": _inspect,
    "calibrate": _calibrate,
    "tune": _tune,
}
