"""What a runner does: have shards worked on somewhere. It ships the config, never a built stage."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol, runtime_checkable

from pipeline.annotate.shard import AnnotatorSettings, ShardResult, ShardTask


@runtime_checkable
class Runner(Protocol):
    """Calls `run_shard(config, task, shard)` for every shard, anywhere and in any order."""

    def prepare(self, config: Mapping[str, object], settings: AnnotatorSettings) -> None:
        """Told once before the shards are known: a runner may load models now, or do nothing."""
        ...

    def run(
        self,
        config: Mapping[str, object],
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
