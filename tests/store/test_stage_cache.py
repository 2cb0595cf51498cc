"""The cache of stage results: what comes back, what is not believed, and what it never does."""

from __future__ import annotations

import errno
import hashlib
import logging
import multiprocessing
import os
import random
import stat
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from multiprocessing.synchronize import Barrier
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from pipeline.core import disk
from pipeline.store import stage_cache as module
from pipeline.store.stage_cache import CacheStats, StageCache, default_folder

BIG = 10**9
DAY = 24 * 60 * 60


def key_of(name: object) -> str:
    return hashlib.sha256(str(name).encode()).hexdigest()


def entry_of(folder: Path, key: str) -> Path:
    return folder / key[:2] / f"{key}.arrow"


def noise(seed: object, rows: int = 8) -> pa.Table:
    """A table told from that of any other seed; all of one length have entries of one size."""
    made = random.Random(str(seed))
    return pa.table({"n": pa.array([made.getrandbits(63) for _ in range(rows)], pa.int64())})


def entry_size(folder: Path, rows: int = 8) -> int:
    StageCache(folder, BIG).put(key_of("size"), noise("size", rows))
    return entry_of(folder, key_of("size")).stat().st_size


def files_in(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if not path.is_dir()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """What the cache logs, wherever a test before this one has sent the log."""
    messages: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: messages.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger(module.__name__)
    logger.addHandler(handler)
    yield messages
    logger.removeHandler(handler)


MENTIONS = pa.list_(pa.struct([("name", pa.string()), ("at", pa.list_(pa.int32()))]))
TABLES = {
    "vectors": pa.table(
        {
            "vector": pa.array(
                [np.linspace(-1, 1, 384, dtype=np.float32), None, np.zeros(0, np.float32)],
                pa.list_(pa.float32()),
            )
        }
    ),
    "nested": pa.table(
        {
            "mentions": pa.array(
                [[{"name": "Łódź", "at": [1, 2]}, {"name": None, "at": None}], [], None], MENTIONS
            )
        }
    ),
    "nulls": pa.table({"a": pa.array([None, None], pa.string()), "b": pa.nulls(2)}),
    "text": pa.table({"text": ["", "a\0b\n", "日本語 🗞️ e\u0301 \u202e \uffff", "x" * 100_000]}),
    "no rows": pa.table({"id": pa.array([], pa.string()), "m": pa.array([], MENTIONS)}),
    "no columns": pa.table({}),
    "chunks": pa.concat_tables([noise(1), noise(2)]).slice(3, 9),
    "metadata": noise(1).replace_schema_metadata({"stage": "topic"}),
    "dictionary": pa.table({"topic": pa.array(["a", "b", "a", None]).dictionary_encode()}),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_comes_back_as_it_was(folder: Path, logged: list[str], name: str) -> None:
    table = TABLES[name]
    cache = StageCache(folder, BIG)
    assert cache.get(key_of(name)) is None
    cache.put(key_of(name), table)
    found = StageCache(folder, BIG).get(key_of(name))
    assert found.equals(table, check_metadata=True)
    found.validate(full=True)
    assert cache.get(key_of("other")) is None
    assert files_in(folder) == {entry_of(folder, key_of(name))}
    assert not logged


def test_a_second_put_takes_the_place_of_the_first(folder: Path) -> None:
    cache = StageCache(folder, BIG)
    for seed in (1, 2):
        cache.put(key_of("k"), noise(seed))
    assert cache.get(key_of("k")).equals(noise(2))
    assert cache.stats().entries == 1


@pytest.mark.parametrize("key", ["", "../../x", "A" * 64, "0" * 63, "0" * 65, "0" * 64 + "\n"])
def test_a_key_is_64_hex_digits(folder: Path, key: str) -> None:
    cache = StageCache(folder, BIG)
    with pytest.raises(ValueError, match="64 hex digits"):
        cache.get(key)
    with pytest.raises(ValueError, match="64 hex digits"):
        cache.put(key, noise(1))


def test_nothing_is_made_before_the_first_put_and_then_for_the_user_alone(folder: Path) -> None:
    cache = StageCache(folder / "stages", BIG)
    assert cache.get(key_of(1)) is None
    assert cache.stats() == cache.prune() == cache.clear() == CacheStats(cache.folder, 0, 0)
    assert not folder.exists() and cache.failure is None
    cache.put(key_of(1), noise(1))
    assert stat.S_IMODE(cache.folder.stat().st_mode) == 0o700


def test_a_folder_that_was_there_keeps_its_rights(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o755)
    StageCache(folder, BIG).put(key_of(1), noise(1))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755


def test_where_the_cache_is_by_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATELINE_CACHE", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert default_folder().is_relative_to(tmp_path) and default_folder().name == "stages"
    monkeypatch.setenv("DATELINE_CACHE", "~/x")
    assert default_folder() == tmp_path / "x"


# What is damaged.


def assert_not_believed(folder: Path, key: str, data: bytes, logged: list[str]) -> None:
    path = entry_of(folder, key)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    logged.clear()
    assert StageCache(folder, BIG).get(key) is None
    assert not path.exists()
    assert len(logged) == 1 and str(path) in logged[0] and "damaged" in logged[0]


def test_any_flipped_bit_is_noticed(folder: Path, logged: list[str]) -> None:
    key = key_of("k")
    StageCache(folder, BIG).put(key, TABLES["nested"])
    whole = entry_of(folder, key).read_bytes()
    head, bits = 8 * 40, 8 * len(whole)
    sample = random.Random(1).sample(range(head, bits), 400)
    for bit in (*range(head), *sample, bits - 1):
        data = bytearray(whole)
        data[bit // 8] ^= 1 << bit % 8
        assert_not_believed(folder, key, data, logged)


def test_any_cut_and_any_addition_is_noticed(folder: Path, logged: list[str]) -> None:
    key = key_of("k")
    StageCache(folder, BIG).put(key, TABLES["nested"])
    whole = entry_of(folder, key).read_bytes()
    for length in (*range(64), *range(64, len(whole), 7), len(whole) - 1):
        assert_not_believed(folder, key, whole[:length], logged)
    assert_not_believed(folder, key, whole[:100].ljust(len(whole), b"\0"), logged)
    assert_not_believed(folder, key, whole + b"\0", logged)


def test_an_entry_under_the_key_of_another_is_not_believed(folder: Path, logged: list[str]) -> None:
    cache = StageCache(folder, BIG)
    cache.put(key_of(1), noise(1))
    assert_not_believed(folder, key_of(2), entry_of(folder, key_of(1)).read_bytes(), logged)
    assert cache.get(key_of(1)).equals(noise(1))


def test_a_whole_entry_that_arrow_cannot_read_is_damaged(folder: Path, logged: list[str]) -> None:
    for payload in (b"", b"no stream of Arrow at all", b"\xff\xff\xff\xff\x10\0\0\0" + b"\7" * 16):
        head = module._head(key_of(1), memoryview(payload))
        assert_not_believed(folder, key_of(1), head + payload, logged)


def test_a_damaged_entry_can_be_put_again(folder: Path, logged: list[str]) -> None:
    cache = StageCache(folder, BIG)
    assert_not_believed(folder, key_of(1), b"torn", logged)
    cache.put(key_of(1), noise(1))
    assert cache.get(key_of(1)).equals(noise(1))


# The bound.


def test_the_bound_holds_after_every_put(folder: Path) -> None:
    size = entry_size(folder)
    bound = 60 * size
    cache = StageCache(folder, bound)
    most = 0
    for number in range(150):
        cache.put(key_of(number), noise(number))
        held = cache.stats().bytes
        assert held <= bound + bound // 20
        most = max(most, held)
    assert most > bound * 0.9  # it is used, too
    cache.prune()
    assert bound - 2 * size < cache.stats().bytes <= bound


def test_only_a_twentieth_of_the_bound_has_it_listed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = StageCache(folder, 100 * entry_size(folder))
    prune, pruned = cache.prune, []
    monkeypatch.setattr(cache, "prune", lambda: pruned.append(prune()))
    for number in range(60):
        cache.put(key_of(number), noise(number))
    assert len(pruned) == 10  # the first put, then each sixth: five are the twentieth


def test_entries_are_compressed(folder: Path) -> None:
    table = pa.table({"text": [f"Paris, {number} May: " * 20 for number in range(100)]})
    cache = StageCache(folder, BIG)
    cache.put(key_of(1), table)
    assert cache.stats().bytes < table.nbytes / 10


def test_runs_that_never_prune_at_their_end_do_not_add_up(folder: Path) -> None:
    bound = 60 * entry_size(folder)
    for number in range(120):
        StageCache(folder, bound).put(key_of(number), noise(number))
    assert StageCache(folder, bound).stats().bytes <= bound + bound // 20


def test_the_longest_unused_go_first_and_get_renews(folder: Path) -> None:
    size = entry_size(folder)
    cache = StageCache(folder, BIG)
    cache.clear()
    for number in range(10):
        cache.put(key_of(number), noise(number))
        os.utime(entry_of(folder, key_of(number)), (10**9 + number, 10**9 + number))
    assert cache.get(key_of(0)) is not None
    assert cache.prune(3 * size + 1) == CacheStats(folder, 7, 7 * size)
    left = {number for number in range(10) if entry_of(folder, key_of(number)).exists()}
    assert left == {0, 8, 9}


def test_of_entries_of_one_age_the_first_name_goes_first(folder: Path) -> None:
    size = entry_size(folder)
    cache = StageCache(folder, BIG)
    cache.clear()
    keys = sorted(key_of(number) for number in range(6))
    for key in keys:
        cache.put(key, noise(key))
        os.utime(entry_of(folder, key), (10**9, 10**9))
    cache.prune(2 * size)
    assert files_in(folder) == {entry_of(folder, key) for key in keys[-2:]}


def test_entries_of_the_future_do_not_keep_new_ones_out(folder: Path) -> None:
    cache = StageCache(folder, 10 * entry_size(folder))
    for number in range(9):
        cache.put(key_of(number), noise(number))
    for path in files_in(folder):
        os.utime(path, (4 * 10**9, 4 * 10**9))
    assert cache.get(key_of(8)).equals(noise(8))
    for number in range(20, 29):
        cache.put(key_of(number), noise(number))
        assert cache.get(key_of(number)).equals(noise(number))
    assert cache.stats().bytes <= cache.max_bytes
    assert all(cache.get(key_of(number)) is not None for number in (8, *range(20, 29)))


def test_a_table_larger_than_the_bound_is_not_kept(folder: Path, logged: list[str]) -> None:
    size = entry_size(folder)
    cache = StageCache(folder, size)
    cache.put(key_of("large"), noise("large", rows=100))
    assert cache.get(key_of("large")) is None
    assert cache.get(key_of("size")) is not None  # nothing had to go for it
    assert not logged


def test_a_bound_of_zero_is_no_cache_and_leaves_that_of_others_alone(folder: Path) -> None:
    size = entry_size(folder)
    off = StageCache(folder, 0)
    off.put(key_of(1), noise(1))
    assert off.get(key_of(1)) is None and off.get(key_of("size")) is None
    assert off.prune().entries == 0
    assert off.stats() == CacheStats(folder, 1, size)
    assert off.prune(0) == CacheStats(folder, 1, size)
    StageCache(folder / "new", 0).put(key_of(1), noise(1))
    assert not (folder / "new").exists()


# Only its own files.


def foreign_files(folder: Path) -> list[Path]:
    key = key_of(1)
    shard = folder / key[:2]
    names = ["notes.txt", f"{key}.arrow.bak", f".{key}.arrow", f"{key[:63]}.arrow", ".x.part"]
    wrong_place = [folder / f"{key}.arrow", folder / "zz" / f"{key}.arrow", folder / "README"]
    wrong_shard = folder / ("00" if key[:2] != "00" else "01") / f"{key}.arrow"
    long_shard = folder / key[:3] / f"{key}.arrow"
    nested = shard / f"{key[:2]}{'1' * 62}.arrow" / "in a folder of such a name"
    return [*(shard / name for name in names), *wrong_place, wrong_shard, long_shard, nested]


def test_files_that_are_not_its_own_stay(folder: Path, logged: list[str]) -> None:
    size = entry_size(folder)
    foreign = foreign_files(folder)
    for path in foreign:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")
        os.utime(path, (10**9, 10**9))
    (folder / "aa").write_text("a file with the name of a folder of entries")
    link = folder / key_of(2)[:2] / f"{key_of(2)}.arrow"
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(foreign[0])
    cache = StageCache(folder, BIG)
    assert cache.stats() == CacheStats(folder, 1, size)
    assert cache.prune(0).entries == 1
    cache.put(key_of(3), noise(3))
    assert cache.clear() == CacheStats(folder, 1, size)
    assert files_in(folder) == {*foreign, folder / "aa", link}
    assert not logged


def test_what_a_dead_writer_left_goes_and_what_a_live_one_writes_stays(folder: Path) -> None:
    cache = StageCache(folder, BIG)
    cache.put(key_of(1), noise(1))
    now = entry_of(folder, key_of(1)).stat().st_mtime
    parts = {}
    for number, age in enumerate((0, DAY / 2, 2 * DAY, -2 * DAY)):
        part = folder / key_of(1)[:2] / f".{key_of(1)}.{number:012x}.part"
        part.write_bytes(b"12345")
        os.utime(part, (now - age, now - age))
        parts[age] = part
    assert cache.prune() == CacheStats(folder, 0, 10)
    assert {age for age, part in parts.items() if part.exists()} == {0, DAY / 2}
    assert cache.clear().entries == 1
    assert not files_in(folder)


def test_a_leftover_goes_before_any_entry(folder: Path) -> None:
    size = entry_size(folder)
    part = folder / "ab" / f".{'ab' * 32}.{0:012x}.part"
    part.parent.mkdir(exist_ok=True)
    part.write_bytes(b"12345")
    os.utime(part, (10**9 + 1, 10**9 + 1))
    os.utime(entry_of(folder, key_of("size")), (10**9, 10**9))
    assert StageCache(folder, size).prune() == CacheStats(folder, 0, 5)


def test_what_another_process_removes_meanwhile_is_passed_over(
    folder: Path, logged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    entry_size(folder)
    entry = entry_of(folder, key_of("size"))
    scandir = os.scandir

    def late(path: Path) -> object:
        found = nullcontext(list(scandir(path)))
        if path == entry.parent:
            entry.unlink()
        return found

    monkeypatch.setattr(os, "scandir", late)
    cache = StageCache(folder, BIG)
    assert cache.stats() == CacheStats(folder, 0, 0)
    assert not logged and cache.failure is None


# What the operating system refuses.


def fail(monkeypatch: pytest.MonkeyPatch, name: str, code: int) -> None:
    def failing(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(disk, name, failing)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("make_folder", errno.EROFS),
        ("open_new", errno.EACCES),
        ("write", errno.ENOSPC),
        ("rename", errno.EACCES),
    ],
)
def test_what_cannot_be_written_is_not_kept_and_said_once(
    folder: Path, logged: list[str], monkeypatch: pytest.MonkeyPatch, name: str, code: int
) -> None:
    cache = StageCache(folder, BIG)
    fail(monkeypatch, name, code)
    for number in range(3):
        cache.put(key_of(number), noise(number))
        assert cache.get(key_of(number)) is None
    assert files_in(folder) == set()
    assert len(logged) == 1 and str(folder) in logged[0] and os.strerror(code) in logged[0]
    monkeypatch.undo()
    cache.put(key_of(1), noise(1))
    assert cache.get(key_of(1)).equals(noise(1))


def test_a_failed_put_leaves_the_entry_that_was_there(
    folder: Path, logged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = StageCache(folder, BIG)
    cache.put(key_of(1), noise(1))
    fail(monkeypatch, "write", errno.ENOSPC)
    cache.put(key_of(1), noise(2))
    assert cache.get(key_of(1)).equals(noise(1)) and len(logged) == 1


def test_an_interrupted_put_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(disk, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        StageCache(folder, BIG).put(key_of(1), noise(1))
    assert not files_in(folder)


def test_what_cannot_be_read_is_absent_and_stays(
    folder: Path, logged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = StageCache(folder, BIG)
    cache.put(key_of(1), noise(1))
    fail(monkeypatch, "read", errno.EIO)
    assert cache.get(key_of(1)) is None and cache.get(key_of(1)) is None
    assert len(logged) == 1
    monkeypatch.undo()
    assert cache.get(key_of(1)).equals(noise(1))


def test_what_cannot_be_removed_is_not_counted(
    folder: Path, logged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = StageCache(folder, BIG)
    for number in range(3):
        cache.put(key_of(number), noise(number))
    fail(monkeypatch, "remove", errno.EACCES)
    nothing = CacheStats(folder, 0, 0)
    assert cache.prune(0) == cache.clear() == nothing
    assert cache.stats().entries == 3 and len(logged) == 1
    entry_of(folder, key_of(1)).write_bytes(b"torn")
    assert cache.get(key_of(1)) is None
    assert cache.get(key_of(2)).equals(noise(2))


def test_a_mark_of_use_that_is_refused_does_not_matter(
    folder: Path, logged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = StageCache(folder, BIG)
    cache.put(key_of(1), noise(1))

    def read_only(path: Path) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "utime", read_only)
    assert cache.get(key_of(1)).equals(noise(1)) and not logged


def test_a_folder_that_is_a_file_is_a_cache_that_fails(folder: Path, logged: list[str]) -> None:
    folder.write_text("x")
    cache = StageCache(folder, BIG)
    cache.put(key_of(1), noise(1))
    assert cache.get(key_of(1)) is None
    assert cache.stats() == cache.prune(0) == cache.clear() == CacheStats(folder, 0, 0)
    assert folder.read_text() == "x" and len(logged) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_only_be_read_still_serves(folder: Path, logged: list[str]) -> None:
    cache = StageCache(folder, BIG)
    cache.put(key_of(1), noise(1))
    shard = entry_of(folder, key_of(1)).parent
    for path in (shard, folder):
        path.chmod(0o500)
    try:
        assert cache.get(key_of(1)).equals(noise(1)) and not logged
        for number in range(2, 5):
            cache.put(key_of(number), noise(number))
        assert len(logged) == 1
    finally:
        for path in (folder, shard):
            path.chmod(0o700)


# Many processes.

_START: Barrier | None = None


def _ready(start: Barrier) -> None:
    global _START
    _START = start


def _hammer(folder: Path, seed: int) -> tuple[int, int, list[str]]:
    """Put, get and prune a few keys; returns hits, tables that differ, and what was logged."""
    said: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger(module.__name__).addHandler(handler)
    cache = StageCache(folder, BIG)
    made = random.Random(seed)
    hits = wrong = 0
    assert _START is not None
    _START.wait(60)
    for turn in range(400):
        name = made.randrange(4)
        if seed == 0:
            cache.prune(0 if turn % 2 else 20_000)
        elif made.random() < 0.5:
            cache.put(key_of(name), noise(name, rows=1000 + name))
        elif (found := cache.get(key_of(name))) is not None:
            hits += 1
            wrong += not found.equals(noise(name, rows=1000 + name))
    return hits, wrong, said


def test_writers_readers_and_a_pruner_at_once(folder: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(3, spawn, _ready, (spawn.Barrier(3),)) as pool:
        done = list(pool.map(_hammer, [folder] * 3, range(3)))
    assert sum(hits for hits, _, _ in done) > 20
    assert sum(wrong for _, wrong, _ in done) == 0
    assert [said for _, _, said in done] == [[], [], []]
    assert all(path.suffix == ".arrow" for path in files_in(folder))
