"""Any data set that `datasets` can load by name or from a local folder, streamed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path

from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.core.errors import InputError
from pipeline.sources.base import BadRecord, Notes, Record
from pipeline.sources.fields import Fields
from pipeline.sources.objects import Row
from pipeline.sources.parts import is_hidden


@dataclass(config=PLUGIN)
class HubSource:
    """A `datasets` data set: `path` is its hub name or a local folder.

    `config_name`, `split` and `revision` are those of `datasets.load_dataset`; a run on a hub name
    can be repeated only when `revision` is set.
    """

    path: str | None
    config_name: str | None = None
    split: str = "train"
    revision: str | None = None
    fields: Fields = field(default_factory=Fields)
    notes: Notes = field(default_factory=Notes, init=False, repr=False, compare=False)

    def identity(self) -> Mapping[str, str]:
        return {"reader": "hub-2"}

    def files(self) -> list[Path]:
        folder = Path(self.path or "").expanduser()
        if not self.path or not folder.is_dir():
            return []
        return sorted(
            f for f in folder.rglob("*") if f.is_file() and not is_hidden(f.relative_to(folder))
        )

    def read(self) -> Iterator[Record | BadRecord]:
        from datasets import load_dataset

        if not self.path:
            raise InputError("source.path is not set: give a hub data set's name or a folder")
        if Path(self.path).expanduser().is_file():
            raise InputError(
                f"{self.path}: is a file; give its folder, or read it with source=csv, jsonl or "
                "parquet"
            )
        try:
            stream = load_dataset(
                str(Path(self.path).expanduser()) if self.files() else self.path,
                name=self.config_name,
                split=self.split,
                revision=self.revision,
                streaming=True,
            )
            rows = iter(stream)
            first = next(rows, None)
        except Exception as error:  # `datasets` raises whatever its file layers raise
            raise InputError(
                f"{self.path}: cannot be loaded by `datasets` ({_first_line(error)}); "
                "check source.path, source.config_name and source.split"
            ) from error
        if first is not None:
            yield from self.fields.records(self._rows(first, rows), self.path, self.notes)

    def _rows(
        self, first: Mapping[str, object], rows: Iterator[Mapping[str, object]]
    ) -> Iterator[Row]:
        yield Row(f"{self.path}: row 1", first)
        number = 1
        while True:
            try:
                row = next(rows, None)
            except Exception as error:  # as above; the network may be back at the next run
                raise InputError(
                    f"{self.path}: cannot be read after row {number} ({_first_line(error)}); "
                    "finished shards are kept, the same command goes on from there"
                ) from error
            if row is None:
                return
            number += 1
            yield Row(f"{self.path}: row {number}", row)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
