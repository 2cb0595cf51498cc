"""`articles.jsonl`: one row a line, with the names and the order of the Parquet columns."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.core.files import atomic


@dataclass(config=PLUGIN)
class JsonlPublisher:
    """UTF-8 JSON Lines."""

    file: str = "articles.jsonl"

    def write(self, tables: Iterable[pa.Table], folder: Path) -> Path:
        path = folder / self.file
        with atomic(path) as out:
            for table in tables:
                for row in table.to_pylist():
                    out.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
        return path
