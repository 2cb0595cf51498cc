"""Work in processes that may be killed: a function over items, in order, each within a deadline.

A process that hangs or dies costs the one item it worked on. None outlives this one: an idle
process ends when its connection does, and the kernel ends a busy one at its deadline.
"""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Pipe, wait
from types import TracebackType
from typing import Generic, Literal, TypeVar, cast

from pipeline.core.worker_process import ENDED_IDLE, Answer

Item = TypeVar("Item")
Result = TypeVar("Result")

_GIVEN = 2
"""Items that a process has at once: the next one lies there when one is done."""
_READ_AHEAD = 4
"""Items that are read and not done, for each process: what bounds memory."""
_DONE_AHEAD = 64
"""Results that wait for an earlier one, for each process."""

_FEW, _SOON = 32, 1.0
"""Items, or seconds since the first process was ready, after which more are started: a start takes
as long as some 40 pages of HTML."""
_LOST_STARTS = 3
"""Processes in a row that may end before they are ready."""

_SERVE = "from pipeline.core.worker_process import serve; serve({fd})"
_CODE = f"import sys; sys.path[:] = {{path!r}}; {_SERVE}"


@dataclass(frozen=True, slots=True)
class Failure(Generic[Item]):
    """An item without a result: its process was ended at the deadline, died otherwise, or raised
    an exception. `error` says how the process ended or what was raised."""

    item: Item
    kind: Literal["timed out", "died", "exception"]
    error: str


@dataclass(frozen=True, slots=True)
class Done(Generic[Result]):
    """A result that needs no work, in the place of an item."""

    result: Result


class WorkersError(Exception):
    """No process is ready to work: what it imports fails, or something ends it."""


