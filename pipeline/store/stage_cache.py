"""Results of stages under the digest of what they were made from, shared by runs and processes.

Nothing here may stop a run: what cannot be read is absent, what cannot be written is not kept.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import pyarrow as pa
from platformdirs import user_cache_path

from pipeline.core import disk
from pipeline.core.files import PART
from pipeline.core.parquet import read_stream

DEFAULT_MAX_GB = 4.0
"""Vectors of 384 floats for 2.8 million articles, at the 1.4 kB that one was measured to take."""
BYTES_PER_GB = 10**9

_LOG = logging.getLogger(__name__)
_MAGIC = b"DLSTAGE\x01"  # version last; eight bytes keep the payload aligned, as Arrow wants it
_HEAD_BYTES = len(_MAGIC) + hashlib.sha256().digest_size
_PRUNE_SHARE = 20  # a prune lists every entry: worth it once a twentieth of the bound is new
_DEAD_NS = 24 * 60 * 60 * 10**9  # no entry takes a day to write
_KEY = re.compile(r"[0-9a-f]{64}")
_SHARD = re.compile(r"[0-9a-f]{2}")
_ENTRY = re.compile(rf"{_KEY.pattern}\.arrow")
_PART = re.compile(rf"\.{_KEY.pattern}\.[0-9a-f]{{12}}{re.escape(PART)}")


def default_folder() -> Path:
    """Where runs share results: `$DATELINE_CACHE`, else the user's cache."""
    chosen = os.environ.get("DATELINE_CACHE")
    return Path(chosen).expanduser() if chosen else user_cache_path("dateline") / "stages"


@dataclass(frozen=True)
class CacheStats:
    """What a cache holds, or what was removed; the bytes include those of unfinished files."""

    folder: Path
    entries: int
    bytes: int


class _File(NamedTuple):
    path: Path
    entry: bool  # or else of a writer, perhaps a dead one
    bytes: int
    # Distance of its time to now: a clock set back leaves times of the future, which say no more
    # than those of the past, and must not keep such entries while all new ones go.
    age_ns: int


