"""Asking a run to end in order: whoever works looks here between two batches."""

from __future__ import annotations

from pipeline.core.errors import StoppedError


class Stop:
    """A request to end. `asked` is set from a signal handler, so it does nothing but that."""

    def __init__(self) -> None:
        self.asked = False

    def ask(self) -> None:
        self.asked = True

    def __call__(self) -> bool:
        return self.asked

    def check(self) -> None:
        """Raises `StoppedError` once an end was asked for."""
        if self.asked:
            raise stopped()


def stopped(spent: object = None) -> StoppedError:
    """What ends the work of this process when it was asked to."""
    error = StoppedError("stopped as asked; what is finished is kept, the same command goes on")
    error.spent = spent
    return error


def never() -> bool:
    """For callers that nobody can ask."""
    return False