class Workers(Generic[Item, Result]):
    """Up to `workers` processes that apply `function` for at most `deadline` seconds an item.

    The function is pickled by name, and `initializer` is called in each process before its first
    item, outside of the deadline. Processes are new interpreters: they do not import the main
    module and share no lock. They are started as they are needed and kept for a while.
    """

    def __init__(
        self,
        function: Callable[[Item], Result],
        workers: int,
        deadline: float,
        initializer: Callable[[], object] | None = None,
    ) -> None:
        self._task = pickle.dumps((function, deadline, initializer))
        self._most = workers
        self._idle: list[_Worker[Item, Result]] = []
        self._end_idle = weakref.finalize(self, _end, self._idle)

    def __enter__(self) -> Workers[Item, Result]:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the processes that are kept."""
        _end(self._idle)

    def ordered(self, items: Iterable[Item | Done[Result]]) -> Iterator[Result | Failure[Item]]:
        """The results in the order of the items, of which a few are read ahead.

        Raises:
            WorkersError: the initializer raises, or processes end before they are ready.
        """
        crew = _Crew(self._task, self._most, self._idle)
        places: deque[_Place[Item, Result]] = deque()
        source = iter(items)
        more = True
        try:
            while places or more:
                crew.collect(timeout=0)
                if places and (outcome := places[0].outcome) is not None:
                    places.popleft()
                    yield outcome.result
                elif more and crew.has_room() and len(places) < _DONE_AHEAD * self._most:
                    try:
                        item = next(source)
                    except StopIteration:
                        more = False
                        continue
                    if isinstance(item, Done):
                        places.append(_Place(Done(item.result)))
                    else:
                        places.append(_Place())
                        crew.take(_Job(item, places[-1]))
                else:
                    crew.collect(timeout=_SOON)
        finally:
            crew.part()


@dataclass(slots=True)
class _Place(Generic[Item, Result]):
    """Where a result will stand."""

    outcome: Done[Result | Failure[Item]] | None = None


@dataclass(frozen=True, slots=True)
class _Job(Generic[Item, Result]):
    item: Item
    place: _Place[Item, Result]

    def fail(self, kind: Literal["timed out", "died", "exception"], error: str) -> None:
        self.place.outcome = Done(Failure(self.item, kind, error))


class _Crew(Generic[Item, Result]):
    """The processes that work for one iteration."""

    def __init__(self, task: bytes, most: int, idle: list[_Worker[Item, Result]]) -> None:
        self._task = task
        self._most = most
        self._idle = idle
        self._workers: list[_Worker[Item, Result]] = []
        self._todo: deque[_Job[Item, Result]] = deque()
        self._began: float | None = None
        self._answers = self._lost_starts = 0

    def has_room(self) -> bool:
        undone = len(self._todo) + sum(len(worker.jobs) for worker in self._workers)
        return undone < _READ_AHEAD * self._most

    def take(self, job: _Job[Item, Result]) -> None:
        self._todo.append(job)
        self._hand_out()

    def collect(self, timeout: float) -> None:
        """The answers that are there, or that come within `timeout` seconds."""
        if not self._workers:
            return
        for connection in wait([worker.connection for worker in self._workers], timeout):
            [worker] = [w for w in self._workers if w.connection is connection]
            try:
                answer: Answer = worker.connection.recv()
            except (EOFError, OSError):
                self._bury(worker)
            else:
                self._heed(worker, answer)
        self._hand_out()

    def part(self) -> None:
        """Keep the idle processes and end the others."""
        busy = [worker for worker in self._workers if worker.jobs]
        self._idle += [worker for worker in self._workers if not worker.jobs]
        self._workers.clear()
        _end(busy)

    def _heed(self, worker: _Worker[Item, Result], answer: Answer) -> None:
        match answer:
            case "ready", _:
                worker.is_ready = True
                self._began = self._began or time.monotonic()
                self._lost_starts = 0
            case "broken", error:
                raise WorkersError(str(error))
            case "exception", error:
                worker.jobs.popleft().fail("exception", str(error))
                self._answers += 1
            case _, result:
                # What the process pickled is what the function gave.
                worker.jobs.popleft().place.outcome = Done(cast("Result", result))
                self._answers += 1

    def _bury(self, worker: _Worker[Item, Result]) -> None:
        """Replace a process that has ended: the item it worked on has failed."""
        self._workers.remove(worker)
        status = worker.end()
        if not worker.is_ready:
            self._lost_starts += 1
            if self._lost_starts == _LOST_STARTS:
                raise WorkersError(f"processes end as they start: {_told(status)}")
        elif status != ENDED_IDLE and worker.jobs:
            timed_out = status == -signal.SIGALRM
            worker.jobs.popleft().fail("timed out" if timed_out else "died", _told(status))
        self._todo.extendleft(reversed(worker.jobs))

    def _hand_out(self) -> None:
        while self._todo:
            free = [worker for worker in self._workers if len(worker.jobs) < _GIVEN]
            worker = min(free, key=lambda worker: len(worker.jobs), default=None)
            if (worker is None or worker.jobs) and self._may_grow():
                worker = self._kept() or _Worker(self._task)
                self._workers.append(worker)
            if worker is None:
                return
            worker.give(self._todo.popleft())

    def _kept(self) -> _Worker[Item, Result] | None:
        """A process that has been kept and lives."""
        while self._idle:
            worker = self._idle.pop()
            if worker.is_alive():
                self._began = self._began or time.monotonic()
                return worker
            worker.end()
        return None

    def _may_grow(self) -> bool:
        if len(self._workers) == self._most:
            return False
        return (
            not self._workers
            or bool(self._idle)
            or self._answers >= _FEW
            or (self._began is not None and time.monotonic() - self._began > _SOON)
        )


class _Worker(Generic[Item, Result]):
    """A process, and the jobs that it was given, the first of which it works on."""

    def __init__(self, task: bytes) -> None:
        self.jobs: deque[_Job[Item, Result]] = deque()
        self.is_ready = False
        self.connection, theirs = Pipe()
        with theirs:
            code = _CODE.format(path=sys.path, fd=theirs.fileno())
            self._process = subprocess.Popen(
                [sys.executable, "-c", code],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C is for the parent
            )
        self._send(task)

    def give(self, job: _Job[Item, Result]) -> None:
        self.jobs.append(job)
        self._send(pickle.dumps(job.item, pickle.HIGHEST_PROTOCOL))

    def _send(self, data: bytes) -> None:
        with suppress(OSError):  # if it is dead, the end of its connection says so
            self.connection.send_bytes(data)

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def end(self) -> int:
        """Kill it, if it lives; returns its exit status as `subprocess` has it."""
        self.connection.close()
        self._process.kill()
        return self._process.wait()


def _end(workers: list[_Worker[Item, Result]]) -> None:
    while workers:
        workers.pop().end()


def _told(status: int) -> str:
    if status >= 0:
        return f"exit status {status}"
    return f"ended by {signal.Signals(-status).name}"
