"""What a step leaves out, in a folder beside its shards: tables and lines, whole or not there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.core import disk
from pipeline.core.files import atomic, delete, read_record, refused, write_record
from pipeline.core.parquet import read_parquet


class Aside:
    """Files of one folder, by name; they are read back only by whoever wrote them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write_table(self, name: str, table: pa.Table) -> None:
        """`NAME.parquet`; raises `RunError` where the disk refuses, as all here."""
        with atomic(self.folder / f"{name}.parquet") as file:
            pq.write_table(table, file, compression="zstd")

    def tables(self, prefix: str = "") -> dict[str, pa.Table]:
        """The tables whose names begin so, by name, sorted."""
        paths = sorted(self.folder.glob(f"{prefix}*.parquet"))
        return {path.stem: self._table(path) for path in paths}

    def write_lines(self, name: str, rows: Iterable[Mapping[str, object]]) -> None:
        """`NAME.jsonl`; without rows there is none."""
        path = self.folder / f"{name}.jsonl"
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
        if lines:
            with atomic(path) as file:
                file.write("".join(lines).encode())
        else:
            delete(path)

    def write_bytes(self, name: str, data: bytes) -> None:
        """A file of that name."""
        with atomic(self.folder / name, lasting=False) as file:
            file.write(data)

    def remove(self, name: str) -> None:
        """Take a file of that name away; fine if there is none."""
        delete(self.folder / name)

    def read_bytes(self, name: str) -> bytes | None:
        """What a file holds; None without it."""
        path = self.folder / name
        with refused("read", path):
            return disk.read(path) if path.exists() else None

    def write_record(self, name: str, values: Mapping[str, object]) -> None:
        """`NAME.json`, with a checksum."""
        write_record(self.folder / f"{name}.json", values)

    def record(self, name: str) -> dict[str, object] | None:
        """What `write_record` wrote; None without it, or if it is damaged."""
        return read_record(self.folder / f"{name}.json")

    def forget(self, name: str, first_shard: int) -> None:
        """Take away what has this name, and what is of this shard or a later one."""
        for path in sorted(self.folder.glob("[!.]*")):
            shard = int(path.stem) if path.stem.isdecimal() else -1
            if path.stem == name or shard >= first_shard:
                delete(path)

    def _table(self, path: Path) -> pa.Table:
        with refused("read", path):
            return read_parquet(disk.read(path))
