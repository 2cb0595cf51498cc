"""Claims on parts of a run by name, and which of the processes that hold them are alive.

Everything is files in one folder, which hosts may share. What the work is, is not known here.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from io import FileIO
from pathlib import Path

from pipeline.core import disk
from pipeline.core.files import refused

_TOKEN = re.compile("[0-9a-f]{32}")
_PROCESS = re.compile(f"process-({_TOKEN.pattern})")
CLAIM = re.compile(r"(.+)\.([0-9]+)")
"""Name and generation, the name of a claim's file."""


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
        with refused("read or written", self._folder):
            disk.make_folder(self._folder)
            before = self._owners(name)
            own_leftover = name in self._unreleased and set(before.values()) == {self.token}
            if not own_leftover and self._is_held(name, before):
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

    def is_free(self, name: str) -> bool:
        """Whether nobody alive holds the claim.

        Raises:
            RunError: the folder cannot be read.
        """
        with refused("read", self._folder):
            return not self._is_held(name, self._owners(name))

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
        with refused("read", self._folder):
            return [str(other) for other in self._others() if other.alive is not False]

    def _owners(self, name: str) -> dict[int, str]:
        """What is written in the claims of the name, by generation."""
        found: dict[int, str] = {}
        for file in os.listdir(self._folder):
            if (match := CLAIM.fullmatch(file)) and match[1] == name:
                with suppress(FileNotFoundError):  # released since it was listed
                    content = disk.read(self._folder / file)
                    found[int(match[2])] = content.decode("ascii", "replace")
        return found

    def _is_held(self, name: str, owners: Mapping[int, str]) -> bool:
        return any(self._holds(owner, f"{name}.{n}") for n, owner in owners.items())

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
            if info.get("locked") is True and this_host().items() <= info.items():
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
def this_host() -> dict[str, str]:
    """What tells this host, since it was started, from all others."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:  # macOS
        boot = f"{uuid.getnode():x}"
    return {"host": os.uname().nodename, "boot": boot}
