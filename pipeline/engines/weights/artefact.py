"""Small trained models as files: a folder with `card.yaml` and arrays in safetensors, checked by
the digest that the card has before they are read. Nothing in them can run code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from pipeline.core.digest import digest_of
from pipeline.core.errors import ModelError

CARD = "card.yaml"


@dataclass(frozen=True, slots=True)
class Artefact:
    """What the card says, the file of arrays, and its sha256, which is the one of the card."""

    card: Mapping[str, Any]
    path: Path
    digest: str


def checked(folder: Path, weights: str, what: str, training: str) -> Artefact:
    """The artefact in a folder. `what` it is and the `training` that makes it are for messages.

    Raises:
        ModelError: a file is missing, the card cannot be read, or the digest is another.
    """
    path, card_path = folder / weights, folder / CARD
    try:
        card = yaml.safe_load(card_path.read_text(encoding="utf-8"))
        expected = card["files"][weights]
        actual = digest_of(path)
    except (OSError, KeyError, TypeError, yaml.YAMLError) as error:
        raise ModelError(
            f"{folder}: no {what} ({error}); install dateline again, or train it: {training}"
        ) from error
    if actual != expected:
        raise ModelError(
            f"{path}: sha256 {actual[:12]}... is not {str(expected)[:12]}... of {CARD}: not "
            f"loaded. Install dateline again, or train it: {training}"
        )
    return Artefact(card, path, actual)


def lines_of(array: NDArray[np.generic]) -> list[str]:
    """The strings of an array that `lines_as_bytes` made."""
    return array.tobytes().decode("utf-8").split("\n")


def lines_as_bytes(lines: Sequence[str]) -> NDArray[np.uint8]:
    """Strings without line ends as one array of UTF-8."""
    return np.frombuffer("\n".join(lines).encode("utf-8"), np.uint8)
