"""The `dateline` command: one verb a Hydra configuration, and the small ones around them.

Nothing heavy is imported before a verb needs it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from pipeline.core.errors import DatelineError, RunError
from pipeline.core.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from omegaconf import DictConfig

VERBS = ("run", "ingest", "annotate", "publish")
TRAINERS = ("train-summarizer", "train-topic", "calibrate")
EVALUATE = "evaluate"
COMPARE = "compare"
TUNE = "tune"
OTHERS = ("check", "verify", "retry", "labels", "models", "cache", "completion")
INTERRUPTED = 130

_SETTINGS: Mapping[str, str] = {
    EVALUATE: "pipeline.evaluate.command.EvaluateSettings",
    COMPARE: "pipeline.evaluate.compare.command.CompareSettings",
    TUNE: "pipeline.tune.settings.TuneSettings",
    "calibrate": "pipeline.train.calibration.command.CalibrateSettings",
    "train-topic": "pipeline.train.topic.command.TrainTopicSettings",
    "train-summarizer": "pipeline.train.summarizer.settings.TrainSettings",
}
"""The class that takes the whole configuration of a verb."""

HELP = """\
dateline: news articles in; region, topic and a checked summary of each out.

  dateline run [KEY=VALUE ...]        ingest, annotate and publish
  dateline ingest [KEY=VALUE ...]     source -> articles/
  dateline annotate [KEY=VALUE ...]   articles/ -> annotations/
  dateline publish [KEY=VALUE ...]    annotations/ -> published/
  dateline train-summarizer pairs=FILE to=DIR
                                      an adapter from article and summary pairs
  dateline train-topic rows=FILE to=DIR
                                      a topic classifier from articles with known topics
  dateline evaluate gold=FILE predictions=RUN [gate=NAME]
                                      scores of a run, or of a file that another tool predicted,
                                      on labelled articles; without predictions,
                                      KEY=VALUE of run, which is done first
  dateline compare RUN RUN ... gold=FILE
                                      which run is better, by how much, and how sure that is
  dateline calibrate gold=FILE predictions=RUN to=FILE
                                      scores that are probabilities, and thresholds
  dateline tune sweep=NAME gold=FILE [KEY=VALUE ...]
                                      the best of many configurations of run
  dateline check FILE to=OUT          what of given summaries their articles support
  dateline labels check FILE          is a labelled sample sound?
  dateline verify RUN                 is a run what its receipts say?
  dateline retry RUN                  try once more what a run rejected
  dateline models list|pull|verify|path|export [NAME]
  dateline cache stats|prune|clear|verify
                                      results of stages, kept for other runs
  dateline completion bash|zsh|fish   shell completion, for eval

Try:
  dateline run                                        the bundled sample
  dateline run source=text source.path=articles/ run.name=monday
  dateline run source=csv source.path=a.csv source.fields.text=body summarizer=lead
  dateline run --help                                 all groups and keys
  dateline run --cfg job                              the composed configuration

