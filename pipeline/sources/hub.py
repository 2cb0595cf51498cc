"""Any data set that `datasets` can load by name or from a local folder, streamed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from pathlib import Path

from pydantic.dataclasses import dataclass

from pipeline.errors import InputError
from pipeline.schema import PLUGIN
from pipeline.sources.base import BadRecord, Record
from pipeline.sources.fields import Fields


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

    def files(self) -> list[Path]:
        folder = Path(self.path or "").expanduser()
        if not self.path or not folder.is_dir():
            return []
        return sorted(f for f in folder.rglob("*") if f.is_file())

    def records(self) -> Iterator[Record | BadRecord]:
        from datasets import load_dataset

        if not self.path:
            raise InputError("source.path is not set: give a hub data set's name or a folder")
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
            first_line = (str(error).splitlines() or [type(error).__name__])[0]
            raise InputError(
                f"{self.path}: cannot be loaded by `datasets` ({first_line}); "
                "check source.path, source.config_name and source.split"
            ) from error
        if first is None:
            return
        self.fields.check(list(first), self.path)
        yield self.fields.record(first, f"{self.path}: row 1")
        for number, row in enumerate(rows, 2):
            yield self.fields.record(row, f"{self.path}: row {number}")
