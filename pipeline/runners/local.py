"""Shards on this machine: in this process, or in several."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

from pydantic import PositiveInt
from pydantic.dataclasses import dataclass

from pipeline.errors import RunError
from pipeline.runs.annotate import ShardTask, opened_annotator, run_shard
from pipeline.runs.log import start_log
from pipeline.schema import PLUGIN


@dataclass(config=PLUGIN)
class LocalRunner:
    """`workers` processes; one works inside the process itself.

    The models use all cores already, so more workers pay only where one leaves cores idle.
    """

    workers: PositiveInt = 1

    def prepare(self, config: Mapping[str, object], batch_rows: int) -> None:
        if self.workers == 1:
            opened_annotator(config, batch_rows)

    def run(
        self,
        config: Mapping[str, object],
        task: ShardTask,
        shards: Sequence[int],
        progress: Callable[[int], None],
    ) -> None:
        if self.workers == 1 or len(shards) < 2:
            for shard in shards:
                run_shard(config, task, shard, progress)
            return
        # Spawned, not forked: a fork after torch or OpenVINO started threads may hang.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(
            min(self.workers, len(shards)),
            mp_context=context,
            initializer=start_log,
            initargs=(task.directory.log, task.name),
        ) as pool:
            futures = [pool.submit(run_shard, dict(config), task, shard) for shard in shards]
            try:
                for future in as_completed(futures):
                    progress(future.result().counts["articles"])
            except BrokenProcessPool as error:
                raise RunError(
                    "a worker process was killed, mostly for want of memory; finished shards are "
                    "kept: run again with a smaller runner.workers"
                ) from error
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