Options of every verb: --help, --cfg job, --debug (tracebacks), --config-dir DIR (your configs).
Exit codes: 0 done, 2 usage or configuration, 3 too many rejects, 4 under a floor of
the gate, 130 interrupted.
"""


def main() -> None:
    """Entry point; exits with the code of what was asked for."""
    code = run_command(sys.argv[1:])
    # The work is done: a late signal ends the process as it would any other, without a traceback.
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup wants to be left alone
            signal.signal(number, signal.SIG_DFL)
    sys.exit(code)


def run_command(arguments: Sequence[str]) -> int:
    """Run one command line; returns its exit code, having printed at most a line on an error."""
    words = [word for word in arguments if word != "--debug"]
    debug = len(words) != len(arguments)
    verb = words[0] if words else "--help"
    if verb in ("-h", "--help", "help"):
        print(HELP, end="")
        return 0
    if verb == "--version":
        print(f"dateline {__version__}")
        return 0
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # there is nothing to tell yet
    try:
        if verb == "models":
            from pipeline.cli.models import models_command

            return models_command(words[1:])
        if verb == "check":
            from rich.console import Console

            from pipeline.cli.check import check_command

            return check_command(words[1:], Console())
        if verb == "labels":
            from pipeline.cli.labels import labels_command

            return labels_command(words[1:])
        if verb == "cache":
            from pipeline.cli.cache import cache_command

            return cache_command(words[1:])
        if verb == "verify":
            from pipeline.cli.runs import verify_command

            return verify_command(words[1:])
        if verb == "retry":
            from pipeline.cli.runs import retry_command

            return retry_command(words[1:])
        if verb == "completion":
            from pipeline.cli.completion import completion_script

            print(completion_script(words[1:]), end="")
            return 0
        if verb in (*TRAINERS, EVALUATE, COMPARE, TUNE) and {"-h", "--help"} & set(words[1:]):
            print(_keys_of(verb), end="")
            return 0
        if verb == EVALUATE:
            return _evaluate(words[1:])
        if verb == COMPARE:
            return _compare(words[1:])
        if verb == TUNE:
            return _tune(words[1:])
        if verb in (*VERBS, *TRAINERS):
            return _hydra_verb(verb, words[1:])
        from difflib import get_close_matches

        known = [*VERBS, *TRAINERS, EVALUATE, COMPARE, TUNE, *OTHERS]
        near = get_close_matches(verb, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "see dateline --help"
        print(f"dateline: no verb {verb!r}; {hint}", file=sys.stderr)
        return DatelineError.exit_code
    except DatelineError as error:
        if debug:
            raise
        from pipeline.core.secrets import redacted

        print(f"dateline: {redacted(str(error))}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        if debug:
            raise
        print(
            "dateline: interrupted; finished shards are kept, the same command goes on from there",
            file=sys.stderr,
        )
        return INTERRUPTED
    except BrokenPipeError:
        # The reader went away (`dateline run | head`); nothing is wrong with the run.
        _drop_output()
        return 0


def _drop_output() -> None:
    """Nobody takes what is still to be printed, and Python would try once more as it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _keys_of(verb: str) -> str:
    """The verb's configuration as it lies on disk: comments say what the keys are."""
    from pipeline.config.compose import CONFIGS

    said, _, rest = (CONFIGS / f"{verb}.yaml").read_text(encoding="utf-8").partition("defaults:\n")
    keys = rest.partition("\n\n")[2]
    about = "".join(line.removeprefix("# ") for line in said.splitlines(keepends=True))
    more = "All of them with the values that they would have: --cfg job."
    if verb in (EVALUATE, TUNE):
        more += " Those of the runs: dateline run --help."
    return f"{about}\nKEY=VALUE of\n\n{keys}\n{more}\n"


def _hydra_verb(verb: str, overrides: Sequence[str]) -> int:
    for config in _composed(verb, overrides):
        if verb in TRAINERS:
            _train(verb, config)
        else:
            _work(verb, config, table=verb in ("run", "publish"))
    return 0


def _composed(
    verb: str, overrides: Sequence[str], also: Sequence[str] = ()
) -> Iterator[dict[str, object]]:
    """The configuration of a verb; with --multirun several, and with --help none.

    One that is wrong is an error when its turn comes. `also` are keys that may have been meant.
    """
    import hydra

    from pipeline.config.compose import CONFIGS, explained, plain
    from pipeline.config.overrides import as_typed

    overrides = as_typed(verb, overrides, _sections(verb))
    composed: list[dict[str, object] | DatelineError] = []

    # Hydra only composes: work inside its task would have every error announced twice. With
    # --multirun there are several configurations.
    @hydra.main(config_path=str(CONFIGS), config_name=verb, version_base="1.3")
    def compose(config: DictConfig) -> None:
        try:
            composed.append(plain(config))
        except DatelineError as error:
            composed.append(error)

    # Hydra reads the command line from sys.argv and prints its own errors unless told to raise.
    sys.argv = [f"dateline {verb}", *overrides]
    os.environ["HYDRA_FULL_ERROR"] = "1"
    with explained(verb, overrides, also):
        compose()
    for config in composed:
        if isinstance(config, DatelineError):
            raise config
        yield config


