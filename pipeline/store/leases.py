"""Who works on a run: processes register in the folder of its claims, alone or joined to others."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

from pipeline.core import disk
from pipeline.core.errors import RunError
from pipeline.core.files import PART, refused
from pipeline.store.members import CLAIM, Member, this_host

_LOG = logging.getLogger(__name__)

_BEATS = 6
"""Signs of life within the expiry: a few may come late, or be hidden by a cache, as NFS has one."""
_TRIES = 10
"""Another that leaves or cleans up can take away what a new one has just made; not ten times."""


class Claims(Member):
    """The claims in `folder`, which lies in a run directory, for a process that registers.

    A process on the same host is known dead by its lock, at once; one on another host, or where
    files cannot be locked, when its file was not touched for `expiry` seconds. `tell` is told when
    that has to be waited for.
    """

    def __init__(
        self, folder: Path, expiry: float = 60.0, tell: Callable[[str], None] = _LOG.info
    ) -> None:
        super().__init__(folder, uuid.uuid4().hex, expiry)
        self._tell = tell
        self.alone = False
        """Whether no other process was, or could have been, alive at `enter`."""
        self._path = self._folder / f"process-{self.token}"
        self._part = self._folder / f".{self._path.name}{PART}"
        self._since = datetime.now(UTC).isoformat(timespec="seconds")
        self._file: FileIO | None = None
        self._heart: threading.Thread | None = None
        self._stop = threading.Event()
        self._warned = False

    @contextmanager
    def session(self, join: bool) -> Iterator[Claims]:
        """`enter`, and `leave` when the block ends."""
        self.enter(join)
        try:
            yield self
        finally:
            self.leave()

    def enter(self, join: bool) -> None:
        """Register; remove what dead processes left behind.

        Without `join` it first waits until every other process has shown whether it is alive.

        Raises:
            RunError: another is at work and `join` is not set, or the folder cannot be used.
        """
        try:
            with refused("read or written", self._folder):
                self._register()
                self._stop.clear()
                heart = threading.Thread(target=self._beat, name="claims", daemon=True)
                heart.start()
                self._heart = heart
                self._meet(join)
        except BaseException:
            self.leave()
            raise

    def leave(self) -> None:
        """Take back the claims and the registration, as far as the disk lets; more than once is
        fine."""
        if self._heart is not None:
            self._stop.set()
            self._heart.join()
            self._heart = None
        with suppress(OSError):
            claims = filter(None, map(CLAIM.fullmatch, os.listdir(self._folder)))
            for name in {match[1] for match in claims}:
                self.release(name)
        with suppress(OSError):  # of those killed beside this one nobody else may ever come to tell
            left = [file for file in os.listdir(self._folder) if CLAIM.fullmatch(file)]
            others = self._others()
            if all(other.alive is False for other in others):
                for path in (*(other.path for other in others), *map(self._folder.joinpath, left)):
                    disk.remove(path)
        for path in (self._path, self._part):
            with suppress(OSError):
                disk.remove(path)
        with suppress(OSError):
            if self._file is not None:
                self._file.close()
        with suppress(OSError):  # others are in it
            self._folder.rmdir()

    def _register(self) -> None:
        """Locked and written before it is visible: a file that others see speaks the truth."""
        for tries_left in reversed(range(_TRIES)):
            try:
                disk.make_folder(self._folder)
                if self._file is not None:
                    self._file.close()
                self._file = disk.open_new(self._part)
                info = {"pid": os.getpid(), "since": self._since, "locked": _lock(self._file)}
                disk.write(self._file, json.dumps({**this_host(), **info}).encode())
                return disk.rename(self._part, self._path)
            except FileNotFoundError:
                if not tries_left:
                    raise

    def _meet(self, join: bool) -> None:
        told = False
        while True:
            # Listed before the processes: who made any of these registered earlier still.
            claims = filter(CLAIM.fullmatch, os.listdir(self._folder))
            others = self._others()
            for dead in (other for other in others if other.alive is False):
                disk.remove(dead.path)
            others = [other for other in others if other.alive is not False]
            if join or not others:
                break
            for other in filter(lambda other: other.alive, others):
                raise RunError(
                    f"run {self._folder.parent.name!r} is being worked on by {other} since "
                    f"{other.info.get('since', '?')}; wait for it, stop it, or work with it: "
                    "run.join=true"
                )
            if not told:
                self._tell(
                    f"{others[0]} may be at work on this run, and no lock tells from here: "
                    f"waiting up to {self._expiry:g} s for a sign of life"
                )
                told = True
            time.sleep(min(1.0, self._expiry / 10))
        self.alone = not others
        for file in claims if self.alone else ():
            disk.remove(self._folder / file)

    def _beat(self) -> None:
        while not self._stop.wait(self._expiry / _BEATS):
            with suppress(OSError):  # the next beat may get through
                self._touch()

    def _touch(self) -> None:
        try:
            os.utime(self._path)
        except FileNotFoundError:
            if not self._warned:
                self._warned = True
                _LOG.warning(
                    "%s was removed: another process took this one for dead, and some work may be "
                    "done twice",
                    self._path,
                )
            if self._folder.parent.is_dir():  # else the run itself was deleted
                self._register()


def _lock(file: FileIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # a file system without locks
        return False
    return True
