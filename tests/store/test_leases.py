"""Claims: one process a run unless joined, one process a piece of work, none held by the dead."""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Barrier
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline.core import disk
from pipeline.core.errors import RunError
from pipeline.store import leases, members
from pipeline.store.leases import Claims
from pipeline.store.members import Member, this_host

DEADLINE = 30.0
NAMES = [f"annotate-{n:05d}" for n in range(200)]
STRANGER = "0" * 31 + "1"
DEAD = "d" * 32

HOLDER = """
import sys
from pathlib import Path
from pipeline.store.leases import Claims
with Claims(Path(sys.argv[1])).session(join=True) as claims:
    assert all(claims.claim(name) for name in sys.argv[2:])
    print("in", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "news" / "claims"


@contextmanager
def holder(folder: Path, *names: str) -> Iterator[subprocess.Popen[str]]:
    """A process at work on the run, and on these names."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder), *names],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin and process.stdout
    try:
        assert process.stdout.readline() == "in\n"
        yield process
    finally:
        process.kill()
        process.communicate(timeout=DEADLINE)


def killed(folder: Path, *names: str) -> None:
    """A process was at work, and was killed."""
    with holder(folder, *names) as process:
        process.kill()
        process.wait(DEADLINE)
    assert list(folder.glob("process-*"))


def stranger(folder: Path, mtime: int = 10**9) -> Path:
    """The file of a process on another host."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"process-{STRANGER}"
    info = {"host": "elsewhere", "boot": "b", "pid": 7, "since": "noon", "locked": True}
    path.write_text(json.dumps(info))
    os.utime(path, (mtime, mtime))
    return path


class Clock:
    """The modules' clock and sleep: time passes only while it sleeps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self.during: Callable[[], object] = lambda: None
        fake = SimpleNamespace(monotonic=lambda: self.now, sleep=self.sleep)
        for module in (leases, members):
            monkeypatch.setattr(module, "time", fake)

    def sleep(self, seconds: float) -> None:
        assert 0 < seconds <= 1
        self.now += seconds
        self.during()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def test_a_second_process_is_refused_and_told_by_whom(folder: Path) -> None:
    with holder(folder) as process:
        before = files(folder)
        with pytest.raises(RunError, match="run 'news' is being worked on by") as error:
            Claims(folder).enter(join=False)
        assert f"process {process.pid} on {os.uname().nodename} since 2" in str(error.value)
        assert str(error.value).endswith("or work with it: run.join=true")
        assert files(folder) == before
        process.communicate("", timeout=DEADLINE)
        assert process.returncode == 0
    assert not folder.exists()
    with Claims(folder).session(join=False) as claims:
        assert claims.alone


def test_a_killed_process_is_not_waited_for(folder: Path, clock: Clock) -> None:
    killed(folder, "annotate-00000", "annotate-00001")
    (folder / "annotate-00002.0").write_text("")
    [path] = folder.glob("process-*")
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_SH)  # another process looks at it at the same time
        with Claims(folder).session(join=False) as claims:
            assert claims.alone and clock.now == 0
            assert files(folder) == [f"process-{claims.token}"]
            assert claims.claim("annotate-00000")


def test_one_that_joins_gets_what_is_not_claimed(folder: Path) -> None:
    with holder(folder, "a") as process, Claims(folder).session(join=True) as claims:
        assert not claims.alone
        assert claims.others() == [f"process {process.pid} on {os.uname().nodename}"]
        assert not claims.claim("a")
        assert claims.claim("a-") and claims.claim("b")
        assert not claims.claim("b")
        process.kill()
        process.wait(DEADLINE)
        assert claims.others() == []
        assert claims.claim("a")
        claims.release("a")
        assert not list(folder.glob("a.*"))
        assert claims.claim("a")
    assert not list(folder.glob("[ab].*"))


def test_a_worker_claims_in_the_name_of_its_parent(folder: Path) -> None:
    with Claims(folder).session(join=True) as parent, Claims(folder).session(join=True) as other:
        worker = Member(folder, parent.token)
        assert worker.token == parent.token
        assert worker.claim("a")
        assert not parent.claim("a") and not other.claim("a")
        parent.leave()
        assert other.claim("a")
        other.release("a")
        worker.release("a")  # not its own any more, and not there
        assert len(worker.others()) == 1


def race(folder: Path, start: Barrier, end: Barrier) -> None:
    with Claims(folder).session(join=True) as claims:
        start.wait(DEADLINE)
        mine = [name for name in NAMES if claims.claim(name)]
        end.wait(DEADLINE)
        (folder.parent / f"{os.getpid()}.json").write_text(json.dumps(mine))


def start_at_once(folder: Path, start: Barrier, end: Barrier) -> None:
    for n in range(30):
        claims = Claims(folder / str(n) / "claims")
        start.wait(DEADLINE)
        try:
            claims.enter(join=False)
        except RunError:
            entered = False
        else:
            entered = True
        end.wait(DEADLINE)
        claims.leave()
        (folder / f"{n}-{os.getpid()}").write_text("x" if entered else "")


