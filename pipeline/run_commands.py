"""`dateline verify` and `dateline retry`: verbs on a run that is there, from its own plan."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import yaml
from rich.console import Console

from pipeline.errors import RunError
from pipeline.job import Config, Job
from pipeline.retry import retry_verb
from pipeline.runs.directory import RunDirectory
from pipeline.runs.shards import ShardStore
from pipeline.signals import handled
from pipeline.verbs import show
from pipeline.verify import directory_of, problems


def verify_command(words: Sequence[str]) -> int:
    """Run `dateline verify WORDS`; returns the exit code.

    Raises:
        RunError: something is wrong; what, was printed.
    """
    options = _parser("verify", "Is a run what its receipts say, and does nothing lack?", words)
    directory = directory_of(options.run, options.runs)
    found = 0
    for found, problem in enumerate(problems(directory), start=1):  # noqa: B007 counted
        print(problem)
    if found:
        what = "1 problem" if found == 1 else f"{found} problems"
        raise RunError(
            f"{directory.path}: {what}; the command that made the run makes anew what is damaged, "
            "run.overwrite=true makes all of it anew"
        )
    print(f"{directory.path}: whole; {_what(directory)}")
    return 0


def retry_command(words: Sequence[str]) -> int:
    """Run `dateline retry WORDS`; returns the exit code."""
    options = _parser("retry", "Try once more what a run rejected.", words)
    directory = directory_of(options.run, options.runs)
    job = Job(_config_of(directory), Console(stderr=True))
    with handled(job.stop, job.status), job.at_work():
        retry_verb(job)
    show(job, Console())
    return 0


def _parser(verb: str, description: str, words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"dateline {verb}", description=description)
    parser.add_argument("run", help="a run's name, or the path of its directory")
    parser.add_argument("--runs", default="runs", help="where run directories lie (runs)")
    return parser.parse_args(words)


def _config_of(directory: RunDirectory) -> Config:
    """The configuration that a run was made with, to be used where it lies now."""
    config: dict[str, object] = {}
    for step in (directory.planned("ingest"), directory.planned("annotate")):
        config |= step.config
    try:
        kept = yaml.safe_load(directory.config.read_text(encoding="utf-8"))
        config["publish"] = kept["publish"]
    except (OSError, ValueError, LookupError, TypeError, yaml.YAMLError) as error:
        raise RunError(f"{directory.config}: missing or damaged, or never published") from error
    run = config["run"]
    assert isinstance(run, dict)
    config["run"] = {**run, "name": directory.name, "overwrite": False, "join": False}
    config["paths"] = {"runs": str(directory.path.parent)}
    return config


def _what(directory: RunDirectory) -> str:
    articles = directory.articles(directory.fingerprint("ingest"))
    annotations = directory.annotations(directory.fingerprint("annotate"), articles)
    return f"{_rows(articles)} articles, {_rows(annotations)} annotated"


def _rows(store: ShardStore) -> int:
    return sum(receipt.rows for receipt in store.receipts())
