"""What a runner does: have shards worked on somewhere. It ships the config, never a built stage."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, runtime_checkable

from pipeline.annotate.plan import AnnotatePlan
from pipeline.annotate.shard import ShardResult, ShardTask


@runtime_checkable
class Runner(Protocol):
    """Calls `run_shard(plan, task, shard)` for every shard, anywhere and in any order: here with
    the plan it is given, elsewhere with one that is made there of the plan's config."""

    def prepare(self, plan: AnnotatePlan) -> None:
        """Told once before the shards are known: a runner may load models now, or do nothing."""
        ...

    def run(
        self,
        plan: AnnotatePlan,
        task: ShardTask,
        shards: Sequence[int],
        progress: Callable[[int], None],
        stopping: Callable[[], bool],
    ) -> Iterator[ShardResult | None]:
        """The result of each shard when it is stored, None for one that another process is at.

        `progress` is told of articles done. The generator may be closed before its end: then, and
        when `stopping` says so, workers finish the batch they are at and no more.

        Raises:
            StoppedError: `stopping` said so.
        """
        ...