def run_all(target: Callable[..., None], folder: Path, processes: int) -> None:
    context = multiprocessing.get_context("spawn")
    barriers = context.Barrier(processes), context.Barrier(processes)
    running = [
        context.Process(target=target, args=(folder, *barriers), daemon=True)
        for _ in range(processes)
    ]
    for process in running:
        process.start()
    for process in running:
        process.join(DEADLINE)
    assert [process.exitcode for process in running] == [0] * processes


@pytest.mark.parametrize("taken_over", [False, True])
def test_each_name_goes_to_exactly_one_of_several(folder: Path, taken_over: bool) -> None:
    if taken_over:
        killed(folder, *NAMES)
        stranger(folder)  # without one that may live, the first to come would clear the folder
    run_all(race, folder, 4)
    got = [json.loads(path.read_text()) for path in folder.parent.glob("*.json")]
    assert len(got) == 4
    assert sorted(name for mine in got for name in mine) == NAMES
    # Who gave all back took what was taken over with it.
    assert files(folder) == ([f"process-{STRANGER}"] if taken_over else [])


def test_of_two_that_start_at_once_at_most_one_goes_on(tmp_path: Path) -> None:
    run_all(start_at_once, tmp_path, 2)
    for n in range(30):
        entered = [path.read_text() for path in tmp_path.glob(f"{n}-*")]
        assert len(entered) == 2 and entered != ["x", "x"]
        assert files(tmp_path / str(n)) == []


