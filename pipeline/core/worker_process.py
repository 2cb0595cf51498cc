"""What a process of `pipeline.core.workers` does: answer each item that comes by a connection."""

from __future__ import annotations

import logging
import os
import pickle
import queue
import resource
import signal
import threading
from multiprocessing.connection import Connection
from typing import Literal

from pipeline.core.signals import ENDING

_IDLE_SECONDS = 30.0
"""After which a process that is kept ends, and its memory is free."""
START_SECONDS = 120.0
"""For what a process imports, on a busy machine with a cold disk."""
_MOST_MEMORY = 4 * 2**30
"""Bytes of a process. A page takes 0.1 GB; one that is made to take all shall not get them."""
ENDED_IDLE = 75
"""Exit status of a process that had nothing to do for too long."""

Answer = tuple[Literal["ready", "result", "exception", "broken"], object]
"""What a process sends: that it is ready, the result of the item it was given first, what was
raised instead, or what was raised by the initializer."""


def serve(fd: int) -> None:
    """What a process does: answer each item that comes by the connection `fd`."""
    for number in (*ENDING, signal.SIGUSR1):
        signal.signal(number, signal.SIG_IGN)  # what to do is the parent's business
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGALRM])
    _limit_memory()
    logging.getLogger().addHandler(logging.NullHandler())  # nothing is printed
    connection = Connection(fd)
    inbox: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(connection, inbox), daemon=True).start()
    signal.setitimer(signal.ITIMER_REAL, START_SECONDS)
    try:
        function, deadline, initializer = pickle.loads(inbox.get())  # noqa: S301, from the parent
        if initializer is not None:
            initializer()
    except Exception as error:
        _answer(connection, pickle.dumps(("broken", f"{type(error).__name__}: {error}")))
        return
    _answer(connection, pickle.dumps(("ready", None)))
    while True:
        signal.setitimer(signal.ITIMER_REAL, 0)
        try:
            data = inbox.get(timeout=_IDLE_SECONDS)
        except queue.Empty:
            os._exit(ENDED_IDLE)
        signal.setitimer(signal.ITIMER_REAL, deadline)
        try:
            answer = pickle.dumps(("result", function(pickle.loads(data))), -1)  # noqa: S301
        except Exception as error:
            answer = pickle.dumps(("exception", f"{type(error).__name__}: {error}"))
        signal.setitimer(signal.ITIMER_REAL, 0)
        _answer(connection, answer)


def _limit_memory() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or hard > _MOST_MEMORY:
        resource.setrlimit(resource.RLIMIT_DATA, (_MOST_MEMORY, hard))


def _receive(connection: Connection, inbox: queue.SimpleQueue[bytes]) -> None:
    while True:
        try:
            inbox.put(connection.recv_bytes())
        except (EOFError, OSError):  # the parent has ended, or wants no more
            os._exit(0)


def _answer(connection: Connection, data: bytes) -> None:
    try:
        connection.send_bytes(data)
    except OSError:
        os._exit(0)
