"""The run's log file: one JSON object a line, each with run and shard."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from pipeline.core.errors import RunError
from pipeline.core.secrets import redacted


class _JsonLines(logging.Formatter):
    def __init__(self, run: str) -> None:
        super().__init__()
        self._run = run

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "run": self._run,
            "shard": getattr(record, "shard", None),
            "logger": record.name,
            "message": redacted(record.getMessage()),
        }
        if record.exc_info:
            line["traceback"] = redacted(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


class _LogFile(logging.FileHandler):
    """A line that cannot be written is lost: a full disk stops a run where it matters."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 the name is logging's
        pass

    def close(self) -> None:
        with suppress(OSError):
            super().close()


def start_log(path: Path, run: str) -> logging.Handler:
    """Append everything that `pipeline` logs at INFO and above to `path`, from now on.

    Raises:
        RunError: the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = _LogFile(path, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise RunError(f"{path}: cannot be written: {error.strerror or error}") from error
    handler.setFormatter(_JsonLines(run))
    logger = logging.getLogger("pipeline")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    # Without this the root logger's handler of last resort prints warnings a second time.
    logger.propagate = False
    return handler


@contextmanager
def logging_to(path: Path, run: str) -> Iterator[None]:
    """`start_log` for the time of the block."""
    handler = start_log(path, run)
    try:
        yield
    finally:
        logging.getLogger("pipeline").removeHandler(handler)
        handler.close()
