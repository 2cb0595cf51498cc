"""`dateline cache`: what it says of a cache, what it removes, and what it refuses."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.cli.cache import _size, cache_command
from pipeline.core import disk
from pipeline.core.errors import ConfigError, RunError
from pipeline.store.stage_cache import StageCache

KEYS = [digit * 64 for digit in "0123456789"]
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten entries, the first one unused for the longest."""
    folder = tmp_path / "cache"
    cache = StageCache(folder, 10**9)
    for age, key in enumerate(KEYS):
        cache.put(key, pa.table({"n": [age]}))
        path = folder / key[:2] / f"{key}.arrow"
        os.utime(path, (10**9 + age, 10**9 + age))
    return folder


def held(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.rglob("*.arrow"))


def test_stats_says_how_much_is_where(folder: Path, capsys: Capture) -> None:
    size = StageCache(folder, 1).stats().bytes
    assert 1000 < size < 10_000
    assert cache_command(["stats", "--folder", str(folder)]) == 0
    assert capsys.readouterr() == (f"10 entries, {size / 1000:.1f} kB, in {folder}\n", "")
    assert held(folder) == KEYS


def test_the_folder_is_that_of_the_runs_if_none_is_given(
    folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATELINE_CACHE", str(folder))
    assert cache_command(["stats"]) == 0
    assert capsys.readouterr().out.endswith(f", in {folder}\n")


def test_a_cache_that_was_never_used_is_empty(tmp_path: Path, capsys: Capture) -> None:
    for action in ("stats", "prune", "clear"):
        assert cache_command([action, "--folder", str(tmp_path / "none")]) == 0
        assert "0 entries, 0 bytes," in capsys.readouterr().out
    assert not (tmp_path / "none").exists()


def test_prune_leaves_the_last_used_within_the_bound(folder: Path, capsys: Capture) -> None:
    size = StageCache(folder, 1).stats().bytes // 10
    assert cache_command(["prune", "--folder", str(folder), "--max-gb", f"{9.5 * size / 1e9}"]) == 0
    assert capsys.readouterr().out == f"removed 1 entry, {size} bytes, from {folder}\n"
    assert held(folder) == KEYS[1:]
    assert cache_command(["prune", "--folder", str(folder)]) == 0
    assert capsys.readouterr().out == f"removed 0 entries, 0 bytes, from {folder}\n"
    assert cache_command(["prune", "--folder", str(folder), "--max-gb", "0"]) == 0
    assert "removed 9 entries" in capsys.readouterr().out and not held(folder)


def test_clear_removes_all_entries_and_no_other_file(folder: Path, capsys: Capture) -> None:
    (folder / "notes.txt").write_text("mine")
    assert cache_command(["clear", "--folder", str(folder)]) == 0
    assert capsys.readouterr().out.startswith("removed 10 entries, ")
    assert not held(folder) and (folder / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("wrong", ["-1", "nan", "inf", "1e308", "many", ""])
def test_a_wrong_bound_removes_nothing(folder: Path, wrong: str) -> None:
    with pytest.raises(ConfigError, match=r"--max-gb .*gigabytes"):
        cache_command(["prune", "--folder", str(folder), "--max-gb", wrong])
    assert held(folder) == KEYS


@pytest.mark.parametrize("action", ["stats", "clear"])
def test_a_bound_where_there_is_none_is_refused(folder: Path, action: str) -> None:
    with pytest.raises(ConfigError, match=action):
        cache_command([action, "--folder", str(folder), "--max-gb", "1"])
    assert held(folder) == KEYS


@pytest.mark.parametrize("words", [[], ["empty"], ["stats", "x"]])
def test_an_unknown_action_is_a_mistake_of_usage(words: list[str], capsys: Capture) -> None:
    with pytest.raises(SystemExit) as end:
        cache_command(words)
    assert end.value.code == 2 and "usage: dateline cache" in capsys.readouterr().err


def test_a_folder_that_is_a_file_is_an_error(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "file"
    path.write_text("mine")
    for action in ("stats", "prune", "clear"):
        with pytest.raises(RunError, match="Not a directory") as error:
            cache_command([action, "--folder", str(path)])
        assert str(path) in str(error.value)
    assert path.read_text() == "mine" and capsys.readouterr().err == ""


def test_what_could_not_be_removed_is_an_error(
    folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove = disk.remove

    def refused(path: Path) -> None:
        if path.stem == KEYS[3]:
            raise OSError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        remove(path)

    monkeypatch.setattr(disk, "remove", refused)
    with pytest.raises(RunError, match="Permission denied") as error:
        cache_command(["clear", "--folder", str(folder)])
    assert KEYS[3] in str(error.value)
    assert capsys.readouterr().out.startswith("removed 9 entries, ") and held(folder) == [KEYS[3]]


def test_verify_removes_what_is_damaged(folder: Path, capsys: Capture) -> None:
    path = StageCache(folder, 10**9)._path(KEYS[2])
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert cache_command(["verify", "--folder", str(folder)]) == 0
    assert capsys.readouterr().out.startswith("removed 1 entry, ")
    assert KEYS[2] not in held(folder) and len(held(folder)) == 9
    assert cache_command(["verify", "--folder", str(folder)]) == 0
    assert capsys.readouterr().out.startswith("removed 0 entries, ")


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (999_940, "999.9 kB"),
        (999_960, "1.0 MB"),
        (1_300_000_000, "1.3 GB"),
        (2_500_000_000_000, "2.5 TB"),
    ],
)
def test_sizes_are_readable(count: int, said: str) -> None:
    assert _size(count) == said