def _sections(verb: str) -> Mapping[str, object]:
    """The type hints of the keys at the top of a verb's configuration."""
    from typing import get_type_hints

    if verb in VERBS:
        from pipeline.workflow.config import SECTION_TYPES

        return SECTION_TYPES
    module, _, name = _SETTINGS[verb].rpartition(".")
    return get_type_hints(getattr(import_module(module), name))


def _work(verb: str, config: Mapping[str, object], table: bool) -> Path:
    """Do a step of a run, or all; returns the run's directory."""
    from rich.console import Console

    from pipeline.core.signals import handled
    from pipeline.workflow.config import read_config
    from pipeline.workflow.job import Job
    from pipeline.workflow.steps import VERBS as WORK
    from pipeline.workflow.steps import show

    job = Job(read_config(config), Console(stderr=True))
    with handled(job.stop, job.status), job.at_work():
        WORK[verb](job)
    if table:
        try:
            show(job, Console())
        except BrokenPipeError:
            raise
        except OSError as error:  # all that is read of the run comes as an error of ours
            _drop_output()
            raise RunError(
                f"standard output cannot be written: {error.strerror}; the run is finished, in "
                f"{job.directory.path}"
            ) from error
    return job.directory.path


def _train(verb: str, config: Mapping[str, object]) -> None:
    from rich.console import Console

    from pipeline.core.signals import handled
    from pipeline.core.stopping import Stop

    if verb == "calibrate":
        from pipeline.train.calibration.command import calibrate

        calibrate(config, Console(), Console(stderr=True))
        return
    if verb == "train-topic":
        from pipeline.train.topic.command import train_topic as train

        key = f"topic={config.get('classifier')} topic.model"
    else:
        from pipeline.train.summarizer.command import train_summarizer as train

        key = "summarizer.model"
    stop = Stop()
    with handled(stop, lambda: "training"):
        made = train(config, Console(stderr=True), stop)
    print(f"{made}: use it with {key}={made}")


def _evaluate(words: Sequence[str]) -> int:
    """Score a run that is there or, without `predictions`, one that is made first."""
    from rich.console import Console

    from pipeline.config.compose import key_of
    from pipeline.evaluate.command import evaluate, prepared
    from pipeline.evaluate.run_first import OWN, check_source, parted

    given = any(key_of(word) == "predictions" for word in words)
    own, others = (words, ()) if given else parted(words)
    for settings in list(_composed(EVALUATE, own)):
        if settings["predictions"] is not None:
            evaluate(settings, Console(), Console(stderr=True))
            continue
        for config in _composed("run", others, OWN):
            found = {**settings, "topic_labels": config["topic_labels"]}
            prepared(found)  # what is wrong with the labels is said before anything is run
            check_source(settings["gold"], config, others)
            run = _work("run", config, table=False)
            evaluate({**found, "predictions": str(run)}, Console(), Console(stderr=True))
    return 0


def _compare(words: Sequence[str]) -> int:
    from rich.console import Console

    from pipeline.evaluate.compare.command import compare_runs
    from pipeline.evaluate.run_first import runs_as_key

    for config in _composed(COMPARE, runs_as_key(words)):
        compare_runs(config, Console(), Console(stderr=True))
    return 0


def _tune(words: Sequence[str]) -> int:
    from rich.console import Console

    from pipeline.config.compose import config_folders
    from pipeline.config.overrides import as_typed
    from pipeline.tune.command import tune
    from pipeline.tune.settings import parted

    own, others = parted(words)
    others = as_typed("run", others, _sections("run"), sweeps=True, folders=config_folders(own))
    for config in _composed(TUNE, own):
        tune(config, others, own, Console(), Console(stderr=True))
    return 0


def _interrupt(signum: int, frame: object) -> None:
    raise KeyboardInterrupt
