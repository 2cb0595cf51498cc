"""Who works on a run, and on which part of it: processes register, and claim work by name.

Everything is files in one folder, which hosts may share. What the work is, is not known here.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from io import FileIO
from pathlib import Path

from pipeline.core import disk
from pipeline.core.errors import RunError
from pipeline.core.files import PART, cannot

_LOG = logging.getLogger(__name__)

_TOKEN = re.compile("[0-9a-f]{32}")
_PROCESS = re.compile(f"process-({_TOKEN.pattern})")
_CLAIM = re.compile(r"(.+)\.([0-9]+)")
_BEATS = 6
"""Signs of life within the expiry: a few may come late, or be hidden by a cache, as NFS has one."""
_TRIES = 10
"""Another that leaves or cleans up can take away what a new one has just made; not ten times."""


@dataclass(frozen=True, slots=True)
class _Process:
    """Another process. `alive` is None while nothing has shown yet whether it is."""

    path: Path
    alive: bool | None
    info: Mapping[str, object]

    def __str__(self) -> str:
        return f"process {self.info.get('pid', '?')} on {self.info.get('host', '?')}"


class Member:
    """Claims work in the name of a registered process: itself, or the parent of a pool's worker.

    Keep one for as long as the worker lives: processes on other hosts are known dead only to one
    that has watched them for `expiry` seconds.
    """

    def __init__(self, folder: Path, token: str, expiry: float = 60.0) -> None:
        self.token = token
        self._folder = folder.absolute()
        self._expiry = expiry
        self._watched: dict[str, tuple[object, float, bool]] = {}
        self._unreleased: set[str] = set()

    def claim(self, name: str) -> bool:
        """Whether the work is this process's now; True for one process at a time.

        False may pass: its owner dies, releases it, or two were in each other's way. Ask again
        while the work is undone, and look whether it is done after a claim, not only before.

        Raises:
            RunError: the folder cannot be read or written.
        """
        try:
            disk.make_folder(self._folder)
            before = self._owners(name)
            own_leftover = name in self._unreleased and set(before.values()) == {self.token}
            if not own_leftover and any(
                self._holds(owner, f"{name}.{n}") for n, owner in before.items()
            ):
                return False
            generation = max(before, default=-1) + 1
            path = self._folder / f"{name}.{generation}"
            if not disk.create(path, self.token.encode()):
                return False
            # Of two that stood here at once with different pictures, as after a takeover and a
            # release in between, the later sees the other's file and knows that it was not judged.
            if self._owners(name) == {**before, generation: self.token}:
                self._unreleased.discard(name)
                return True
            disk.remove(path)
            return False
        except OSError as error:
            raise cannot("read or written", self._folder, error) from error

    def is_free(self, name: str) -> bool:
        """Whether nobody alive holds the claim.

        Raises:
            RunError: the folder cannot be read.
        """
        try:
            owners = self._owners(name)
            return not any(self._holds(owner, f"{name}.{n}") for n, owner in owners.items())
        except OSError as error:
            raise cannot("read", self._folder, error) from error

    def release(self, name: str) -> None:
        """Give back what was claimed; nothing happens if it was not, or the disk refuses."""
        try:
            owners = self._owners(name)
            own = max((n for n, owner in owners.items() if owner == self.token), default=-1)
            for generation in sorted(n for n in owners if n <= own):  # one's own protects the rest
                disk.remove(self._folder / f"{name}.{generation}")
        except OSError:
            self._unreleased.add(name)  # or this process would wait for itself

    def others(self) -> list[str]:
        """The other processes that are, or may be, alive: `process 123 on host`.

        Raises:
            RunError: the folder cannot be read.
        """
        try:
            return [str(other) for other in self._others() if other.alive is not False]
        except OSError as error:
            raise cannot("read", self._folder, error) from error

    def _owners(self, name: str) -> dict[int, str]:
        """What is written in the claims of the name, by generation."""
        found: dict[int, str] = {}
        for file in os.listdir(self._folder):
            if (match := _CLAIM.fullmatch(file)) and match[1] == name:
                with suppress(FileNotFoundError):  # released since it was listed
                    content = disk.read(self._folder / file)
                    found[int(match[2])] = content.decode("ascii", "replace")
        return found

    def _holds(self, owner: str, file: str) -> bool:
        if owner == self.token:
            return True
        if _TOKEN.fullmatch(owner):
            return self._look(owner).alive is not False
        # Its process is between making and writing it, or died there. Should it come back after
        # all, it finds that it was overtaken.
        return self._watch(file, owner) is not False

    def _others(self) -> list[_Process]:
        files = sorted(os.listdir(self._folder))
        tokens = [match[1] for file in files if (match := _PROCESS.fullmatch(file))]
        return [self._look(token) for token in tokens if token != self.token]

    def _look(self, token: str) -> _Process:
        path = self._folder / f"process-{token}"
        info: Mapping[str, object] = {}
        alive: bool | None = None
        try:
            # Opened before its time is asked for: NFS answers from its cache otherwise.
            with suppress(ValueError):  # damaged, as by a power cut: watched like a stranger's
                value = json.loads(disk.read(path))
                info = value if isinstance(value, dict) else {}
            if info.get("locked") is True and _here().items() <= info.items():
                alive = _locked_by_another(path)
            if alive is None:
                alive = self._watch(path.name, path.stat().st_mtime_ns)
        except FileNotFoundError:
            alive = False
        return _Process(path, alive, info)

    def _watch(self, file: str, value: object) -> bool | None:
        """Whether a value that a live process changes was seen to; None while that is open.

        Only this process's own clock counts, which nobody sets: the times of files come from
        clocks that differ between hosts and are put back.
        """
        now = time.monotonic()
        last, since, changed = self._watched.get(file, (value, now, False))
        if value != last:
            since, changed = now, True
        self._watched[file] = (value, since, changed)
        if now - since >= self._expiry:
            return False
        return True if changed else None


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

    @staticmethod
    def member(folder: Path, token: str, expiry: float = 60.0) -> Member:
        """For a worker of the registered process `token`, which has to outlive it."""
        return Member(folder, token, expiry)

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
            self._register()
            self._stop.clear()
            heart = threading.Thread(target=self._beat, name="claims", daemon=True)
            heart.start()
            self._heart = heart
            self._meet(join)
        except OSError as error:
            self.leave()
            raise cannot("read or written", self._folder, error) from error
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
            claims = filter(None, map(_CLAIM.fullmatch, os.listdir(self._folder)))
            for name in {match[1] for match in claims}:
                self.release(name)
        with suppress(OSError):  # of those killed beside this one nobody else may ever come to tell
            left = [file for file in os.listdir(self._folder) if _CLAIM.fullmatch(file)]
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
                disk.write(self._file, json.dumps({**_here(), **info}).encode())
                return disk.rename(self._part, self._path)
            except FileNotFoundError:
                if not tries_left:
                    raise

    def _meet(self, join: bool) -> None:
        told = False
        while True:
            # Listed before the processes: who made any of these registered earlier still.
            claims = filter(_CLAIM.fullmatch, os.listdir(self._folder))
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


def _locked_by_another(path: Path) -> bool | None:
    """None where it cannot be found out."""
    with FileIO(path) as file:
        try:
            # Shared, so that two who look at a dead one do not take each other for its life.
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return None
        return False


@cache
def _here() -> dict[str, str]:
    """What tells this host, since it was started, from all others."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:  # macOS
        boot = f"{uuid.getnode():x}"
    return {"host": os.uname().nodename, "boot": boot}