class StageCache:
    """At most about `max_bytes` of tables in `folder`, the longest unused going first.

    Any number of processes may use one folder; each may exceed the bound by the twentieth that it
    writes between two prunes. `max_bytes` of 0 is a cache switched off. `failure` is the first
    error of the operating system, the one that was logged.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self.folder = folder
        self.max_bytes = max_bytes
        self.failure: OSError | None = None
        # As if all were new: runs that end before their prune must not add up.
        self._unpruned = max_bytes

    def get(self, key: str) -> pa.Table | None:
        """The table put under `key`, 64 hex digits, now marked as used; None if there is none."""
        path = self._path(key)
        if self.max_bytes <= 0:
            return None
        with self._tolerant(), suppress(FileNotFoundError):
            table = _unpacked(key, disk.read(path))
            if table is None:
                _LOG.warning("%s: a damaged entry of the cache, removed and made again", path)
                disk.remove(path)
                return None
            with suppress(OSError):  # pruned by now, or a cache that may only be read
                os.utime(path)
            return table
        return None

    def put(self, key: str, table: pa.Table) -> None:
        """Keep the table under `key`, in place of what was there; not if it exceeds the bound."""
        path = self._path(key)
        if self.max_bytes <= 0:
            return
        payload = _packed(table)
        size = _HEAD_BYTES + len(payload)
        if size > self.max_bytes:
            return
        with self._tolerant():
            if not self.folder.is_dir():
                disk.make_folder(self.folder.parent)
                # Results hold the text of articles, which others on the machine need not read.
                self.folder.mkdir(mode=0o700, exist_ok=True)
            disk.make_folder(path.parent)
            _write(path, _head(key, payload), payload)
            self._unpruned += size
            if self._unpruned > self.max_bytes // _PRUNE_SHARE:
                self.prune()

    def stats(self) -> CacheStats:
        """What the cache holds."""
        return self._total(self._files())

    def prune(self, max_bytes: int | None = None) -> CacheStats:
        """Remove the longest unused entries above the bound, and what dead writers left.

        Without `max_bytes` the bound is the cache's own, and a cache switched off is left alone.
        """
        if max_bytes is None and self.max_bytes <= 0:
            return self._total([])
        bound = self.max_bytes if max_bytes is None else max_bytes
        self._unpruned = 0
        files, gone = self._files(), []
        excess = sum(file.bytes for file in files) - bound
        for file in sorted(files, key=lambda file: (file.entry, -file.age_ns, file.path.name)):
            if (excess > 0 if file.entry else file.age_ns > _DEAD_NS) and self._remove(file):
                gone.append(file)
                excess -= file.bytes
        return self._total(gone)

    def verify(self) -> CacheStats:
        """Read every entry, and remove and report those that are damaged."""
        damaged = []
        for file in (file for file in self._files() if file.entry):
            with self._tolerant(), suppress(FileNotFoundError):
                if _unpacked(file.path.stem, disk.read(file.path)) is None and self._remove(file):
                    damaged.append(file)
        return self._total(damaged)

    def clear(self) -> CacheStats:
        """Remove all entries and leftovers; files that are not the cache's own stay."""
        return self._total([file for file in self._files() if self._remove(file)])

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError(f"a key of the cache is 64 hex digits, not {key!r}")
        return self.folder / key[:2] / f"{key}.arrow"

    def _files(self) -> list[_File]:
        now = time.time_ns()
        shards = [item for item in self._listed(self.folder) if _SHARD.fullmatch(item.name)]
        found = []
        for item in (item for shard in shards for item in self._listed(Path(shard))):
            entry = _ENTRY.fullmatch(item.name) is not None
            own = entry or _PART.fullmatch(item.name) is not None
            path = Path(item)
            if own and item.name.lstrip(".").startswith(path.parent.name):
                with self._tolerant(), suppress(FileNotFoundError):  # another process removed it
                    told = item.stat(follow_symlinks=False)
                    if item.is_file(follow_symlinks=False):
                        found.append(_File(path, entry, told.st_size, abs(now - told.st_mtime_ns)))
        return found

    def _listed(self, folder: Path) -> list[os.DirEntry[str]]:
        with self._tolerant(), suppress(FileNotFoundError):
            if folder == self.folder or folder.is_dir():  # else a foreign file
                with os.scandir(folder) as found:
                    return list(found)
        return []

    def _remove(self, file: _File) -> bool:
        with self._tolerant():
            disk.remove(file.path)
            return True
        return False

    def _total(self, files: list[_File]) -> CacheStats:
        size = sum(file.bytes for file in files)
        return CacheStats(self.folder, sum(file.entry for file in files), size)

    @contextmanager
    def _tolerant(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if self.failure is None:
                self.failure = error
                _LOG.warning("%s: the cache fails, work goes on without: %s", self.folder, error)


def _write(path: Path, head: bytes, payload: memoryview) -> None:
    part = path.with_name(f".{path.stem}.{uuid4().hex[:12]}{PART}")
    try:
        with disk.open_new(part) as file:
            disk.write(file, head)
            disk.write(file, payload)
        # Not synced: an entry torn by a power cut has another digest and is not believed.
        disk.rename(part, path)
    except BaseException:
        with suppress(OSError):
            disk.remove(part)
        raise


def _packed(table: pa.Table) -> memoryview:
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd", use_threads=False)
    with pa.ipc.new_stream(sink, table.schema, options=options) as stream:
        stream.write_table(table)
    return memoryview(sink.getvalue())


def _unpacked(key: str, data: bytes) -> pa.Table | None:
    payload = memoryview(data)[_HEAD_BYTES:]
    if data[:_HEAD_BYTES] != _head(key, payload):
        return None
    try:
        return read_stream(payload)
    except (pa.ArrowException, OSError):  # whole, but not written by an Arrow that this one reads
        return None


def _head(key: str, payload: memoryview) -> bytes:
    # The key is in the digest too: an entry under another's name is not believed.
    return _MAGIC + hashlib.sha256(b"".join((key.encode(), payload))).digest()
