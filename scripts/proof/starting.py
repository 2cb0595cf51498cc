"""Starting `dateline` as a process that can be killed: a Python of its own, or a fork of one.

Nothing of `pipeline` is imported up here: workers of a run import what the fork server began with.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Protocol

DATELINE = (sys.executable, "-m", "pipeline.cli")


class Process(Protocol):
    """A `dateline` that was started."""

    pid: int

    def poll(self) -> int | None:
        """Its exit code, minus the signal that ended it; None while it runs."""
        ...

    def wait(self, timeout: float) -> int:
        """The exit code once it has ended; raises `subprocess.TimeoutExpired` if it does not."""
        ...


Starter = Callable[[Sequence[str], Path, Path], Process]
"""Starts `dateline WORDS` in a folder, what it prints appended to a file."""


def plain(words: Sequence[str], folder: Path, output: Path) -> Process:
    """A Python of its own, as the command is started in earnest."""
    with output.open("ab") as out:
        return subprocess.Popen(
            [*DATELINE, *words], cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            start_new_session=True,
        )  # fmt: skip


class ForkServer:
    """A Python that has imported all but the models, and forks itself for each command.

    That saves two seconds of imports a command. It runs one at a time, and is single-threaded but
    for Arrow's pool, which looks after forks itself.
    """

    def __init__(self) -> None:
        # datasets imports torch if it may, and BLAS need not start threads.
        environment = {**os.environ, "USE_TORCH": "0", "OPENBLAS_NUM_THREADS": "1"}
        self._server = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=environment, text=True, bufsize=1,
        )  # fmt: skip

    def __enter__(self) -> ForkServer:
        return self

    def __exit__(self, *error: object) -> None:
        self._server.kill()
        self._server.communicate()

    def __call__(self, words: Sequence[str], folder: Path, output: Path) -> Process:
        assert self._server.stdin is not None and self._server.stdout is not None
        self._server.stdin.write(f"{json.dumps([*words, str(folder), str(output)])}\n")
        return _Forked(self._server.stdout)


class _Forked:
    def __init__(self, answers: IO[str]) -> None:
        self._answers = answers
        self._code: int | None = None
        self.pid = int(answers.readline())

    def poll(self) -> int | None:
        if self._code is None and select.select([self._answers], [], [], 0)[0]:
            self._code = int(self._answers.readline())
        return self._code

    def wait(self, timeout: float) -> int:
        if self._code is None and select.select([self._answers], [], [], timeout)[0]:
            self._code = int(self._answers.readline())
        if self._code is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
        return self._code


def is_alive_after(process: Process, seconds: float) -> bool:
    """Waits until the process has ended, but no longer than so many seconds."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return True
    return False


def pool_workers(pid: int) -> list[int]:
    """The processes of its pool, without the one that cleans up semaphores of those killed."""
    import psutil  # type: ignore[import-untyped]

    with suppress(psutil.Error):
        children = psutil.Process(pid).children(recursive=True)
        return [child.pid for child in children if "spawn_main" in " ".join(child.cmdline())]
    return []


def serve() -> None:
    """The fork server: a job a line in, its process id and its exit code out."""
    import datasets  # noqa: F401
    import hydra  # noqa: F401
    import rich.table  # noqa: F401
    import yaml
    from py3langid.langid import LanguageIdentifier

    import pipeline.engines.generation.echo
    import pipeline.publish.csv
    import pipeline.publish.jsonl
    import pipeline.publish.parquet
    import pipeline.runners.local
    import pipeline.sources.json
    import pipeline.summarize.summarizer
    import pipeline.workflow.steps  # noqa: F401
    from pipeline.cli.command import run_command
    from pipeline.ingest.language import LanguageDetector
    from pipeline.region.lexicon import LexiconRegion

    LexiconRegion().open()
    # Read once: unpacking the detector's model takes longer than the ingest of these articles.
    LanguageIdentifier.from_model_file = cache(LanguageIdentifier.from_model_file)
    LanguageDetector()
    yaml.SafeLoader = yaml.CSafeLoader  # type: ignore[misc, assignment]
    for line in sys.stdin:
        *words, folder, output = json.loads(line)
        pid = os.fork()
        if pid == 0:
            code = 70
            try:
                os.setsid()
                os.chdir(folder)
                with open(output, "ab") as out, open(os.devnull) as null:
                    os.dup2(null.fileno(), 0)
                    os.dup2(out.fileno(), 1)
                    os.dup2(out.fileno(), 2)
                code = run_command(words)
                sys.stdout.flush()
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(code)
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    serve()
