"""Every operation on the disk fails once, in every way: the next run ends with the same bytes.

Each failing call of the small run gets an error and a crash in turn, so that every single one is
hit in both ways; DATELINE_FAULTS=all tries all kinds at all of them, which takes ten minutes.
"""

from __future__ import annotations

import errno
import os
import random
import resource
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import pytest

from faults import (
    CRASHES,
    KINDS,
    LASTING,
    ONCE,
    Ended,
    Fault,
    FaultyDisk,
    Run,
    SimulatedCrash,
    check_failure,
    fast_folder,
    fickle_run,
    quick,
    small_run,
    unreadable,
)
from pipeline.core import disk
from pipeline.core.errors import DatelineError, RunError
from pipeline.workflow.config import read_config
from pipeline.workflow.job import Job
from pipeline.workflow.retry import retry_verb
from pipeline.workflow.steps import run_verb

EXHAUSTIVE = os.environ.get("DATELINE_FAULTS") == "all"
PARTS = 8
_ERRORS = (*ONCE, *LASTING, "short")


@pytest.fixture(scope="module", autouse=True)
def _quick() -> Iterator[None]:
    with quick():
        yield


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with fast_folder(tmp_path_factory.mktemp("faults")) as folder:
        yield folder


@pytest.fixture(scope="module")
def small(room: Path) -> Run:
    return small_run(room)


@pytest.fixture(scope="module")
def whole(small: Run) -> dict[str, bytes]:
    """All that the undisturbed run wrote."""
    small.clear()
    small.completed()
    return small.tree()


@pytest.fixture(scope="module")
def calls(small: Run, whole: dict[str, bytes]) -> list[tuple[str, str]]:
    """Its operations on the disk: name and file."""
    small.clear()
    ended = small.attempt()
    assert ended.error is None
    return ended.disk.calls


def cases(calls: list[tuple[str, str]]) -> list[Fault]:
    """An error and a crash for each call in turn, or all of them.

    Not a crash where nothing changes: it leaves what a crash before the next change leaves.
    """
    chosen = []
    for at, (name, _) in enumerate(calls, start=1):
        crashes = [] if name in ("read", "make_folder") else _fitting(at, name, CRASHES)
        for kinds in (_fitting(at, name, _ERRORS), crashes):
            chosen += kinds if EXHAUSTIVE else kinds[at % len(kinds) :][:1] if kinds else []
    return chosen


def _fitting(at: int, name: str, kinds: tuple[str, ...]) -> list[Fault]:
    return [fault for kind in kinds if (fault := Fault(at, kind)).applies(name)]


def check_next_run(run: Run, whole: dict[str, bytes], what: object) -> None:
    """The same command, on a disk that works, makes what an undisturbed run makes."""
    run.completed()
    found = run.tree()
    other = sorted(name for name in {*found, *whole} if found.get(name) != whole.get(name))
    assert not other, f"{what}: not as in an undisturbed run: {other}"
    assert not run.parts(), what


def test_the_run_has_a_bit_of_everything(
    small: Run, whole: dict[str, bytes], calls: list[tuple[str, str]]
) -> None:
    assert {name for name, _ in calls} == {
        "read", "open_new", "write", "sync", "sync_folder", "rename", "create", "remove",
        "make_folder",
    }  # fmt: skip
    assert {"articles/00002.parquet", "annotations/00002.parquet"} <= whole.keys()
    assert {"rejects/articles-00001.jsonl", "published/articles.jsonl"} <= whole.keys()
    assert b'"read": 7' in whole["manifest"] and b'"duplicate": 1' in whole["manifest"]
    assert any(name.endswith(".arrow") for _, name in calls)
    again = Run.attempt(small)
    assert again.error is None and len(again.disk.calls) < len(calls)
    assert small.tree() == whole and small.problems() == []


@pytest.mark.parametrize("part", range(PARTS))
def test_every_single_failure(
    part: int, small: Run, whole: dict[str, bytes], calls: list[tuple[str, str]]
) -> None:
    for number, fault in enumerate(cases(calls)[part::PARTS]):
        what = (fault, calls[fault.at - 1])
        small.clear()
        ended = small.attempt(fault)
        check_failure(ended, small)
        if ended.error is None:  # the cache, or the account of time
            assert small.tree() == whole, what
        check_next_run(small, whole, what)
        if EXHAUSTIVE or number % 5 == 0:  # the bytes are the same, and so is what it says of them
            assert small.problems() == [], what


