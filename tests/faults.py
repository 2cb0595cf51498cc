"""A disk that fails on purpose, and a small run to torture with it.

`FaultyDisk` stands in for the functions of `pipeline.core.disk`. It counts their calls and makes
one of them fail, end the process as a kill would, or cut the power: then all that was not synced
is lost. Deletions that a run does by `Path.unlink` and `shutil.rmtree` are counted as well.
"""

from __future__ import annotations

import errno
import gc
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from io import FileIO
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pytest
import yaml
from rich.console import Console

from pipeline.annotate import shard
from pipeline.article import Article
from pipeline.config import compose
from pipeline.core import disk
from pipeline.core.digest import _digest
from pipeline.core.errors import DatelineError
from pipeline.core.files import PART, read_record
from pipeline.ingest.date_parts import Unread
from pipeline.ingest.normalise import normalise
from pipeline.sources.base import BadRecord, Record
from pipeline.store.directory import RunDirectory
from pipeline.workflow.config import read_config
from pipeline.workflow.job import Job
from pipeline.workflow.steps import run_verb
from pipeline.workflow.verify import problems

ONCE = ("ENOSPC", "EIO", "EACCES")
"""The call fails with this error and nothing of it is done; the next one works."""
LASTING = {"full": "ENOSPC", "read-only": "EROFS", "unreadable": "EIO"}
"""From the call on every one fails that needs space, changes something, or reads."""
CRASHES = ("before", "after", "torn", "power cut", "power cut, names kept")
"""The process is gone before or after the call or in the middle of its data; or so is the power."""
KINDS = (*ONCE, "short", *LASTING, *CRASHES)
"""All faults. `short` writes half of the data and then reports a full disk."""

_NEEDS_SPACE = frozenset({"open_new", "write", "sync", "create", "make_folder"})
_CHANGES = frozenset({*_NEEDS_SPACE, "rename", "remove", "sync_folder"})
_HAS_DATA = frozenset({"write", "create"})


class SimulatedCrash(BaseException):
    """The process is dead: nothing may catch this, and nothing after it reaches the disk."""


@dataclass(frozen=True)
class Fault:
    """What goes wrong at which call, counted from 1."""

    at: int
    kind: str

    def applies(self, name: str) -> bool:
        """Whether it is a case of its own for this operation, or the same as another one."""
        if self.kind in ("torn", "short"):
            return name in _HAS_DATA
        if self.kind == "full":
            return name in _NEEDS_SPACE
        if self.kind == "read-only":
            return name in _CHANGES
        return self.kind != "unreadable" or name == "read"


