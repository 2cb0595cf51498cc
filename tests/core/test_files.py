"""Atomic writing: whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.core.errors import RunError
from pipeline.core.files import atomic, read_record, write_record, write_text


def _write_half(path: Path) -> None:
    with atomic(path) as out:
        out.write(b"half")
        raise KeyboardInterrupt


def test_a_failed_write_leaves_the_old_file_and_no_part(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.txt"
    write_text(path, "old")
    with pytest.raises(KeyboardInterrupt):
        _write_half(path)
    assert path.read_text() == "old"
    assert list(path.parent.iterdir()) == [path]


def test_a_write_is_invisible_until_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with atomic(path) as out:
        out.write(b"new")
        assert not path.exists()
    assert path.read_text() == "new"


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "file" / "a.txt", tmp_path / "folder"):
        with pytest.raises(RunError, match="cannot be written") as error:
            write_text(path, "x")
        assert str(path) in str(error.value)


def test_a_record_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    value = {"b": "é\udce9", "a": [1, None, 0.1], "c": {"z": 1, "y": ""}}
    write_record(path, value)
    assert read_record(path) == value
    assert list(json.loads(path.read_text())) == ["a", "b", "c", "checksum"]
    assert read_record(tmp_path / "none.json") is None


def test_a_record_with_any_bit_flipped_is_none_or_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    value = {"rows": 12, "sha256": "ab", "counts": {"read": 3}}
    write_record(path, value)
    whole = path.read_bytes()
    believed = 0
    for position in range(len(whole)):
        for bit in range(8):
            flipped = bytearray(whole)
            flipped[position] ^= 1 << bit
            path.write_bytes(flipped)
            found = read_record(path)
            assert found in (None, value)
            believed += found is not None
    assert believed < 8 * len(whole) / 20  # white space between the values
    for torn in (whole[:-3], whole[:20], b"", b"[1]", b"{}", b"[" * 100_000):
        path.write_bytes(torn)
        assert read_record(path) is None
