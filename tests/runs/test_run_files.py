"""Atomic writing: whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.errors import RunError
from pipeline.runs.files import atomic, read_json, write_json, write_text


def _write_half(path: Path) -> None:
    with atomic(path) as part:
        part.write_text("half")
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
    with atomic(path) as part:
        part.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "file" / "a.txt", tmp_path / "folder"):
        with pytest.raises(RunError, match="cannot be written") as error:
            write_text(path, "x")
        assert str(path) in str(error.value)


def test_json_comes_back_and_a_torn_one_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    value = {"b": "é\udce9", "a": [1, None]}
    write_json(path, value)
    assert read_json(path) == value
    assert list(json.loads(path.read_text())) == ["a", "b"]
    path.write_text(path.read_text()[:10])
    assert read_json(path) is None
    path.write_text("[1]")
    assert read_json(path) is None
    assert read_json(tmp_path / "none.json") is None
