"""`dateline tune`: many configurations in, each run and scored once; the best out, as a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from pipeline.annotate.annotator import ENCODER
from pipeline.annotate.plan import STAGES
from pipeline.config.compose import key_of
from pipeline.config.schema import construct, plugin_keys
from pipeline.core.digest import digest_of
from pipeline.core.errors import ConfigError
from pipeline.core.signals import handled
from pipeline.core.stopping import Stop
from pipeline.core.version import __version__
from pipeline.evaluate.gold.labels import labelled
from pipeline.evaluate.run_first import check_source
from pipeline.store.leases import Claims
from pipeline.tune.compose import at, compose_run, default_of, fitting
from pipeline.tune.experiment import CONFIGS, write_experiment
from pipeline.tune.groups import letters
from pipeline.tune.jobs import JOBS
from pipeline.tune.launch import Launch, batches
from pipeline.tune.objective import Objective, check_reachable, read_objective
from pipeline.tune.records import Records, Trial
from pipeline.tune.report import MOST_SHOWN, Found, line_of, print_table, ranked, write_report
from pipeline.tune.search import Search, choose_sampler
from pipeline.tune.settings import TuneSettings
from pipeline.tune.space import Choice, Point, Space, read_space, words_of
from pipeline.tune.tracking import tracker_of
from pipeline.tune.work import Task, jobs_of
from pipeline.workflow.config import read_config
from pipeline.workflow.plan import Plan
from pipeline.workflow.steps import input_keys

_OWN = ("run.name=job", "cache.engines=true", "publish=[parquet]")
"""What every job has unless the user says otherwise."""

_CLAIM_SECONDS = 60.0


def tune(
    config: Mapping[str, object],
    words: Sequence[str],
    folders: Sequence[Path],
    out: Console,
    err: Console,
) -> Path:
    """Do the search that `config` (see `configs/tune.yaml`) and `words`, overrides of a run,
    describe; returns the experiment that was written of the best configuration.

    `folders` are of the user's own configurations.

    Raises:
        ConfigError: the space, the objective or the labels are wrong, or every job failed.
        RunError: another search has this name, or is at work on it.
        StoppedError: an end was asked for; the same command goes on.
    """
    settings = construct(TuneSettings, config, "")
    sweep = settings.own()
    space, fixed = read_space(sweep.params, sweep.overrides, words)
    records = Records(_folder(settings))
    extra = [word for word in _OWN if key_of(word) not in map(key_of, fixed)]
    extra += fitting(sweep.job_overrides, fixed, space)
    sampler, count = choose_sampler(space, sweep.sampler, sweep.trials)
    # What is wrong with all jobs shows in the first.
    first = compose_run([*fixed, *extra, *words_of(space, _corner(space))], folders)
    check_source(settings.gold, first, fixed)
    topics = at(first, "topic_labels.path")
    named = topics if isinstance(topics, str) else None
    labels = labelled(settings.gold, named, settings.split)
    objective = read_objective(sweep.objective, sweep.direction, labels.rows)
    check_reachable(objective, first, {one.key for one in space}, settings.evaluate)
    default = default_of(space, [*fixed, *extra], folders)
    search = Search(space, sampler, settings.seed, objective.direction, default)
    stop = Stop()
    asked = {**settings.evaluate, "gold": settings.gold, "split": settings.split}
    jobs = jobs_of(records.folder, asked, objective, stop)
    workers = 1 if settings.launcher == "local" else settings.workers
    launch = Launch(settings.launcher, workers, settings.submitit, jobs, stop)
    plan = _plan(settings, labels.path, space, objective, sampler, Plan(read_config(first)))
    plan["batch"] = workers if sampler == "tpe" else 1  # it learns from one to the next

    def task_of(trial: Trial) -> Task:
        job = (*fixed, *extra, *words_of(space, trial.point))
        number, point = trial.number, trial.point
        return Task(number, point, job, tuple(folders), records.folder, asked, objective)

    def say(line: str) -> None:
        err.print(line, markup=False, highlight=False, soft_wrap=True)

    claims = Claims(records.folder / "claims", _CLAIM_SECONDS, say)
    with handled(stop, jobs.status), claims.session(False):
        records.prepare(plan)
        trials: list[Trial] = []
        with tracker_of(settings.tracker, records.folder) as track, closing(launch):
            for numbers in batches(count, workers):
                stop.check()
                batch: list[Trial] = []
                for n in numbers:
                    batch.append(records.trial(n) or Trial(n, search.draw(n)))
                    search.see(batch[-1].point)
                done = {trial.number: trial for trial in batch if trial.score is not None}
                for trial in launch([task_of(t) for t in batch if t.score is None]):
                    say(f"{trial.number + 1}/{count} {line_of(space, trial, objective)}")
                    track(trial)
                    done[trial.number] = trial
                for number in numbers:
                    trial = done[number]
                    search.tell(trial.point, trial.score.value if trial.score else None)
                    trials.append(trial)
        best = _best(trials, objective)
        path = _write_best(records.folder, best, objective, space, fixed, folders)
        allow = bool(settings.evaluate.get("allow_unmatched"))
        groups = letters(ranked(trials, objective)[:MOST_SHOWN], objective, labels, allow)
        found = Found(space, objective, trials, best, groups)
        report = write_report(records.folder, found)
    print_table(found, out)
    for line in (f"report: {report}", f"best: {path}", _command(path, folders)):
        out.print(line, markup=False, highlight=False, soft_wrap=True)
    return path


def _folder(settings: TuneSettings) -> Path:
    name = settings.name
    if name is None:
        raise ConfigError("name is not set: a search without sweep=NAME needs name=NAME")
    if Path(name).name != name or name in (".", "..", JOBS):
        raise ConfigError(f"name={name}: a plain name of a folder, other than {JOBS!r}")
    return Path(settings.folder).expanduser() / name


def _corner(space: Space) -> Point:
    return {one.key: one.options[0] if isinstance(one, Choice) else one.low for one in space}


def _plan(
    settings: TuneSettings,
    labels: Path,
    space: Space,
    objective: Objective,
    sampler: str,
    first: Plan,
) -> dict[str, object]:
    """What decides a search, but for the number of its jobs, which may grow."""
    nodes = {name: first.config.nodes.get(name) for name in (ENCODER, *STAGES)}
    keys = plugin_keys({**nodes, "ingest": asdict(first.ingest)}, "first")
    return {
        "dateline": __version__,
        **{f"space.{one.key}": asdict(one) for one in space},
        "objective": asdict(objective),
        "sampler": sampler,
        "seed": None if sampler == "grid" else settings.seed,
        "labels": digest_of(labels),
        "split": settings.split,
        "evaluate": settings.evaluate,
        **keys,
        **input_keys(first.files),
    }


def _best(trials: Sequence[Trial], objective: Objective) -> Trial:
    for trial in ranked(trials, objective):
        return trial
    raise ConfigError(
        f"all {len(trials)} jobs failed; the first with {trials[0].reason} "
        f"({trials[0].failure}); the same command tries them again"
    )


def _write_best(
    folder: Path,
    best: Trial,
    objective: Objective,
    space: Space,
    fixed: Sequence[str],
    folders: Sequence[Path],
) -> Path:
    assert best.score is not None
    score = best.score
    words = [*fixed, *words_of(space, best.point)]
    config = compose_run([*words, *(w for w in _OWN if key_of(w) == "run.name")], folders)
    comment = (
        f"The best of dateline tune by {objective.metric}: {score.value:.4f} on {score.n} articles."
    )
    return write_experiment(folder, f"{folder.name}_best", comment, words, config, folders)


def _command(path: Path, folders: Sequence[Path]) -> str:
    """How the experiment is run."""
    place = path.parent.parent
    assert place.name == CONFIGS
    also = "".join(f" --config-dir {folder}" for folder in folders)
    return f"use it: dateline run --config-dir {place}{also} experiment={path.stem}"
