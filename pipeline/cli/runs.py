"""`dateline show`, `verify`, `retry` and `withdraw`: verbs on a run that is there, from its own
plan."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from rich.console import Console

from pipeline.core.errors import RunError
from pipeline.core.signals import handled
from pipeline.store.directory import RunDirectory
from pipeline.workflow.config import RunConfig, from_anywhere, read_config
from pipeline.workflow.job import Job
from pipeline.workflow.retry import retry_verb
from pipeline.workflow.show import show, told_in_short
from pipeline.workflow.verify import directory_of, notes, problems
from pipeline.workflow.withdraw import withdraw_verb


def show_command(words: Sequence[str]) -> int:
    """Run `dateline show WORDS`; returns the exit code."""
    parser = _parser("show", "The rows of a finished run, as a table.", runs_code=False)
    options = parser.parse_args(words)
    show(directory_of(options.run, options.runs), Console())
    return 0


def verify_command(words: Sequence[str]) -> int:
    """Run `dateline verify WORDS`; returns the exit code.

    Raises:
        RunError: something is wrong; what, was printed.
    """
    parser = _parser("verify", "Is a run what its receipts say, and does nothing lack?")
    options = parser.parse_args(words)
    directory = directory_of(options.run, options.runs)
    found = 0
    for found, problem in enumerate(problems(directory, options.allow_external_code), start=1):  # noqa: B007 counted
        print(problem)
    if found:
        what = "1 problem" if found == 1 else f"{found} problems"
        raise RunError(
            f"{directory.path}: {what}; the command that made the run makes anew what is damaged, "
            "run.overwrite=true makes all of it anew"
        )
    for note in notes(directory):
        print(note)
    rows = [sum(r.rows for r in store.receipts()) for store in directory.stores() if store]
    print(f"{directory.path}: whole; {rows[0]} articles, {rows[-1]} annotated")
    return 0


def retry_command(words: Sequence[str]) -> int:
    """Run `dateline retry WORDS`; returns the exit code."""
    parser = _parser("retry", "Try once more what a run rejected.")
    parser.add_argument("--source", help="where the input lies now, if not where it lay")
    options = parser.parse_args(words)
    directory = directory_of(options.run, options.runs)
    config = _config_of(directory, options.allow_external_code, options.source)
    job = Job(config, Console(stderr=True))
    with handled(job.stop, job.status), job.at_work():
        retry_verb(job)
    told_in_short(directory, Console())
    return 0


def withdraw_command(words: Sequence[str]) -> int:
    """Run `dateline withdraw WORDS`; returns the exit code."""
    parser = _parser("withdraw", "Take articles out of all that a run publishes.")
    parser.add_argument("words", nargs="+", metavar="id=ID | reason=TEXT")
    options = parser.parse_args(words)
    given = [word.partition("=") for word in options.words]
    wrong = [key for key, _, value in given if key not in ("id", "reason") or not value]
    ids = [value for key, _, value in given if key == "id"]
    reasons = [value for key, _, value in given if key == "reason"]
    if wrong or not ids or len(reasons) != 1:
        parser.error("give id=ID, several if need be, and one reason=TEXT")
    directory = directory_of(options.run, options.runs)
    job = Job(_config_of(directory, options.allow_external_code, None), Console(stderr=True))
    with handled(job.stop, job.status), job.at_work():
        withdraw_verb(job, ids, reasons[0])
    return 0


def _parser(verb: str, description: str, runs_code: bool = True) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"dateline {verb}", description=description)
    parser.add_argument("run", help="a run's name, or the path of its directory")
    parser.add_argument("--runs", default="runs", help="where run directories lie (runs)")
    if runs_code:
        parser.add_argument(
            "--allow-external-code",
            action="store_true",
            help="the run was made with classes that are not Dateline's; they run as you",
        )
    return parser


def _config_of(directory: RunDirectory, allow_external: bool, source: str | None) -> RunConfig:
    """The configuration that a run was made with, to be used where it lies now.

    Whether foreign code may run is never taken from the run directory itself.
    """
    config: dict[str, object] = {}
    for step in (directory.planned("ingest"), directory.planned("annotate")):
        config |= step.config
    kept = directory.kept_config()
    if kept is None:
        raise RunError(f"{directory.config}: missing or damaged; the same run mends it")
    publish = kept.get("publish")
    config["publish"] = publish if isinstance(publish, dict) else {}
    published = kept.get("published") if isinstance(kept, dict) else None
    config["published"] = published if isinstance(published, dict) else {}
    if source is not None:
        node = config["source"]
        assert isinstance(node, dict)
        config["source"] = {**node, "path": from_anywhere(source)}
    run = config["run"]
    assert isinstance(run, dict)
    config["run"] = {
        **run,
        "name": directory.name,
        "overwrite": False,
        "join": False,
        "allow_external_code": allow_external,
    }
    config["paths"] = {"runs": str(directory.path.parent)}
    return read_config(config)
