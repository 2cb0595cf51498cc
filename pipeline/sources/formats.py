"""Of which formats some files are, archives and packed files looked into."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from fsspec.utils import infer_compression

from pipeline.sources.parts import DamagedFileError, parts_of
from pipeline.sources.sniff import HEAD, Kind, NoFormat, kind_of


def formats_of(files: Iterable[Path]) -> Iterator[Kind | NoFormat]:
    """The format of each file, and of each file of an archive, in their order."""
    for file in files:
        try:
            for part in parts_of(file):
                try:
                    yield kind_of(without_compression(part.name), part.head(HEAD))
                except DamagedFileError as error:
                    yield NoFormat(f"damaged: {error}")
        except DamagedFileError as error:
            yield NoFormat(f"damaged: {error}")


def without_compression(name: str) -> str:
    """The name of a file as it is once unpacked."""
    return name.rpartition(".")[0] if infer_compression(name) not in (None, "zip") else name