def test_failures_in_a_row(
    small: Run, whole: dict[str, bytes], calls: list[tuple[str, str]]
) -> None:
    """What goes on after a failure fails too, at any place and in any way."""
    draw = random.Random(20261123)
    for _ in range(1000 if EXHAUSTIVE else 25):
        faults = [
            Fault(draw.randint(1, len(calls)), draw.choice(KINDS))
            for _ in range(draw.choice((2, 3)))
        ]
        small.clear()
        for fault in faults:
            ended = small.attempt(fault)
            check_failure(ended, small)
        check_next_run(small, whole, faults)
        assert small.problems() == [], faults


def every(count: int, most: int) -> list[int]:
    """At most so many of the numbers 1 to `count`, spread evenly; all if so wanted."""
    step = 1 if EXHAUSTIVE else max(1, -(-count // most))
    return list(range(1, count + 1, step))


def test_failures_while_a_run_is_replaced(small: Run, whole: dict[str, bytes]) -> None:
    saved = small.folder / "saved-overwrite"
    small.clear()
    small.completed()
    small.save(saved)
    other = small.changed(ingest__shard_rows=3, run__overwrite=True)
    undisturbed = other.attempt()
    assert undisturbed.error is None
    wanted = other.published()
    for at in every(undisturbed.operations, 40):
        for kind in _kinds(at, undisturbed):
            small.restore(saved)
            check_failure(other.attempt(Fault(at, kind)), other)
            other.completed()
            assert other.published() == wanted, (at, kind)
            assert other.problems() == [] and other.parts() == [], (at, kind)


def _kinds(at: int, undisturbed: Ended) -> list[str]:
    name, _ = undisturbed.disk.calls[at - 1]
    fitting = [kind for kind in KINDS if Fault(at, kind).applies(name)]
    return fitting if EXHAUSTIVE else [fitting[at % len(fitting)]]


def _finished(run: Run, verb: Callable[[Job], None]) -> None:
    """As a user would after a failed retry: again, and if told to run it to its end, that first."""
    ended = run.attempt(verb=verb)
    if isinstance(ended.error, RunError):
        run.completed()
        ended = run.attempt(verb=retry_verb)
    assert ended.error is None, ended.error


@pytest.mark.parametrize("first", [retry_verb, run_verb], ids=["retry", "run"])
def test_failures_during_a_retry_of_annotate(room: Path, first: Callable[[Job], None]) -> None:
    run = fickle_run(room)
    saved = room / f"saved-annotate-{first.__name__}"
    (room / "broken").write_text("b e")
    run.clear()
    run.completed()
    run.save(saved)
    (room / "broken").write_text("")
    undisturbed = run.attempt(verb=retry_verb)
    assert undisturbed.error is None
    wanted = run.tree()
    for at in every(undisturbed.operations, 30):
        for kind in _kinds(at, undisturbed):
            run.restore(saved)
            check_failure(run.attempt(Fault(at, kind), retry_verb), run)
            if first is run_verb:
                run.completed()
            _finished(run, retry_verb)
            assert run.published() == {
                name.removeprefix("published/"): content
                for name, content in wanted.items()
                if name.startswith("published/")
            }, (at, kind)
            assert run.problems() == [] and run.parts() == [], (at, kind)


def test_a_claim_that_cannot_be_given_back_holds_nobody_up(room: Path) -> None:
    """Least of all the process itself, which may want it once more."""
    run = fickle_run(room)
    saved = room / "saved-claims"
    (room / "broken").write_text("b")
    run.clear()
    run.completed()
    run.save(saved)
    (room / "broken").write_text("")
    undisturbed = run.attempt(verb=retry_verb)
    claims = ("ingest.0", "plan.0", "retry.0", "publish.0")
    released = [
        at
        for at, (name, file) in enumerate(undisturbed.disk.calls, start=1)
        if file in claims and name != "create"
    ]
    assert len(released) > len(claims)
    for at in released:
        run.restore(saved)
        ended = run.attempt(Fault(at, "EIO"), retry_verb)
        check_failure(ended, run)
        if ended.error is not None:
            _finished(run, retry_verb)
        assert run.problems() == [] and run.parts() == [], at


@pytest.mark.parametrize("first", [retry_verb, run_verb], ids=["retry", "run"])
def test_failures_during_a_retry_of_ingest(room: Path, first: Callable[[Job], None]) -> None:
    run = fickle_run(room)
    saved = room / f"saved-ingest-{first.__name__}"
    run.clear()
    with unreadable("b", "e"):
        run.completed()
    run.save(saved)
    undisturbed = run.attempt(verb=retry_verb)
    assert undisturbed.error is None
    wanted = sorted(run.published()["articles.jsonl"].splitlines())
    for at in every(undisturbed.operations, 30):
        for kind in _kinds(at, undisturbed):
            run.restore(saved)
            check_failure(run.attempt(Fault(at, kind), retry_verb), run)
            if first is run_verb:
                run.completed()
            _finished(run, retry_verb)
            # In which shard a record stands is another matter when its shard was read anew.
            assert sorted(run.published()["articles.jsonl"].splitlines()) == wanted, (at, kind)
            assert run.problems() == [] and run.parts() == [], (at, kind)


def test_verify_on_a_disk_that_cannot_be_read(small: Run, whole: dict[str, bytes]) -> None:
    """It may not say that a run is whole which it could not read."""
    small.clear()
    small.completed()
    count = _verified(small, None)
    for at in range(1, count + 1):
        with pytest.raises(RunError, match="cannot be read"):
            _verified(small, at)


def _verified(run: Run, failing: int | None) -> int:
    """How often it reads; what it says of a file that it cannot read is raised like an error."""
    read, count = disk.read, 0

    def counted(path: Path) -> bytes:
        nonlocal count
        count += 1
        if count == failing:
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        return read(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(disk, "read", counted)
        for problem in run.problems():
            raise RunError(problem)
    return count


class Outside:
    """Changes of the run and the cache that were not made by way of `pipeline.core.disk`."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        self.seen: set[tuple[str, str]] = set()
        sys.addaudithook(self._hook)  # for ever: there is no taking it back

    def _hook(self, event: str, values: tuple[Any, ...]) -> None:
        if self.folder is None or event not in (
            "open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.link",
            "os.symlink", "shutil.rmtree", "shutil.copyfile", "shutil.move",
        ):  # fmt: skip
            return
        path = values[0]
        if not isinstance(path, str | Path) or not Path(path).is_relative_to(self.folder):
            return
        if event == "os.mkdir" and Path(path).is_dir():  # just to be sure
            return
        if event == "open" and not values[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC):
            return
        frame = sys._getframe()
        while frame is not None and frame.f_globals.get("__name__") != "pipeline.core.disk":
            frame = frame.f_back  # type: ignore[assignment]
        if frame is None:
            self.seen.add((event, Path(path).relative_to(self.folder).as_posix()))


def test_nothing_is_kept_past_the_disk(small: Run, whole: dict[str, bytes]) -> None:
    """Or the tests above would prove less than they say. What is not kept may go its own way."""
    small.clear()
    outside = Outside()
    job = _job(small)
    outside.folder = small.folder
    try:
        with job.at_work():
            run_verb(job)
    finally:
        outside.folder = None
    assert small.tree() == whole
    log, claims = "runs/small/log.jsonl", "runs/small/claims"
    assert outside.seen <= {("open", log), ("os.rmdir", claims), ("os.mkdir", "cache")}


def _job(run: Run) -> Job:
    from rich.console import Console

    return Job(read_config(run.config), Console(quiet=True))


# What real disks do.


@contextmanager
def unprivileged() -> Iterator[None]:
    """As a user to whom permissions apply: root is `nobody` for the time of the block."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def opened_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o666)


DENIED = [
    ("runs", 0o555),
    ("runs", 0o666),
    ("runs/small", 0o555),
    ("runs/small", 0o666),
    ("runs/small/plan.json", 0),
    ("runs/small/log.jsonl", 0),
    ("runs/small/articles/00001.parquet", 0),
    ("runs/small/articles/00001.receipt.json", 0),
    ("runs/small/rejects/articles-00001.jsonl", 0),
    ("runs/small/annotations", 0),
    ("runs/small/manifest.json", 0),
    ("runs/small/published", 0o555),
    ("runs/small/sessions", 0o555),
    ("runs/small/config.yaml", 0),
    ("cache", 0),
    ("in.jsonl", 0),
]


@pytest.mark.parametrize(("name", "mode"), DENIED)
def test_permission_denied(small: Run, whole: dict[str, bytes], name: str, mode: int) -> None:
    """A message that names it, or nothing if no run rests on it; then all goes on as before."""
    small.clear()
    small.completed()
    if name == "runs" and mode == 0o555:
        shutil.rmtree(small.directory.path)
    opened_to_all(small.folder)
    path = small.folder / name
    before = path.stat().st_mode
    path.chmod(mode)
    try:
        with unprivileged():
            ended = small.attempt()
    finally:
        if path.exists():
            path.chmod(before)
    if ended.error is None:
        assert name in ("cache", "runs/small/sessions", "runs/small/config.yaml")
        assert small.tree() == whole
    else:
        check_failure(ended, small)
        assert str(path) in str(ended.error) and "ermission denied" in str(ended.error)
    check_next_run(small, whole, name)
    assert small.problems() == []


@pytest.mark.parametrize(
    "name",
    [
        "plan.json", "manifest.json", "config.yaml", "published/articles.parquet",
        "published/articles.jsonl", "articles/00000.parquet", "annotations/00001.receipt.json",
        "rejects/articles-00001.jsonl", "articles/complete.json",
    ],
)  # fmt: skip
def test_verify_of_what_may_not_be_read(small: Run, name: str) -> None:
    small.clear()
    small.completed()
    opened_to_all(small.folder)
    path = small.directory.path / name
    path.chmod(0)
    with unprivileged():
        try:
            found = small.problems()
        except DatelineError as error:
            found = [str(error)]
    assert any(str(path) in problem for problem in found)


@pytest.mark.parametrize("bytes_left", [0, 100, 600, 2000, 4000, 6000, 8000])
def test_files_that_may_not_grow(small: Run, whole: dict[str, bytes], bytes_left: int) -> None:
    """The system's own limit: part of a write goes through, the rest is refused with EFBIG."""
    small.clear()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_left, hard))
    try:
        ended = small.attempt()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    check_failure(ended, small)
    if bytes_left < 6000:
        assert isinstance(ended.error, RunError) and "File too large" in str(ended.error)
    check_next_run(small, whole, bytes_left)


def test_a_log_on_a_full_disk_stops_nothing(
    small: Run, whole: dict[str, bytes], capfd: pytest.CaptureFixture[str]
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    small.clear()
    small.directory.path.mkdir(parents=True)
    small.directory.log.symlink_to("/dev/full")
    ended = small.attempt()
    assert ended.error is None
    assert small.tree() == whole and small.problems() == []
    printed = capfd.readouterr()
    assert printed.out + printed.err == ""


def test_a_cache_or_an_account_that_always_fails_stops_nothing(
    small: Run, whole: dict[str, bytes]
) -> None:
    def never(path: Path, *rest: object) -> Any:
        if {"cache", "sessions"} & set(path.parts):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return real(path, *rest)

    small.clear()
    real = disk.open_new
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(disk, "open_new", never)
        job = _job(small)
        with job.at_work():
            run_verb(job)
    assert small.tree() == whole and small.problems() == []


@pytest.mark.parametrize("years", [-30, -1, 1, 30])
@pytest.mark.parametrize("interrupted", [150, 260, 380])
def test_a_clock_that_was_set(
    small: Run, whole: dict[str, bytes], years: int, interrupted: int
) -> None:
    """Half of the run lies in another time, with its cache and its claims."""
    shift = years * 365 * 24 * 3600
    real, real_ns, real_datetime = time.time, time.time_ns, datetime

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return real_datetime.fromtimestamp(real() + shift, tz)

    small.clear()
    assert isinstance(small.attempt(Fault(interrupted, "before")).error, SimulatedCrash)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time", lambda: real() + shift)
        patch.setattr(time, "time_ns", lambda: real_ns() + shift * 10**9)
        for module in ("store.leases", "store.log", "workflow.sessions"):
            patch.setattr(f"pipeline.{module}.datetime", Shifted)
        check_next_run(small, whole, years)
        assert small.problems() == []
    for path in (*small.directory.path.rglob("*"), *(small.folder / "cache").rglob("*")):
        os.utime(path, (real() - shift, real() - shift))
    (small.directory.path / "annotations" / "00001.receipt.json").unlink()
    check_next_run(small, whole, years)
    assert small.problems() == []


@contextmanager
def late_renames(seconds: float) -> Iterator[None]:
    """A rename is seen only after a while, as through the caches of a network file system."""
    waiting: list[threading.Timer] = []

    def later(source: Path, target: Path) -> None:
        # Written before, so the name that is renamed is free for the one who cleans up.
        hidden = source.with_name(f"{source.name}-late")
        os.replace(source, hidden)
        timer = threading.Timer(seconds, os.replace, (hidden, target))
        timer.start()
        waiting.append(timer)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(disk, "rename", later)
        try:
            yield
        finally:
            for timer in waiting:
                timer.join()


@pytest.mark.parametrize("seconds", [0.001, 0.05])
def test_renames_that_are_seen_late(small: Run, whole: dict[str, bytes], seconds: float) -> None:
    small.clear()
    with ExitStack() as stack:
        stack.enter_context(late_renames(seconds))
        try:
            job = _job(small)
            with job.at_work():
                run_verb(job)
        except DatelineError as error:
            check_failure(Ended(FaultyDisk(), error), small)
    check_next_run(small, whole, seconds)
    assert small.problems() == []


@pytest.mark.parametrize("step", ["articles", "annotations", "published"])
def test_files_that_are_seen_only_on_the_second_look(
    small: Run, whole: dict[str, bytes], step: str
) -> None:
    """A new file is missing the first time that it is read, as a negative entry in a cache says."""
    small.clear()
    read, looked = disk.read, set[Path]()

    def second(path: Path) -> bytes:
        if path.parent.name == step and path not in looked:
            looked.add(path)
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        return read(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(disk, "read", second)
        try:
            job = _job(small)
            with job.at_work():
                run_verb(job)
        except DatelineError as error:
            check_failure(Ended(FaultyDisk(), error), small)
    check_next_run(small, whole, step)
    assert small.problems() == []


def test_a_place_that_is_no_folder(small: Run, room: Path) -> None:
    (room / "file").write_text("x")
    ended = small.changed(paths__runs=str(room / "file")).attempt()
    check_failure(ended, small)
    assert isinstance(ended.error, RunError) and str(room / "file") in str(ended.error)


def test_shards_that_were_made_anew_are_not_mixed_with_older_ones(room: Path) -> None:
    """A reader that was mended meanwhile cuts other shards: none of before may stay behind them."""
    run = fickle_run(room)
    run.clear()
    source = run.folder / "in.jsonl"
    before = source.read_text()
    texts = [("a", "One"), ("b", "Another"), ("x", "One"), ("y", "Another"), ("c", "A third"),
             ("d", "A fourth")]  # fmt: skip
    line = '{{"id": "{}", "text": "{} text of some words."}}\n'
    source.write_text("".join(line.format(*pair) for pair in texts))
    try:
        with unreadable("x", "y"):  # tomorrow they are duplicates, and close no shard of their own
            run.completed()
        (run.directory.path / "articles" / "00001.receipt.json").unlink()
        run.attempt()
        run.changed(run__overwrite=True).completed()
        assert run.problems() == []
        assert run.published()["articles.jsonl"].count(b"\n") == 4
    finally:
        source.write_text(before)


def test_a_shard_without_articles(room: Path) -> None:
    run = small_run(room).changed(ingest__shard_rows=5)
    run.clear()
    source = run.folder / "in.jsonl"
    before = source.read_text()
    source.write_text(before + before.splitlines(keepends=True)[2])
    try:
        run.completed()
        assert run.problems() == []
    finally:
        source.write_text(before)