class FaultyDisk:
    """Counts the operations in `calls` and fails at one; see `KINDS`."""

    def __init__(self, fault: Fault | None = None) -> None:
        self.calls: list[tuple[str, str]] = []
        self.dead = False
        self._fault = fault
        self._unsynced: set[Path] = set()
        self._undo: list[tuple[Path, Callable[[], None]]] = []
        self._inside = False

    @contextmanager
    def installed(self) -> Iterator[FaultyDisk]:
        """In the place of the real operations for the time of the block."""
        unlink = Path.unlink

        def unlinked(path: Path, missing_ok: bool = False) -> None:
            if self._inside or (path.suffix != PART and not path.is_file()):
                unlink(path, missing_ok)
            else:
                self.remove(path)

        def tree_removed(folder: Path) -> None:
            for path in sorted(folder.rglob("*"), reverse=True):
                (os.rmdir if path.is_dir() else self.remove)(path)
            os.rmdir(folder)

        with pytest.MonkeyPatch.context() as patch:
            self._real = {name: getattr(disk, name) for name in OPERATIONS}
            for name in OPERATIONS:
                patch.setattr(disk, name, getattr(self, name))
            patch.setattr(Path, "unlink", unlinked)
            patch.setattr(shutil, "rmtree", tree_removed)
            yield self

    def read(self, path: Path) -> bytes:
        content: bytes = self._call("read", path, lambda: self._real["read"](path))
        return content

    def open_new(self, path: Path) -> FileIO:
        def done() -> FileIO:
            self._undo.append((path.parent, _restorer(path)))
            self._unsynced.add(path)
            file: FileIO = self._real["open_new"](path)
            return file

        opened: FileIO = self._call("open_new", path, done)
        return opened

    def write(self, file: FileIO, data: bytes | memoryview) -> None:
        def half() -> None:
            self._real["write"](file, memoryview(data)[: len(data) // 2])

        self._call("write", _path(file), lambda: self._real["write"](file, data), half)

    def sync(self, file: FileIO) -> None:
        # The device is left in peace: what a power cut would take is known here.
        self._call("sync", _path(file), lambda: self._unsynced.discard(_path(file)))

    def sync_folder(self, folder: Path) -> None:
        def done() -> None:
            self._undo = [(where, undo) for where, undo in self._undo if where != folder]

        self._call("sync_folder", folder, done)

    def rename(self, source: Path, target: Path) -> None:
        def done() -> None:
            restore = _restorer(target)

            def undo() -> None:
                os.replace(target, source)
                restore()

            self._real["rename"](source, target)
            self._undo.append((target.parent, undo))
            self._unsynced.discard(target)
            if source in self._unsynced:
                self._unsynced.remove(source)
                self._unsynced.add(target)

        self._call("rename", target, done)

    def create(self, path: Path, data: bytes) -> bool:
        def made(content: bytes) -> bool:
            restore = _restorer(path)
            new: bool = self._real["create"](path, content)
            if new:
                self._undo.append((path.parent, restore))
                self._unsynced.add(path)
            return new

        new: bool = self._call(
            "create", path, lambda: made(data), lambda: made(data[: len(data) // 2])
        )
        return new

    def remove(self, path: Path) -> None:
        def done() -> None:
            self._undo.append((path.parent, _restorer(path)))
            self._inside = True
            try:
                self._real["remove"](path)
            finally:
                self._inside = False
            self._unsynced.discard(path)

        self._call("remove", path, done)

    def make_folder(self, folder: Path) -> None:
        def done() -> None:
            if not folder.is_dir():
                self._undo.append((folder.parent, lambda: _remove_tree(folder)))
            self._real["make_folder"](folder)

        self._call("make_folder", folder, done)

    def _call(
        self, name: str, path: Path, do: Callable[[], Any], half: Callable[[], Any] | None = None
    ) -> Any:
        if self.dead:
            raise SimulatedCrash
        self.calls.append((name, path.name))
        fault = self._fault
        if fault is None or not self._hits(fault, name):
            return do()
        kind = fault.kind
        if kind in ("short", "torn") and half is not None:
            half()
        if kind in CRASHES:
            if kind == "after" or kind.startswith("power"):
                do()
            if kind.startswith("power"):
                self._cut(names_kept=kind.endswith("kept"))
            self.dead = True
            raise SimulatedCrash
        number = getattr(errno, LASTING.get(kind, "ENOSPC" if kind == "short" else kind))
        raise OSError(number, os.strerror(number), str(path))

    def _hits(self, fault: Fault, name: str) -> bool:
        if fault.kind in LASTING:
            return len(self.calls) >= fault.at and fault.applies(name)
        return len(self.calls) == fault.at

    def _cut(self, names_kept: bool) -> None:
        """Of files that were not synced half is left, or nothing; names that were not, go back."""
        for path in self._unsynced:
            if path.is_file():
                os.truncate(path, 0 if names_kept else path.stat().st_size // 2)
        for _, undo in () if names_kept else reversed(self._undo):
            with suppress(FileNotFoundError):  # its folder is gone, synced or not
                undo()


OPERATIONS = (
    "read", "open_new", "write", "sync", "sync_folder", "rename", "create", "remove", "make_folder"
)  # fmt: skip


def _path(file: FileIO) -> Path:
    return Path(os.fsdecode(file.name))  # type: ignore[arg-type]


def _restorer(path: Path) -> Callable[[], None]:
    """Gives the name back what it stands for now: a content, or nothing."""
    before = path.read_bytes() if path.is_file() else None

    def restore() -> None:
        if before is None:
            with suppress(FileNotFoundError):
                os.unlink(path)
        else:
            path.write_bytes(before)

    return restore


def _remove_tree(folder: Path) -> None:
    for where, folders, files in os.walk(folder, topdown=False):
        for name in files:
            os.unlink(os.path.join(where, name))
        for name in folders:
            os.rmdir(os.path.join(where, name))
    os.rmdir(folder)


@dataclass(frozen=True)
class Ended:
    """How an attempt ended: `error` is None if it went well."""

    disk: FaultyDisk
    error: DatelineError | SimulatedCrash | None = None

    @property
    def operations(self) -> int:
        return len(self.disk.calls)


ARTICLES = (
    ("a", "The government of Kenya said on Monday that tea farmers would be paid in May."),
    ("b", "Police in Lyon closed two bridges on Friday after the river rose by a metre."),
    ("c", "The government of Kenya  said on Monday that tea farmers would be paid in May."),
    ("d", "A museum in Osaka bought forty drawings and will show them from the first of June."),
    ("e", "Voters in Chile go to the polls on Sunday, and the count will take three days."),
    ("f", "Nurses in Montreal ended a strike that had lasted for the whole of October."),
)
"""`c` is `a` once more. After `b` comes a broken line; seven records make three shards of two."""

BAD_LINE = '{"id": "x", "text": "cut off in the mid\n'


@dataclass
class Run:
    """A small run in `folder`, by default from its own input, with a cache of its own."""

    folder: Path
    config: dict[str, Any]

    @property
    def directory(self) -> RunDirectory:
        return RunDirectory(self.config["paths"]["runs"], self.config["run"]["name"])

    def changed(self, **keys: object) -> Run:
        """The same run with other values: `run__overwrite=True`."""
        config = json.loads(json.dumps(self.config))
        for key, value in keys.items():
            node = config
            *above, last = key.split("__")
            for name in above:
                node = node[name]
            node[last] = value
        return replace(self, config=config)

    def clear(self) -> None:
        """As if nothing had ever run."""
        for name in ("runs", "cache"):
            if (self.folder / name).exists():
                _remove_tree(self.folder / name)

    def restore(self, saved: Path) -> None:
        """Runs and cache as they were kept by `save`."""
        self.clear()
        for name in ("runs", "cache"):
            if (saved / name).exists():
                shutil.copytree(saved / name, self.folder / name)

    def save(self, saved: Path) -> None:
        """Keep runs and cache in another folder."""
        for name in ("runs", "cache"):
            if (self.folder / name).exists():
                shutil.copytree(self.folder / name, saved / name)

    def attempt(self, fault: Fault | None = None, verb: Callable[[Job], None] = run_verb) -> Ended:
        """Run it as the command would, in this process, on a disk that fails.

        Raises whatever is neither a `DatelineError` nor the crash: a defect.
        """
        shard._member.cache_clear()  # a process of its own remembers nothing
        _digest.cache_clear()
        failing, job = FaultyDisk(fault), None
        try:
            with failing.installed():
                job = Job(read_config(self.config), Console(quiet=True))
                with job.at_work():
                    verb(job)
            return Ended(failing)
        except (DatelineError, SimulatedCrash) as error:
            return Ended(failing, error)
        finally:
            # The system closes a dead process's files, and with them its lock.
            if job is not None and job.claims._file is not None:
                job.claims._file.close()

    def completed(self, verb: Callable[[Job], None] = run_verb) -> None:
        """Run it on a disk that works; it has to come to its end."""
        ended = self.attempt(verb=verb)
        assert ended.error is None, f"the next {verb.__name__}: {ended.error!r}"

    def problems(self) -> list[str]:
        """What `verify` says, in a process that remembers nothing."""
        _digest.cache_clear()
        return list(problems(self.directory, allow_external=True))

    def published(self) -> dict[str, bytes]:
        """Content by name of what was published."""
        return {path.name: path.read_bytes() for path in self.directory.published.iterdir()}

    def tree(self) -> dict[str, bytes]:
        """Content by name of all that the same input and configuration decide."""
        path = self.directory.path
        kept = ("articles/*", "annotations/*", "rejects/*", "published/*", "*.yaml", "plan.json")
        found = {
            str(file.relative_to(path)): file.read_bytes()
            for pattern in kept
            for file in path.glob(pattern)
        }
        manifest = read_record(self.directory.manifest) or {}
        decided = {key: manifest.get(key) for key in ("counts", "published", "fingerprints")}
        return {**found, "manifest": json.dumps(decided, sort_keys=True).encode()}

    def parts(self) -> list[Path]:
        """What half-written files are left, but for those of the cache, which keeps its own."""
        return list(self.directory.path.rglob(f"*{PART}"))


def check_failure(ended: Ended, run: Run) -> None:
    """A run that did not succeed says why in a line, or names a path; and the code is 2."""
    error = ended.error
    if error is None or isinstance(error, SimulatedCrash):
        return
    assert error.exit_code == 2, repr(error)
    assert "\n" not in str(error) or str(run.folder) in str(error), str(error)
    assert str(error).strip()


@cache
def composed(*overrides: str) -> str:
    """A configuration of `dateline run` as JSON: composing takes longer than a small run."""
    return json.dumps(compose.composed("run", overrides).values())


def small_run(folder: Path, *overrides: str) -> Run:
    """Seven records in shards of two, one stage, a cache of its own, published twice."""
    source = folder / "in.jsonl"
    lines = [json.dumps({"id": name, "text": text}) + "\n" for name, text in ARTICLES]
    source.write_text("".join([*lines[:2], BAD_LINE, *lines[2:]]))
    config = json.loads(
        composed(
            "source=jsonl",
            "source.path=in.jsonl",
            "region=none",
            "topic=none",
            "summarizer=lead",
            *overrides,
        )
    )
    run = Run(folder, config).changed(
        source__path=str(source),
        paths__runs=str(folder / "runs"),
        run__name="small",
        # After a power cut its file says nothing of a process: it is watched for so long.
        run__claim_seconds=0.05,
        ingest__shard_rows=2,
        annotate__batch_rows=2,
        cache__path=str(folder / "cache"),
        summarizer__min_words=5,
    )
    # No models: summaries are checked by words.
    run.config["encoder"] = None
    if "encoder" in run.config["summarizer"]:
        run.config["summarizer"]["encoder"] = None
    return run


@contextmanager
def quick() -> Iterator[None]:
    """Share between runs what is slow to load, and never wait for others."""

    def hung(job: Job) -> None:
        raise AssertionError("waits for itself: it would hang for ever")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.workflow.manifest._git_revision", lambda: None)
        patch.setattr("pipeline.workflow.manifest.installed", lambda packages: {})
        patch.setattr(yaml, "SafeLoader", yaml.CSafeLoader)
        patch.setattr(yaml, "SafeDumper", yaml.CSafeDumper)
        patch.setattr(Job, "pause", hung)
        # Seldom signs of life, or their thread's operations would be counted, now and then.
        patch.setattr("pipeline.store.leases._BEATS", 1e-3)
        threads = pa.cpu_count()
        pa.set_cpu_count(1)  # for a handful of rows the others cost more than they do
        gc.collect()
        gc.freeze()  # what was loaded until now is no garbage; looking through it took a third
        try:
            yield
        finally:
            gc.unfreeze()
            pa.set_cpu_count(threads)


class Fickle:
    """A stage of somebody else's: the text in capitals, but for the ids that stand in `marker`."""

    needs_vector: ClassVar[bool] = False

    def __init__(self, marker: str) -> None:
        self._marker = Path(marker)

    def identity(self) -> Mapping[str, str]:
        return {"stage": "fickle-1"}

    def open(self) -> None:
        pass

    def __call__(self, articles: Sequence[Article]) -> list[Article]:
        chokes_on = self._marker.read_text().split()
        if any(article.id in chokes_on for article in articles):
            raise RuntimeError("out of order")
        return [replace(article, summary=article.text.upper()) for article in articles]


def fickle_run(folder: Path) -> Run:
    """The small run with a stage that rejects the articles whose ids stand in `folder / broken`."""
    run = small_run(folder).changed(run__allow_external_code=True, run__max_reject_rate=1.0)
    marker = folder / "broken"
    marker.write_text("")
    run.config["summarizer"] = {"_target_": "faults.Fickle", "marker": str(marker)}
    return run


@contextmanager
def fast_folder(otherwise: Path) -> Iterator[Path]:
    """A folder in memory where there is such a place, for a case is some hundred small files."""
    memory = Path("/dev/shm")
    parent = memory if os.access(memory, os.W_OK) else otherwise
    with tempfile.TemporaryDirectory(prefix="dateline-faults-", dir=parent) as name:
        folder = Path(name)
        folder.chmod(0o755)  # for the tests that are nobody for a while
        yield folder


@contextmanager
def unreadable(*ids: str) -> Iterator[None]:
    """Ingest rejects the records with these ids, as a reader with a defect would."""

    def refused(
        record: Record, max_chars: int, unread_date: Callable[[Unread, str], None]
    ) -> Article | BadRecord:
        if record.values.get("id") in ids:
            return BadRecord(
                record.where, "", f"{record.where}: not today", "ValueError: not today"
            )
        return normalise(record, max_chars, unread_date)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.ingest.ingest.normalise", refused)
        yield
