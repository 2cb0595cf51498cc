"""Kill `dateline run` with SIGKILL at random instants, resume it, and see that nothing is lost.

    python scripts/torture.py [--kills 500] [--seed S] [--engine echo|embedded]

Made-up articles (with broken lines, duplicates and foreign languages among them) are run once
undisturbed. Then runs of the same are killed again and again, in every step, alone or with their
workers or by a worker, and resumed with another number of workers and another state of the cache,
until they finish: what they published has to be the same bytes, and every record accounted for.
Prints a table of the kills and exits with 1 if anything was lost, doubled or unequal; the run
directories at fault are kept then.

About a second a kill on two cores (500 took 7 minutes); with the embedded models about ten.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, Protocol

# Nothing of `pipeline` up here: workers of a run that the fork server started import this file.

STEPS = ("ingest", "annotate", "publish")
_WORKERS: Sequence[int] = (1, 1, 2, 2, 3)
"""What the number is drawn from for a kill in annotate; the other steps know only one."""
_CACHES: Sequence[str] = ("none", "warm", "own", "own", "own", "deleted", "deleted")
"""What a start finds: no cache, that of the undisturbed run, what this chain left, or less."""
PUBLISHED = ("articles.parquet", "articles.jsonl")
DEADLINE = 120.0
"""Seconds after which a process that should have ended is taken for hung."""
LOOK_EVERY = 0.002
AT_ONCE = 3
"""Chains of kills at a time: each waits for disk and clock about as much as it computes."""
_MOST_FAULTS = 20
_PYTHON_STARTS = 3.0
"""Seconds that a process takes about until it works, imports and all."""
_CLOSE_LOOKS = 0.3
"""Share of the kills that wait on for the rare moment in which a shard has no receipt yet."""
_LONGEST_LOOK = 0.2
_WITHOUT_LOOKING = 0.3
"""Share of the chains with a kill at any instant of a process, from when it is started."""

_COUNTRIES = ("Ireland", "Kenya", "Japan", "Portugal", "Estonia", "Chile", "Canada", "Vietnam")
_WORDS = (
    "the a new old government minister report said that of in on with after before year month week "
    "people city river road school hospital bank market price water storm rain election vote court "
    "judge police team match player train harbour farmers workers union company factory energy oil "
    "wind climate science study doctors patients children teachers museum film music book festival "
    "budget tax law border talks agreement crisis plan project bridge airport island village area "
    "will would could has had was were is are not more than most first last next many few and but"
)


@dataclass(frozen=True)
class Corpus:
    """A JSON Lines file and what has to become of it: ids published, and records by outcome."""

    path: Path
    kept: Sequence[str]
    counts: Mapping[str, int]


def write_corpus(path: Path, articles: int, seed: int) -> Corpus:
    """`articles` good ones, and for every dozen of them a few that must not come out."""
    draw = random.Random(seed)  # noqa: S311 the same articles for the same seed
    lines, kept = [], []
    counts = Counter(read=0)
    texts = [_text(draw) for _ in range(articles)]

    def add(outcome: str, line: str) -> None:
        lines.append(line)
        counts.update(("read", outcome))

    for number, text in enumerate(texts):
        record = {"id": f"a{number:04d}", "title": f"News of day {number}", "text": text}
        given = {"language": "en"} if number % 2 else {}  # the others are looked at
        add("annotated", json.dumps({**record, **given}))
        kept.append(record["id"])
        match number % 12:
            case 2:
                add("rejected", json.dumps(record)[: draw.randint(2, 40)])
            case 5:
                add("duplicate", json.dumps({**record, "id": f"again{number}"}))
            case 7:
                foreign = {"id": f"de{number}", "title": "Wetter", "text": f"Regen, {text}"}
                add("filtered", json.dumps({**foreign, "language": "de"}))
            case 9:
                add("rejected", json.dumps({**record, "text": f"Other: {text}", "language": "en"}))
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return Corpus(path, kept, counts)


def _text(draw: random.Random) -> str:
    sentences = []
    for _ in range(draw.choice((1, 3, 5, 8, 13, 21))):
        words = draw.choices(_WORDS.split(), k=draw.randint(6, 18))
        words.insert(draw.randrange(len(words)), draw.choice(_COUNTRIES))
        words[0] = words[0].title()
        sentences.append(f"{' '.join(words)}.")
    return " ".join(sentences)


class Process(Protocol):
    """A `dateline` that was started."""

    pid: int

    def poll(self) -> int | None:
        """Its exit code, minus the signal that ended it; None while it runs."""
        ...

    def wait(self, timeout: float) -> int:
        """The exit code once it has ended; raises `TimeoutError` if it does not."""
        ...


class Starter(Protocol):
    """Starts `dateline WORDS` in a folder, as a process group of its own."""

    def __call__(self, words: Sequence[str], folder: Path, output: Path) -> Process: ...


class Plain:
    """A Python of its own, as the command is started in earnest."""

    def __init__(self, words: Sequence[str], folder: Path, output: Path) -> None:
        with output.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "pipeline.cli", *words],
                cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True,
            )  # fmt: skip
        self.pid = self._process.pid

    def poll(self) -> int | None:
        return self._process.poll()

    def wait(self, timeout: float) -> int:
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired as error:
            raise TimeoutError(str(error)) from error


class ForkServer:
    """A Python that has imported all but the models, and forks itself for each command.

    That saves two seconds of imports a command. It runs one at a time, and is single-threaded but
    for Arrow's pool, which looks after forks itself.
    """

    def __init__(self) -> None:
        # datasets imports torch if it may, and BLAS need not start threads.
        environment = {**os.environ, "USE_TORCH": "0", "OPENBLAS_NUM_THREADS": "1"}
        self._server = subprocess.Popen(
            [sys.executable, __file__, "--serve"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True, bufsize=1,
        )  # fmt: skip

    def __enter__(self) -> ForkServer:
        return self

    def __exit__(self, *error: object) -> None:
        self._server.kill()
        self._server.communicate()

    def __call__(self, words: Sequence[str], folder: Path, output: Path) -> Process:
        assert self._server.stdin is not None and self._server.stdout is not None
        job = {"words": list(words), "folder": str(folder), "output": str(output)}
        self._server.stdin.write(f"{json.dumps(job)}\n")
        return _Forked(self._server.stdout)


class _Forked:
    def __init__(self, answers: IO[str]) -> None:
        self._answers = answers
        self._code: int | None = None
        self.pid = int(answers.readline())

    def poll(self) -> int | None:
        if self._code is None and select.select([self._answers], [], [], 0)[0]:
            self._code = int(self._answers.readline())
        return self._code

    def wait(self, timeout: float) -> int:
        if self._code is None and not select.select([self._answers], [], [], timeout)[0]:
            raise TimeoutError(f"process {self.pid} has not ended in {timeout} s")
        code = self.poll()
        assert code is not None
        return code


def serve() -> None:
    """The fork server: a job a line in, its process id and its exit code out."""
    import datasets  # noqa: F401
    import hydra  # noqa: F401
    import rich.progress
    import rich.table  # noqa: F401
    import yaml
    from py3langid.langid import LanguageIdentifier

    import pipeline.engines.generation.echo
    import pipeline.publish.jsonl
    import pipeline.publish.parquet
    import pipeline.runners.local
    import pipeline.sources.json
    import pipeline.summarize.summarizer
    import pipeline.workflow.steps  # noqa: F401
    from pipeline.cli.command import run_command
    from pipeline.ingest.language import LanguageDetector
    from pipeline.region.lexicon import LexiconRegion

    LexiconRegion().open()
    # Read once: unpacking the detector's model takes longer than the ingest of these articles.
    LanguageIdentifier.from_model_file = cache(LanguageIdentifier.from_model_file)
    LanguageDetector()
    yaml.SafeLoader = yaml.CSafeLoader  # type: ignore[misc, assignment]
    for line in sys.stdin:
        job = json.loads(line)
        pid = os.fork()
        if pid == 0:
            code = 70
            try:
                os.setsid()
                os.chdir(job["folder"])
                with open(job["output"], "ab") as out, open(os.devnull) as null:
                    os.dup2(null.fileno(), 0)
                    os.dup2(out.fileno(), 1)
                    os.dup2(out.fileno(), 2)
                code = run_command(job["words"])
                sys.stdout.flush()
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(code)
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


@dataclass
class Run:
    """A run directory seen from outside, by plain files only."""

    path: Path

    @property
    def log(self) -> Path:
        return self.path / "log.jsonl"

    def lines(self, start: int = 0) -> list[dict[str, object]]:
        """What was logged from a byte on; raises `ValueError` for a torn line."""
        with suppress(FileNotFoundError), self.log.open("rb") as file:
            file.seek(start)
            return [json.loads(line) for line in file]
        return []

    def log_bytes(self) -> int:
        return self.log.stat().st_size if self.log.exists() else 0

    def began(self, pid: int, start: int) -> bool:
        """Whether a process is past its beginning: configured, registered, alone."""
        with suppress(FileNotFoundError), self.log.open("rb") as file:
            file.seek(start)
            return f'"started, process {pid}"'.encode() in file.read()
        return False

    def is_complete(self, step: str) -> bool:
        folder = {"ingest": "articles", "annotate": "annotations"}[step]
        return (self.path / folder / "complete.json").exists()

    def step(self) -> str:
        """The step that is at work, or would be."""
        return next((step for step in STEPS[:2] if not self.is_complete(step)), "publish")

    def shows(self, step: str) -> bool:
        """Whether there is a first sign of a step, in a process that began."""
        if step == "ingest":
            return (self.path / "articles").exists()
        if step == "annotate":
            return any(self.path.glob("claims/annotate-*")) or self.is_complete("annotate")
        return any(self.path.glob("published/.*.part"))

    def parts(self) -> list[Path]:
        return list(self.path.rglob(".*.part"))

    def without_receipt(self) -> list[Path]:
        """Shards that were stored and not acknowledged."""
        shards = [*self.path.glob("articles/*.parquet"), *self.path.glob("annotations/*.parquet")]
        return [path for path in shards if not path.with_suffix(".receipt.json").exists()]

    def stored(self, step: str) -> int:
        folder = {"ingest": "articles", "annotate": "annotations"}[step]
        return sum(1 for _ in self.path.glob(f"{folder}/*.receipt.json"))

    def published(self, name: str) -> bytes:
        return (self.path / "published" / name).read_bytes()

    def annotated(self) -> Counter[int]:
        """How often each shard was annotated, as logged."""
        return Counter(
            int(str(line["shard"]))
            for line in self.lines()
            if str(line["message"]).startswith("annotated ") and line["shard"] is not None
        )


@dataclass(frozen=True)
class Kill:
    """What was hit: the step at work, by whom it was killed, and what lay about afterwards."""

    step: str
    victim: str
    unaimed: bool
    workers: int
    without_receipt: bool
    part: bool


@dataclass
class Tally:
    """What came of the chains; `faults` are lines, each naming the run directory."""

    kills: list[Kill] = field(default_factory=list)
    chains: int = 0
    resumes: int = 0
    lost: int = 0
    doubled: int = 0
    unequal: int = 0
    faults: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


class Workload:
    """Articles and a configuration, with the undisturbed run that all others are held against."""

    def __init__(self, folder: Path, corpus: Corpus, words: Sequence[str]) -> None:
        self.folder = folder
        self.corpus = corpus
        self._words = words
        self.warm = folder / "warm"
        self.calm = Run(folder / "runs" / "calm")
        self._seconds: Mapping[str, float] = {}
        self._shards = 0

    def command(self, name: str, workers: int = 1, cache: Path | None = None) -> list[str]:
        """`dateline run` of it under a name; without a folder for the cache there is none."""
        kept = "cache.max_gb=0" if cache is None else f"cache.path={cache}"
        words = ["run", "source=jsonl", f"source.path={self.corpus.path}", f"run.name={name}"]
        return [*words, *self._words, f"runner.workers={workers}", kept]

    def output(self, name: str) -> Path:
        return self.folder / f"{name}.out"

    def run_calmly(self, starter: Starter) -> Tally:
        """The undisturbed run, which fills a cache: its faults."""
        command = self.command("calm", cache=self.warm)
        code = starter(command, self.folder, self.output("calm")).wait(DEADLINE)
        if code:
            return Tally(faults=[f"undisturbed: exit {code}: {self.output('calm').read_text()}"])
        manifest = json.loads((self.calm.path / "manifest.json").read_text())
        self._seconds = {step: manifest["steps"][step]["seconds"] for step in STEPS}
        self._shards = self.calm.stored("ingest")
        return self.check(self.calm)

    def left(self, run: Run, step: str, workers: int) -> float:
        """Seconds that a step will still take in a run, by what it took undisturbed."""
        if step == "publish":
            return self._seconds[step]
        share = 1 - run.stored(step) / self._shards
        return self._seconds[step] * max(share, 0) / (workers if step == "annotate" else 1)

    def whole(self) -> float:
        return sum(self._seconds.values())

    def check(self, run: Run) -> Tally:
        """A finished run against the articles and the undisturbed run: its faults."""
        from pipeline.store.directory import RunDirectory
        from pipeline.workflow.verify import problems

        tally = Tally(chains=1)
        found = Counter(json.loads(line)["id"] for line in run.published(PUBLISHED[1]).splitlines())
        wanted = Counter(self.corpus.kept)
        tally.lost, tally.doubled = (wanted - found).total(), (found - wanted).total()
        for name in PUBLISHED:
            if run.published(name) != self.calm.published(name):
                tally.unequal += 1
                tally.faults.append(f"{name} differs from the undisturbed run's")
        tally.faults += problems(RunDirectory(run.path.parent, run.path.name))
        counts = json.loads((run.path / "manifest.json").read_text())["counts"]
        if counts != dict(self.corpus.counts):
            tally.faults.append(f"the manifest counts {counts}, not {dict(self.corpus.counts)}")
        tally.faults += [f"left behind: {path}" for path in run.parts()]
        if (run.path / "claims").exists():
            tally.faults.append("claims are left behind")
        try:
            run.lines()
        except ValueError as error:
            tally.faults.append(f"log.jsonl: {error}")
        if tally.lost or tally.doubled:
            tally.faults.append(f"{tally.lost} articles lost, {tally.doubled} doubled")
        tally.faults = [f"{run.path}: {fault}" for fault in tally.faults]
        return tally


class Chain:
    """One run killed and resumed until it is let finish."""

    def __init__(
        self,
        work: Workload,
        name: str,
        draw: random.Random,
        starter: Starter = Plain,
        workers: Sequence[int] = _WORKERS,
        caches: Sequence[str] = _CACHES,
    ) -> None:
        self._work = work
        self._name = name
        self._draw = draw
        self._starter = starter
        self._workers = workers
        self._caches = caches
        self._run = Run(work.folder / "runs" / name)
        self._cache: Path | None = None
        self._kept: Mapping[Path, int] = {}
        self.tally = Tally()

    def torture(self, steps: Sequence[str]) -> Tally:
        """A kill for each of `steps` (`any` for an instant without looking), then the end."""
        for step in steps:
            code = self._round(step)
            if code is not None and code != -signal.SIGKILL:
                if code:
                    self._fault(f"ended by itself with exit code {code}: {self._tail()}")
                break  # faster than the killer
        self._finish()
        return self.tally

    def _round(self, step: str) -> int | None:
        """Start it, wait, kill; the exit code if it ended first."""
        workers = self._draw.choice(self._workers) if step == "annotate" else 1
        starter = Plain if step == "any" else self._starter
        log_bytes = self._run.log_bytes()
        process = self._start(starter, workers)
        if not self._reach(process, step, log_bytes, workers):
            return self._end(process)
        victim = self._kill(process, workers)
        code = self._end(process)
        if victim == "worker" and code == 2 and "a worker process was killed" in self._tail():
            code = -signal.SIGKILL  # its parent tells of it in a line, and ends
        elif code != -signal.SIGKILL:
            return code
        began = self._run.began(process.pid, log_bytes)
        at_work = self._run.step() if began else "start"
        part, shards = bool(self._run.parts()), bool(self._run.without_receipt())
        self._see_what_is_kept()
        self.tally.kills.append(Kill(at_work, victim, step == "any", workers, shards, part))
        return code

    def _start(self, starter: Starter, workers: int) -> Process:
        self._change_cache()
        self.tally.resumes += bool(self.tally.kills)
        command = self._work.command(self._name, workers, self._cache)
        output = self._work.output(self._name)
        return starter(command, self._work.folder, output)

    def _change_cache(self) -> None:
        own = self._work.folder / f"{self._name}-cache"
        match self._draw.choice(self._caches):
            case "none":
                self._cache = None
            case "warm":
                self._cache = self._work.warm
            case "deleted":
                shutil.rmtree(own, ignore_errors=True)
                self._cache = own
            case _:
                self._cache = own

    def _reach(self, process: Process, step: str, log_bytes: int, workers: int) -> bool:
        """Wait for the first sign of a step and then a random part of it; False if it ended."""
        if step == "any":
            return self._pass(process, self._draw.uniform(0, _PYTHON_STARTS + self._work.whole()))
        deadline = time.monotonic() + DEADLINE
        began = False
        while process.poll() is None and time.monotonic() < deadline:
            began = began or self._run.began(process.pid, log_bytes)
            if began and self._run.shows(step):
                left = self._work.left(self._run, step, workers)
                alive = self._pass(process, self._draw.uniform(0, left))
                if self._draw.random() < _CLOSE_LOOKS:
                    self._wait_for_a_shard(process)
                return alive and process.poll() is None
            time.sleep(LOOK_EVERY)
        return False

    def _wait_for_a_shard(self, process: Process) -> None:
        end = time.monotonic() + _LONGEST_LOOK
        while time.monotonic() < end and process.poll() is None:
            if self._run.without_receipt():
                return

    def _pass(self, process: Process, seconds: float) -> bool:
        """Whether the process still runs after so long."""
        end = time.monotonic() + seconds
        while process.poll() is None:
            rest = end - time.monotonic()
            if rest <= 0:
                return True
            time.sleep(min(rest, 0.01))
        return False

    def _kill(self, process: Process, workers: int) -> str:
        """SIGKILL to the process, to it and its workers, or to a worker; says which."""
        children = _workers(process.pid) if workers > 1 else []
        victim = self._draw.choice(("process", "with workers", "worker")) if children else "process"
        targets = {
            "process": [process.pid],
            "worker": children[:1],
            "with workers": [process.pid, *children],
        }[victim]
        for pid in targets:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return victim

    def _finish(self) -> None:
        workers = self._draw.choice(self._workers)
        code = self._end(self._start(self._starter, workers))
        self._see_what_is_kept()
        if code:
            self._fault(f"exit code {code} in the end: {self._tail()}")
            self.tally.chains += 1
            return
        checked = self._work.check(self._run)
        self.tally.add(checked)
        if not self.tally.faults:
            shutil.rmtree(self._run.path)
            shutil.rmtree(self._work.folder / f"{self._name}-cache", ignore_errors=True)
            self._work.output(self._name).unlink()

    def _end(self, process: Process) -> int:
        try:
            return process.wait(DEADLINE)
        except TimeoutError as error:
            self._fault(f"hung: {error}")
            os.kill(process.pid, signal.SIGKILL)
            return process.wait(DEADLINE)

    def _see_what_is_kept(self) -> None:
        """Shards that were acknowledged at the kill before have to be the same files still."""
        for path, modified in self._kept.items():
            if not path.exists() or path.stat().st_mtime_ns != modified:
                self._fault(f"{path.name} in {path.parent.name}: finished before, made again")
        receipts = self._run.path.glob("*/*.receipt.json")
        self._kept = {path: path.stat().st_mtime_ns for path in receipts}

    def _fault(self, line: str) -> None:
        self.tally.faults.append(f"{self._run.path}: {line}")

    def _tail(self) -> str:
        return self._work.output(self._name).read_text(encoding="utf-8")[-500:]


def _workers(pid: int) -> list[int]:
    """Processes of a pool; not the one that cleans up semaphores, or they stay in /dev/shm."""
    import psutil  # type: ignore[import-untyped]

    with suppress(psutil.Error):
        children = psutil.Process(pid).children(recursive=True)
        return [child.pid for child in children if "spawn_main" in " ".join(child.cmdline())]
    return []


def torture(
    work: Workload,
    kills: int,
    seed: int,
    starters: Sequence[Starter],
    plan: Callable[[random.Random], Sequence[str]],
    progress: Callable[[int], None] = lambda kills: None,
) -> Tally:
    """Chains until there were so many kills; as many at a time as there are `starters`."""
    total, lock = Tally(), threading.Lock()
    numbers = iter(range(sys.maxsize))
    in_flight = 0

    def work_on(starter: Starter) -> None:
        nonlocal in_flight
        while True:
            with lock:
                wanted = kills - len(total.kills) - in_flight
                if wanted <= 0 or len(total.faults) > _MOST_FAULTS:
                    return
                number = next(numbers)
                draw = random.Random(f"{seed}-{number}")  # noqa: S311
                steps = plan(draw)
                in_flight += len(steps)
            tally = Chain(work, f"chain{number}", draw, starter).torture(steps)
            with lock:
                in_flight -= len(steps)
                total.add(tally)
                progress(len(tally.kills))

    while len(total.kills) < kills and not total.faults:  # again: some ended before their kill
        with ThreadPoolExecutor(len(starters)) as pool:
            for future in [pool.submit(work_on, starter) for starter in starters]:
                future.result()
    return total


def spread(draw: random.Random) -> list[str]:
    """Kills of one chain: some in every step, now and then one at any instant at all."""
    steps = [step for step in STEPS for _ in range(draw.randint(2, 3))]
    if draw.random() < _WITHOUT_LOOKING:
        steps.insert(draw.randrange(len(steps)), "any")
    return steps


def mostly_annotate(draw: random.Random) -> list[str]:
    """For models that take seconds to load."""
    return ["annotate"] * draw.randint(1, 3) + ["publish"] * draw.randint(0, 1)


def echo_workload(folder: Path, articles: int = 180, delay: float = 0.004) -> Workload:
    """Everything real but the model, in 18 shards or so."""
    model = folder / "model"
    model.mkdir()
    (model / "model.safetensors").touch()  # a folder has to hold something like weights
    corpus = write_corpus(folder / "articles.jsonl", articles, seed=7)
    words = [
        "topic=none",
        "engine=echo",
        "summarizer.encoder=null",
        f"engine.delay_seconds={delay}",
    ]
    words += [f"summarizer.model={model}", "ingest.shard_rows=10", "annotate.batch_rows=4"]
    return Workload(folder, corpus, [*words, "ingest.languages=[en]"])


def embedded_workload(folder: Path, articles: int = 12) -> Workload:
    """The default configuration on few articles, its summaries cut short."""
    corpus = write_corpus(folder / "articles.jsonl", articles, seed=7)
    words = ["ingest.shard_rows=3", "annotate.batch_rows=2", "summarizer.max_new_tokens=12"]
    return Workload(folder, corpus, [*words, "ingest.languages=[en]"])


def print_table(tally: Tally, seconds: float) -> None:
    """Kills by the step that they hit, and what came of them."""
    from rich.console import Console
    from rich.table import Table

    columns: Mapping[str, Callable[[Kill], bool]] = {
        "kills": lambda kill: True,
        "unaimed": lambda kill: kill.unaimed,
        "of several workers": lambda kill: kill.workers > 1,
        "with the workers": lambda kill: kill.victim == "with workers",
        "of a worker": lambda kill: kill.victim == "worker",
        "left a shard without receipt": lambda kill: kill.without_receipt,
        "left a .part": lambda kill: kill.part,
    }
    table = Table("killed in", *columns)
    for step in ("start", *STEPS, "all"):
        kills = [kill for kill in tally.kills if step in (kill.step, "all")]
        table.add_row(step, *(str(sum(map(test, kills))) for test in columns.values()))
    console = Console()
    console.print(table)
    console.print(
        f"{tally.chains} runs finished after {tally.resumes} resumes in {seconds:.0f} s: "
        f"{tally.lost} articles lost, {tally.doubled} doubled, {tally.unequal} published files "
        "unequal to the undisturbed run's"
    )
    for fault in tally.faults:
        console.print(fault, markup=False, highlight=False, soft_wrap=True)


def main() -> int:
    """Torture, print the table; 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=None, help="default: another each time")
    parser.add_argument("--engine", choices=("echo", "embedded"), default="echo")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve()
        return 0
    from rich.console import Console

    from pipeline.core.progress import progress_bar

    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    folder = Path(tempfile.mkdtemp(prefix="dateline-torture-"))
    err = Console(stderr=True)
    err.print(f"seed {seed}, in {folder}", highlight=False)
    begun = time.monotonic()
    with ExitStack() as stack:
        if options.engine == "echo":
            work, plan = echo_workload(folder), spread
            starters: list[Starter] = [stack.enter_context(ForkServer()) for _ in range(AT_ONCE)]
        else:
            work, plan = embedded_workload(folder), mostly_annotate
            starters = [Plain]
        tally = work.run_calmly(starters[0])
        if not tally.faults:
            bar = stack.enter_context(progress_bar(err, "kills", options.kills))
            tally = torture(work, options.kills, seed, starters, plan, bar)
    print_table(tally, time.monotonic() - begun)
    if tally.faults:
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
