"""`articles.csv`: one flat row an article, for spreadsheets and statistics programs."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.core.files import atomic
from pipeline.publish.flat import FLAT_SCHEMA, flat_table


@dataclass(config=PLUGIN)
class CsvPublisher:
    """UTF-8 with commas and quoted texts.

    With `bom` a byte order mark comes first: without one Excel takes the file for that of an old
    code page, and pandas, R's readr, DuckDB and spreadsheets all know it.
    """

    file: str = "articles.csv"
    bom: bool = True

    def write(self, tables: Iterable[pa.Table], folder: Path) -> Path:
        path = folder / self.file
        write_csv(path, FLAT_SCHEMA, map(flat_table, tables), self.bom)
        return path


def write_csv(path: Path, schema: pa.Schema, tables: Iterable[pa.Table], bom: bool = True) -> None:
    """Tables of a flat schema as one CSV file, atomically. Null is an empty cell without quotes."""
    with atomic(path) as file:
        if bom:
            file.write(codecs.BOM_UTF8)
        with pyarrow.csv.CSVWriter(file, schema) as out:
            for table in tables:
                out.write_table(table)
