"""Shards on this machine: in this process, or in several."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.synchronize import Event
from pathlib import Path

from pydantic import PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.annotate.plan import AnnotateConfig, AnnotatePlan
from pipeline.annotate.shard import ShardResult, ShardTask, run_shard
from pipeline.annotate.usage import Spent
from pipeline.config.schema import PLUGIN
from pipeline.core.errors import RunError, StoppedError
from pipeline.core.signals import ENDING
from pipeline.core.stopping import stopped
from pipeline.store.log import start_log

_OF_THE_PARENT = (*ENDING, signal.SIGUSR1)
"""A terminal or a scheduler sends these to all processes; what to do is the parent's business."""

_LOOK_EVERY = 0.2
"""Seconds between two looks at whether an end was asked for."""


@dataclass(config=PLUGIN)
class LocalRunner:
    """`workers` processes; one works inside the process itself.

    The models use all cores already, so more workers pay only where one leaves cores idle.
    """

    workers: PositiveInt = 1

    def prepare(self, plan: AnnotatePlan) -> None:
        if self.workers == 1 and not plan.annotator.is_known():
            plan.annotator.open()

    def run(
        self,
        plan: AnnotatePlan,
        task: ShardTask,
        shards: Sequence[int],
        progress: Callable[[int], None],
        stopping: Callable[[], bool],
    ) -> Iterator[ShardResult | None]:
        if self.workers > 1 and len(shards) > 1:
            yield from self._in_processes(plan, task, shards, progress, stopping)
            return
        for shard in shards:
            if stopping():
                raise stopped()
            yield run_shard(plan, task, shard, progress, stopping)

    def _in_processes(
        self,
        plan: AnnotatePlan,
        task: ShardTask,
        shards: Sequence[int],
        progress: Callable[[int], None],
        stopping: Callable[[], bool],
    ) -> Iterator[ShardResult | None]:
        # Spawned, not forked: a fork after torch or OpenVINO started threads may hang.
        context = multiprocessing.get_context("spawn")
        end = context.Event()
        pool = ProcessPoolExecutor(
            min(self.workers, len(shards)),
            mp_context=context,
            initializer=_begin_worker,
            initargs=(task.directory.log, task.name, end, plan.config),
        )
        waiting: set[Future[ShardResult | None]] = set()
        try:
            # The workers are started by the first of these, deaf until they know what to ignore.
            signal.pthread_sigmask(signal.SIG_BLOCK, _OF_THE_PARENT)
            try:
                waiting = {pool.submit(_work, task, shard) for shard in shards}
            finally:
                signal.pthread_sigmask(signal.SIG_UNBLOCK, _OF_THE_PARENT)
            while waiting:
                done, waiting = wait(waiting, _LOOK_EVERY, FIRST_COMPLETED)
                for future in done:
                    result = future.result()
                    if result is not None:
                        progress(result.receipt.counts["articles"])
                    yield result
                if stopping():
                    end.set()
                    pool.shutdown(wait=True, cancel_futures=True)
                    raise stopped(_spent_on_stopped(waiting))
        except KeyboardInterrupt:
            _kill_workers()
            raise
        except BrokenProcessPool as error:
            # The others may wait for a lock that the killed one held, and heed no SIGTERM.
            _kill_workers()
            if stopping():
                raise stopped() from error
            raise RunError(
                "a worker process was killed, mostly for want of memory; finished shards are "
                "kept: run again with a smaller runner.workers"
            ) from error
        finally:
            end.set()
            try:
                pool.shutdown(wait=True, cancel_futures=True)
            except KeyboardInterrupt:  # asked a second time: the current batches are given up too
                _kill_workers()
                raise


def _kill_workers() -> None:
    for process in multiprocessing.active_children():
        process.kill()


def _spent_on_stopped(futures: Iterable[Future[ShardResult | None]]) -> Spent:
    """What workers spent until they were stopped."""
    spent = Spent()
    for future in futures:
        error = None if future.cancelled() else future.exception()
        if isinstance(error, StoppedError) and isinstance(error.spent, Spent):
            spent += error.spent
        elif error is None and not future.cancelled() and (result := future.result()) is not None:
            spent += result.spent
    return spent


# A process pool hands an event to its workers only when they begin, so it is kept here; beside it
# the stages, which are built once in a worker.
_end: Event | None = None
_plan: AnnotatePlan | None = None


def _begin_worker(log: Path, run: str, end: Event, config: AnnotateConfig) -> None:
    global _end, _plan
    _end, _plan = end, AnnotatePlan(config)
    for number in _OF_THE_PARENT:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _OF_THE_PARENT)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    start_log(log, run)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # killed, it could not tell: without this its workers would wait for ever


def _work(task: ShardTask, shard: int) -> ShardResult | None:
    assert _end is not None and _plan is not None
    return run_shard(_plan, task, shard, stopping=_end.is_set)
