"""What is read of Parquet and Arrow streams is let go of before the reader returns.

A thread of Arrow's that still holds bytes of Python's when the interpreter ends aborts the process.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.article import ROW_SCHEMA
from pipeline.core.parquet import read_parquet, read_stream
from pipeline.store.stage_cache import StageCache

ROOT = Path(__file__).resolve().parents[2]
TABLE = pa.table({"id": [f"a{i}" for i in range(500)], "rank": list(range(500))})

THREADS_STARTED = """
import os, sys
from pathlib import Path
import pyarrow.parquet as pq
from pipeline.store.stage_cache import StageCache
from pipeline.core.parquet import read_parquet

folder = Path(sys.argv[1])
read_parquet(folder / "warm.parquet")
before = set(os.listdir("/proc/self/task"))
{what}
print(len(set(os.listdir("/proc/self/task")) - before))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("warm", "read"):
        pq.write_table(TABLE, tmp_path / f"{name}.parquet", compression="zstd", row_group_size=100)
    StageCache(tmp_path / "cache", 10**9).put("0" * 64, TABLE)
    return tmp_path


def threads_started(what: str, folder: Path) -> int:
    code = THREADS_STARTED.format(what=what)
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=True,
        # Arrow's own allocator starts a thread of its own, sooner or later.
        env={**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system"},
    )  # fmt: skip
    return int(done.stdout)


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted as on Linux")
@pytest.mark.parametrize(
    ("what", "does"),
    [
        ("read_parquet((folder / 'read.parquet').read_bytes())", False),
        ("StageCache(folder / 'cache', 10**9).get('0' * 64).num_rows", False),
        ("pq.read_table(folder / 'read.parquet')", True),  # so the count counts
    ],
    ids=["bytes", "cache", "read_table"],
)
def test_reading_starts_no_thread(what: str, does: bool, folder: Path) -> None:
    """Of a file on disk one may start: it holds nothing of Python's."""
    assert (threads_started(what, folder) > 0) is does


def test_no_bytes_are_held_when_a_table_is_returned(folder: Path) -> None:
    content = bytearray((folder / "read.parquet").read_bytes())
    table = read_parquet(memoryview(content))
    content.append(0)  # BufferError while anything of Arrow's views it
    assert table.equals(TABLE)


def test_a_stream_is_read_whole() -> None:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, TABLE.schema) as out:
        out.write_table(TABLE)
    assert read_stream(memoryview(sink.getvalue())).equals(TABLE)


def test_the_schema_of_rows_survives(tmp_path: Path) -> None:
    pq.write_table(ROW_SCHEMA.empty_table(), tmp_path / "rows.parquet")
    assert read_parquet(tmp_path / "rows.parquet").schema == ROW_SCHEMA


def test_a_folder_with_an_equals_sign_makes_no_column(tmp_path: Path) -> None:
    place = tmp_path / "day=monday"
    place.mkdir()
    pq.write_table(TABLE, place / "a.parquet")
    assert read_parquet(place / "a.parquet").column_names == ["id", "rank"]


def test_parquet_is_read_by_this_reader_alone() -> None:
    scans = re.compile(r"\b(?:pq|parquet)\.read_table\b|pyarrow\.dataset")
    found = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "pipeline").rglob("*.py")
        if scans.search(path.read_text(encoding="utf-8"))
    ]
    assert found == ["pipeline/core/parquet.py"]  # whose docstring says why