@pytest.mark.parametrize("mtime", [10**9, 4 * 10**9])
def test_another_host_that_is_silent_is_dead(
    mtime: int, folder: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    path = stranger(folder, mtime)
    (folder / "a.0").write_text(STRANGER)
    caplog.set_level(logging.INFO)
    with Claims(folder).session(join=False) as claims:
        assert claims.alone
        assert 60 <= clock.now < 62
        assert not path.exists() and claims.claim("a")
    [line] = caplog.messages
    assert line.startswith("process 7 on elsewhere may be at work on this run")


@pytest.mark.parametrize("step", [10, -(10**9)])
def test_another_host_that_beats_is_alive_whatever_its_clock_says(
    step: int, folder: Path, clock: Clock
) -> None:
    path = stranger(folder)

    def beat() -> None:
        if clock.now >= 10:
            os.utime(path, (10**9 + step,) * 2)

    clock.during = beat
    with pytest.raises(RunError, match="process 7 on elsewhere since noon"):
        Claims(folder).enter(join=False)
    assert 10 <= clock.now < 12
    assert files(folder) == [path.name]


def test_who_joins_takes_over_from_another_host_after_the_expiry(
    folder: Path, clock: Clock
) -> None:
    path = stranger(folder)
    (folder / "a.0").write_text(STRANGER)
    with Claims(folder).session(join=True) as claims:
        assert clock.now == 0 and not claims.alone
        worker = Member(folder, claims.token)
        assert not worker.claim("a")
        clock.now = 59
        assert not worker.claim("a")
        os.utime(path, (5, 5))
        clock.now = 61
        assert not worker.claim("a")
        clock.now = 120
        assert not worker.claim("a")
        clock.now = 121
        assert worker.claim("a")
        assert (folder / "a.1").read_text() == claims.token
        assert worker.others() == []


@pytest.mark.parametrize("content", [b"", b"\xff", b"ab"])
def test_a_torn_claim_is_held_until_it_expires(content: bytes, folder: Path, clock: Clock) -> None:
    with Claims(folder).session(join=True) as claims, Claims(folder).session(join=True):
        (folder / "a.0").write_bytes(content)
        assert not claims.claim("a")
        clock.now = 59
        assert not claims.claim("a")
        clock.now = 60
        assert claims.claim("a")
        claims.release("a")
        assert claims.claim("a")


UNLOCKED = json.dumps({**this_host(), "locked": False})


@pytest.mark.parametrize("content", ["", "[]", "{", "null", '{"locked": true}', UNLOCKED])
def test_a_process_file_that_is_damaged_or_cannot_be_locked_expires(
    content: str, folder: Path, clock: Clock
) -> None:
    path = stranger(folder)
    path.write_text(content)
    with Claims(folder).session(join=False) as claims:
        assert claims.alone and 60 <= clock.now < 62


def test_a_claim_made_on_an_old_picture_does_not_hold(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slow one sees a dead claim; before it acts, that is taken over, given back, made anew."""
    folder.mkdir(parents=True)
    (folder / "a.0").write_text(DEAD)
    create = disk.create
    with Claims(folder).session(True) as slow, Claims(folder).session(True) as quick:
        (folder / "a.0").write_text(DEAD)  # `slow` had cleared it away

        def late(path: Path, data: bytes) -> bool:
            monkeypatch.setattr(disk, "create", create)
            assert quick.claim("a")
            quick.release("a")
            assert quick.claim("a")
            return create(path, data)

        monkeypatch.setattr(disk, "create", late)
        assert not slow.claim("a")
        assert not slow.claim("a")
        assert [path.read_text() for path in folder.glob("a.*")] == [quick.token]


def test_the_run_is_named_where_its_folder_is_relative(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.parent.mkdir()
    monkeypatch.chdir(folder.parent)
    with Claims(Path("claims")).session(join=False):
        with pytest.raises(RunError, match="run 'news'"):
            Claims(Path("claims")).enter(join=False)
        assert len(files(folder)) == 1


def test_leaving_twice_takes_nothing_from_others(folder: Path) -> None:
    first, second = Claims(folder), Claims(folder)
    first.leave()
    first.enter(join=True)
    second.enter(join=True)
    assert first.claim("a") and second.claim("b")
    (folder / f"process-{first.token}").unlink()
    assert not first.claim("a")  # one's own is held, whatever others think
    first.leave()
    first.leave()
    assert files(folder) == ["b.0", f"process-{second.token}"]
    second.leave()
    second.leave()
    assert not folder.exists() and folder.parent.is_dir()


def test_a_process_beats_and_outlives_the_loss_of_its_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    utime = os.utime
    beat = threading.Event()

    def touched(path: Path) -> None:
        try:
            utime(path)
        finally:
            beat.set()

    monkeypatch.setattr(os, "utime", touched)
    with Claims(folder, expiry=0.06).session(join=False) as claims:
        path = folder / f"process-{claims.token}"
        utime(path, (5, 5))
        beat.clear()
        assert beat.wait(DEADLINE)
        assert path.stat().st_mtime != 5
        for _ in range(2):
            path.unlink()
            deadline = time.monotonic() + DEADLINE
            while not path.exists():
                assert time.monotonic() < deadline
        with pytest.raises(RunError, match=f"process {os.getpid()} "):
            Claims(folder).enter(join=False)
    [line] = caplog.messages
    assert line.startswith(f"{path} was removed")
    assert not folder.exists()


def test_without_locks_the_heart_beat_tells(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with Claims(folder, expiry=0.5).session(join=False) as first:
        [path] = folder.iterdir()
        assert json.loads(path.read_text())["locked"] is False
        with pytest.raises(RunError, match=r"run\.join=true"):
            Claims(folder, expiry=5).enter(join=False)
        with Claims(folder).session(join=True) as second:
            assert first.claim("a") and not second.claim("a")
        assert files(folder) == ["a.0", path.name]


def test_what_is_taken_away_while_one_enters_is_made_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_new, rename = disk.open_new, disk.rename

    def folder_goes(path: Path) -> object:
        monkeypatch.setattr(disk, "open_new", open_new)
        folder.rmdir()
        return open_new(path)

    def part_goes(source: Path, target: Path) -> None:
        monkeypatch.setattr(disk, "rename", rename)
        source.unlink()
        rename(source, target)

    monkeypatch.setattr(disk, "open_new", folder_goes)
    monkeypatch.setattr(disk, "rename", part_goes)
    with Claims(folder).session(join=False) as claims:
        assert files(folder) == [f"process-{claims.token}"]


@pytest.mark.parametrize("operation", ["make_folder", "open_new", "write", "rename", "remove"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_a_disk_that_refuses_is_named(
    operation: str, code: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir(parents=True)
    (folder / "a.0").write_text(DEAD)
    with monkeypatch.context() as patch:
        refuse(patch, operation, code)
        with pytest.raises(RunError, match=f"{folder}: cannot be .*: {os.strerror(code)}"):
            Claims(folder).enter(join=False)
    if operation != "remove":
        assert files(folder) in ([], ["a.0"])  # the claim of a dead one may go, or stay
    with Claims(folder).session(join=False) as claims:  # the lock went with the one that failed
        assert claims.alone


def test_a_disk_that_refuses_a_claim_is_named_and_does_not_stop_leaving(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = Claims(folder)
    claims.enter(join=False)
    with monkeypatch.context() as patch:
        refuse(patch, "create", errno.ENOSPC)
        with pytest.raises(RunError, match="No space left on device"):
            claims.claim("a")
    assert claims.claim("a")
    with monkeypatch.context() as patch:
        refuse(patch, "read", errno.EIO)
        with pytest.raises(RunError, match="Input/output error"):
            claims.claim("a")
        claims.release("a")
        refuse(patch, "remove", errno.EROFS)
        claims.leave()
    with Claims(folder).session(join=False) as second:
        assert second.alone and second.claim("a")


def refuse(patch: pytest.MonkeyPatch, operation: str, code: int) -> None:
    def refused(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    patch.setattr(disk, operation, refused)
