"""The label tables in `data/` as bytes and rows, each checked against `data/SHA256SUMS` first.

What the rows mean is for `regions` and `topics` to say. A table that was edited on purpose needs
its sum made again: `python scripts/models/build_taxonomy.py --sums`.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from pipeline.core.errors import LabelError

SUMS = "SHA256SUMS"
"""In the format of `sha256sum`: digest, two spaces, file name."""

_DATA = files(__package__) / "data"


def read_rows(name: str) -> list[dict[str, str]]:
    """The rows of a table by column name. Raises as `read_table`."""
    text = read_table(name).decode("utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def read_table(name: str) -> bytes:
    """The bytes of a table. Raises `LabelError` if it is not the one that `SHA256SUMS` has."""
    path = _DATA / name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise LabelError(f"{path}: cannot be read ({error}); install dateline again") from error
    actual, expected = hashlib.sha256(content).hexdigest(), _sums().get(name, "not listed")
    if actual != expected:
        raise LabelError(
            f"{path}: sha256 {actual[:12]}... is not {expected[:12]}... of {SUMS} beside it; not "
            "loaded. Install dateline again; after an edit of your own, run in that folder: "
            f"sha256sum *.csv > {SUMS}"
        )
    return content


def digests(names: Iterable[str]) -> MappingProxyType[str, str]:
    """File name to sha256, for the identity of what reads these tables; checked as for reading."""
    return MappingProxyType({name: hashlib.sha256(read_table(name)).hexdigest() for name in names})


def identity(version: str, known: Mapping[str, str]) -> dict[str, str]:
    """Edition of tables and their `digests`, for the identity of a stage that reads them."""
    return {"taxonomy": version, **{f"sha256:{name}": digest for name, digest in known.items()}}


def check_tables() -> MappingProxyType[str, str]:
    """Every shipped table against its sum: their digests. Raises `LabelError` for the first bad."""
    return digests(_sums())


@cache
def _sums() -> MappingProxyType[str, str]:
    path = _DATA / SUMS
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        pairs = [line.split("  ", 1) for line in lines]
        return MappingProxyType({name: digest for digest, name in pairs})
    except (OSError, ValueError) as error:
        raise LabelError(f"{path}: cannot be read ({error}); install dateline again") from error
