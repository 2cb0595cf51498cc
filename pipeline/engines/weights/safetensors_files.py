"""The tensors of a .safetensors file by their place in it, as float32, one at a time.

Nothing but the format lives here. The library that reads it knows no bfloat16 without torch.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.core.errors import ModelError, first_line

FloatArray = NDArray[np.float32]

_LENGTH_BYTES = 8
"""The header's length, little endian, comes before the header."""

_STORED = {"F32": "<f4", "F16": "<f2", "BF16": "<u2"}
"""bfloat16 as its bits: numpy has no such type."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A tensor of a file: bytes `begin` to `end`, counted from the file's start."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


def entries(path: Path) -> dict[str, Entry]:
    """Name to tensor, checked against each other and the file's length.

    Raises:
        ModelError: it is not there, or no whole .safetensors file.
    """
    header, start = _header(path)
    return {
        name: Entry(
            value["dtype"],
            tuple(value["shape"]),
            start + value["data_offsets"][0],
            start + value["data_offsets"][1],
        )
        for name, value in header.items()
        if name != "__metadata__"
    }


def metadata(path: Path) -> Mapping[str, str]:
    """The free text fields of the file's header; errors as `entries`."""
    found = _header(path)[0].get("__metadata__", {})
    return {str(key): str(value) for key, value in found.items()}


def is_float(entry: Entry) -> bool:
    """Whether `read` and `write` know the tensor's type."""
    return entry.dtype in _STORED


def read(path: Path, entry: Entry) -> FloatArray:
    """The tensor, in its shape."""
    data = np.fromfile(path, np.uint8, entry.end - entry.begin, offset=entry.begin)
    stored = data.view(_STORED[entry.dtype]).reshape(entry.shape)
    if entry.dtype == "BF16":
        return (stored.astype(np.uint32) << 16).view(np.float32)
    return stored.astype(np.float32, copy=False)


def write(path: Path, entry: Entry, values: FloatArray) -> None:
    """Put other values in the tensor's place, rounded to its type."""
    if entry.dtype == "BF16":
        bits = np.ascontiguousarray(values).view(np.uint32)
        # Rounds to nearest, ties to even.
        data = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2").tobytes()
    else:
        data = values.astype(_STORED[entry.dtype]).tobytes()
    with path.open("r+b") as file:
        file.seek(entry.begin)
        file.write(data)


def _header(path: Path) -> tuple[dict[str, Any], int]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy"):  # checks header, offsets and length
            pass
        with path.open("rb") as file:
            length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
            return json.loads(file.read(length)), _LENGTH_BYTES + length
    except (SafetensorError, OSError) as error:
        raise ModelError(
            f"{path}: not a whole .safetensors file: {first_line(error)}; copy or fetch it again"
        ) from error
