"""Runs killed by SIGKILL at random instants, and two at once: the bytes are those of a calm run.

`scripts/proof/torture.py`, which does the killing, goes on for longer by hand.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from command import ROOT

sys.path.insert(0, str(ROOT / "scripts" / "proof"))
import torture
from starting import ForkServer, Process, plain
from workload import (
    DEADLINE,
    PUBLISHED,
    STEPS,
    Run,
    Workload,
    echo_workload,
    embedded_workload,
)

KILLS = 24  # hundreds are for scripts/prove.sh
MODEL_KILLS = ("annotate", "annotate", "publish")


@pytest.fixture(scope="module")
def servers() -> Iterator[list[ForkServer]]:
    with ExitStack() as stack:
        yield [stack.enter_context(ForkServer()) for _ in range(torture.AT_ONCE)]


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory, servers: list[ForkServer]) -> Workload:
    """With the engine that needs no model, and its undisturbed run."""
    work = echo_workload(tmp_path_factory.mktemp("echo"))
    assert work.run_calmly(servers[0]).faults == []
    assert set(work.counts) == {"read", "annotated", "duplicate", "filtered", "rejected"}
    return work


def fresh_seed() -> int:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")  # pytest shows it with a failure
    return seed


def finish(process: Process) -> None:
    assert process.wait(DEADLINE) == 0


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(torture.LOOK_EVERY)


def equal(work: Workload, run: Run) -> bool:
    return all(run.published(name) == work.calm.published(name) for name in PUBLISHED)


def test_kills_at_any_instant_lose_and_double_nothing(
    work: Workload, servers: list[ForkServer]
) -> None:
    tally = torture.torture(work, KILLS, fresh_seed(), servers, torture.spread)
    assert tally.faults == []
    assert (tally.lost, tally.doubled, tally.unequal) == (0, 0, 0)
    assert len(tally.kills) >= KILLS and tally.resumes >= KILLS
    hit = Counter(step for step, _ in tally.kills)
    assert min(hit[step] for step in STEPS) >= KILLS // 18
    left_behind = {"left a shard without receipt", "left a .part"}
    assert any(traits & left_behind for _, traits in tally.kills)


def test_the_check_of_the_torture_can_fail(work: Workload, tmp_path: Path) -> None:
    run = Run(Path(shutil.copytree(work.calm.path, tmp_path / "spoilt")))
    published = run.path / "published" / "articles.jsonl"
    first, second, *lines = published.read_bytes().splitlines(keepends=True)
    published.write_bytes(b"".join([second, second, *lines]))
    (run.path / "articles" / ".00000.parquet.0123456789ab.part").touch()
    tally = work.check(run)
    assert (tally.lost, tally.doubled, tally.unequal) == (1, 1, 1)
    faults = "\n".join(tally.faults)
    assert "left behind" in faults and "not as it was published" in faults
    assert json.loads(first)["id"] == work.ids[0]


@pytest.mark.parametrize("workers", [2, 7])
def test_any_number_of_workers_gives_the_same_bytes(
    work: Workload, servers: list[ForkServer], workers: int
) -> None:
    name = f"workers{workers}"
    finish(servers[0](work.command(name, workers), work.folder, work.output(name)))
    run = Run(work.folder / "runs" / name)
    assert equal(work, run)
    assert run.annotated() == work.calm.annotated()


def test_any_size_of_shards_and_batches_gives_the_same_bytes(
    work: Workload, servers: list[ForkServer]
) -> None:
    """With one row a shard, some shards have rejects and duplicates only."""
    runs = []
    for shard_rows, batch_rows in ((64, 32), (7, 5), (1, 1)):
        name = f"shards{shard_rows}"
        words = [f"ingest.shard_rows={shard_rows}", f"annotate.batch_rows={batch_rows}"]
        command = [*work.command(name), *words, "ingest.limit=70", "engine.delay_seconds=0"]
        finish(servers[0](command, work.folder, work.output(name)))
        runs.append(Run(work.folder / "runs" / name))
    assert [run.stored("annotate") for run in runs] == [2, 10, 70]
    for name in PUBLISHED:
        first, *others = (run.published(name) for run in runs)
        assert others == [first, first]


def test_two_that_joined_share_the_shards(work: Workload, servers: list[ForkServer]) -> None:
    run = Run(work.folder / "runs" / "joined")
    command = [*work.command("joined"), "run.join=true"]
    both = [server(command, work.folder, work.output("joined")) for server in servers[:2]]
    for process in both:
        finish(process)
    assert work.check(run).faults == []
    assert run.annotated() == work.calm.annotated()
    assert set(run.annotated().values()) == {1}


def test_a_second_that_did_not_join_is_refused(work: Workload, servers: list[ForkServer]) -> None:
    run = Run(work.folder / "runs" / "alone")
    first = servers[0](work.command("alone"), work.folder, work.output("alone"))
    wait_until(lambda: run.stored("ingest") > 0 or first.poll() is not None)
    second = servers[1](work.command("alone"), work.folder, work.output("second"))
    assert second.wait(DEADLINE) == 2
    [line] = work.output("second").read_text().splitlines()
    assert f"is being worked on by process {first.pid} on" in line and "run.join=true" in line
    finish(first)
    assert work.check(run).faults == []
    assert set(run.annotated().values()) == {1}


def test_the_shard_of_a_killed_one_is_taken_over(work: Workload, servers: list[ForkServer]) -> None:
    run = Run(work.folder / "runs" / "heir")
    command = [*work.command("heir"), "run.join=true"]
    both = [server(command, work.folder, work.output("heir")) for server in servers[:2]]

    def held() -> bool:
        """Stop the first where both are at a shard, and what is stored is in the log: between a
        receipt and its line a kill would leave a shard that nobody says to have annotated."""
        if any(process.poll() is not None for process in both):
            return True
        os.kill(both[0].pid, signal.SIGSTOP)
        receipts = run.path.glob("annotations/*.receipt.json")
        stored = {int(path.name.partition(".")[0]) for path in receipts}
        claims = list(run.path.glob("claims/annotate-*"))
        if len(claims) == 2 and len(stored) > 2 and stored <= set(run.annotated()):
            return True
        os.kill(both[0].pid, signal.SIGCONT)
        return False

    wait_until(held)
    os.kill(both[0].pid, signal.SIGKILL)
    assert both[0].wait(DEADLINE) == -signal.SIGKILL
    finish(both[1])
    assert equal(work, run)
    assert set(run.annotated()) == set(work.calm.annotated())
    # What the killed one left half-written goes when a process begins that is alone.
    finish(servers[0](command, work.folder, work.output("heir")))
    assert work.check(run).faults == []


@pytest.mark.models
def test_kills_with_the_embedded_models(tmp_path: Path) -> None:
    """Each resumed with another number of workers and a cold cache, so that the models run."""
    work = embedded_workload(tmp_path)
    assert work.run_calmly(plain).faults == []
    shutil.rmtree(work.warm)
    draw = random.Random(fresh_seed())
    tally = torture.Chain(work, "killed", draw, workers=(2, 1), caches=("none",)).torture(
        MODEL_KILLS
    )
    assert tally.faults == []
    assert [step for step, _ in tally.kills].count("annotate") >= 1
    assert len(tally.kills) >= 2
