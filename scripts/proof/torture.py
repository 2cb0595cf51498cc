"""Kill `dateline run` with SIGKILL at random instants, resume it, and see that nothing is lost.

    python scripts/proof/torture.py [--kills 500] [--seed S] [--engine echo|embedded]

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
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from queue import SimpleQueue

from rich.console import Console
from rich.table import Table
from starting import ForkServer, Process, Starter, is_alive_after, plain, pool_workers
from workload import (
    DEADLINE,
    KILL_TRAITS,
    STEPS,
    Run,
    Tally,
    Workload,
    echo_workload,
    embedded_workload,
)

from pipeline.core.progress import progress_bar

_WORKERS = (1, 1, 2, 2, 3)
"""What the number is drawn from for a kill in annotate; the other steps know only one."""
_CACHES = ("none", "warm", "own", "own", "own", "deleted", "deleted")
"""What a start finds: no cache, that of the undisturbed run, what this chain left, or less."""
LOOK_EVERY = 0.002
AT_ONCE = 3
"""Chains of kills at a time: each waits for disk and clock about as much as it computes."""
_PYTHON_STARTS = 3.0
"""Seconds that a process takes about until it works, imports and all."""
_WITHOUT_LOOKING = 0.3
"""Share of the chains with a kill at any instant of a process, from when it is started."""


@dataclass
class Chain:
    """One run killed and resumed until it is let finish."""

    work: Workload
    name: str
    draw: random.Random
    starter: Starter = plain
    workers: Sequence[int] = _WORKERS
    caches: Sequence[str] = _CACHES

    def __post_init__(self) -> None:
        self._run = Run(self.work.folder / "runs" / self.name)
        self._cache = self.work.folder / f"{self.name}-cache"
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
        workers = self.draw.choice(self.workers) if step == "annotate" else 1
        process = self._start(plain if step == "any" else self.starter, workers)
        if not self._reach(process, step, workers):
            return self._end(process)
        victim = self._kill(process, workers)
        code = self._end(process)
        if victim == "worker" and code == 2 and "a worker process was killed" in self._tail():
            code = -signal.SIGKILL  # its parent tells of it in a line, and ends
        elif code != -signal.SIGKILL:
            return code
        at_work = self._run.step() if self._run.began(process.pid) else "start"
        holds = (
            step == "any", workers > 1, victim == "with workers", victim == "worker",
            self._run.without_receipt(), self._run.parts(),
        )  # fmt: skip
        traits = frozenset(trait for trait, held in zip(KILL_TRAITS, holds, strict=True) if held)
        self.tally.kills.append((at_work, traits))
        self._see_what_is_kept()
        return code

    def _start(self, starter: Starter, workers: int) -> Process:
        self.tally.resumes += bool(self.tally.kills)
        chosen = self.draw.choice(self.caches)
        if chosen == "deleted":
            shutil.rmtree(self._cache, ignore_errors=True)
        cache = {"none": None, "warm": self.work.warm}.get(chosen, self._cache)
        command = self.work.command(self.name, workers, cache)
        return starter(command, self.work.folder, self.work.output(self.name))

    def _reach(self, process: Process, step: str, workers: int) -> bool:
        """Wait for the first sign of a step and then a random part of it; False if it ended."""
        if step == "any":
            whole = _PYTHON_STARTS + sum(self.work.seconds.values())
            return is_alive_after(process, self.draw.uniform(0, whole))
        deadline = time.monotonic() + DEADLINE
        while not (self._run.began(process.pid) and self._run.shows(step)):
            if process.poll() is not None or time.monotonic() > deadline:
                return False
            time.sleep(LOOK_EVERY)
        return is_alive_after(
            process, self.draw.uniform(0, self.work.left(self._run, step, workers))
        )

    def _kill(self, process: Process, workers: int) -> str:
        """SIGKILL to the process, to it and its workers, or to a worker; says which."""
        children = pool_workers(process.pid) if workers > 1 else []
        victim = self.draw.choice(("process", "with workers", "worker")) if children else "process"
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
        code = self._end(self._start(self.starter, self.draw.choice(self.workers)))
        self._see_what_is_kept()
        if code:
            self._fault(f"exit code {code} in the end: {self._tail()}")
            self.tally.chains += 1
            return
        self.tally.add(self.work.check(self._run))
        if not self.tally.faults:
            shutil.rmtree(self._run.path)
            shutil.rmtree(self._cache, ignore_errors=True)
            self.work.output(self.name).unlink()

    def _end(self, process: Process) -> int:
        try:
            return process.wait(DEADLINE)
        except subprocess.TimeoutExpired as error:
            self._fault(f"hung: {error}")
            os.kill(process.pid, signal.SIGKILL)
            return process.wait(DEADLINE)

    def _see_what_is_kept(self) -> None:
        """Shards that were acknowledged at the kill before have to be the same files still; those
        of articles once all are there and what repeats another is taken out of them."""
        for path, modified in self._kept.items():
            if not path.exists() or path.stat().st_mtime_ns != modified:
                self._fault(f"{path.name} in {path.parent.name}: finished before, made again")
        settled = (self._run.path / "articles" / "complete.json").exists()
        receipts = self._run.path.glob(
            "*/*.receipt.json" if settled else "annotations/*.receipt.json"
        )
        self._kept = {path: path.stat().st_mtime_ns for path in receipts}

    def _fault(self, line: str) -> None:
        self.tally.faults.append(f"{self._run.path}: {line}")

    def _tail(self) -> str:
        return self.work.output(self.name).read_text(encoding="utf-8")[-500:]


def torture(
    work: Workload,
    kills: int,
    seed: int,
    starters: Sequence[Starter],
    plan: Callable[[random.Random], Sequence[str]],
    progress: Callable[[int], None] = lambda kills: None,
) -> Tally:
    """Chains until there were so many kills; as many at a time as there are `starters`."""
    total, numbers = Tally(), count()
    free: SimpleQueue[Starter] = SimpleQueue()
    for starter in starters:
        free.put(starter)

    def chain(number: int, draw: random.Random, steps: Sequence[str]) -> Tally:
        starter = free.get()
        try:
            return Chain(work, f"chain{number}", draw, starter).torture(steps)
        finally:
            free.put(starter)

    while len(total.kills) < kills and not total.faults:  # again: some ended before their kill
        planned, chains = len(total.kills), []
        while planned < kills:
            number = next(numbers)
            draw = random.Random(f"{seed}-{number}")  # noqa: S311
            steps = plan(draw)
            planned += len(steps)
            chains.append((number, draw, steps))
        with ThreadPoolExecutor(len(starters)) as pool:
            for tally in pool.map(lambda arguments: chain(*arguments), chains):
                total.add(tally)
                progress(len(tally.kills))
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


def print_table(tally: Tally, seconds: float) -> None:
    """Kills by the step that they hit, and what came of them."""
    table = Table("killed in", "kills", *KILL_TRAITS)
    for step in ("start", *STEPS, "all"):
        kills = [traits for hit, traits in tally.kills if step in (hit, "all")]
        shares = (sum(trait in traits for traits in kills) for trait in KILL_TRAITS)
        table.add_row(step, str(len(kills)), *map(str, shares))
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
    options = parser.parse_args()
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
            work, plan, starters = embedded_workload(folder), mostly_annotate, [plain]
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
