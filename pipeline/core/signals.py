"""What signals mean while a run is at work: end in order, end at once, say how far it is."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from pipeline.core.stopping import Stop

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGXCPU)
"""Terminal, service manager, scheduler (Slurm's pre-emption and time limit send SIGTERM)."""

_FIRST = "\ndateline: {}: ending after the current batch; once more ends at once\n"


@contextmanager
def handled(stop: Stop, status: Callable[[], str]) -> Iterator[None]:
    """For the time of the block: the first ending signal asks `stop`, the second raises
    `KeyboardInterrupt`, SIGUSR1 prints `status()` on standard error."""

    def end(number: int, frame: FrameType | None) -> None:
        if stop.asked:
            raise KeyboardInterrupt
        stop.ask()
        _say(_FIRST.format(signal.Signals(number).name))

    def tell(number: int, frame: FrameType | None) -> None:
        _say(f"\ndateline: {status()}\n")

    before = {
        number: signal.signal(number, end)
        for number in ENDING
        if signal.getsignal(number) is not signal.SIG_IGN  # nohup wants to be left alone
    }
    before[signal.SIGUSR1] = signal.signal(signal.SIGUSR1, tell)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say(line: str) -> None:
    # Not through sys.stderr: a handler may interrupt it in the middle of a write.
    os.write(2, line.encode())
