"""Topic labels as a tree: Media Topics or a user's own file, checked when it is read."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.core.errors import LabelError

COLUMNS = ("code", "name", "description", "parent")


@dataclass(frozen=True, slots=True)
class Label:
    """A topic that can be given: `description` is what an encoder compares articles with, `parent`
    the code of the broader label, or None."""

    code: str
    name: str
    description: str
    parent: str | None = None


@dataclass(frozen=True)
class LabelTree:
    """Labels by code in their order, and the codes below each; "" has those without a parent."""

    labels: Mapping[str, Label]
    version: str
    below: Mapping[str, tuple[str, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        below: dict[str, tuple[str, ...]] = {}
        for label in self.labels.values():
            key = label.parent or ""
            below[key] = (*below.get(key, ()), label.code)
        object.__setattr__(self, "below", below)

    def depth(self) -> int:
        """Levels of the tree."""
        levels, codes = 0, list(self.below.get("", ()))
        while codes:
            levels += 1
            codes = [child for code in codes for child in self.below.get(code, ())]
        return levels


def read_labels(path: Path) -> LabelTree:
    """The labels of a CSV file with the columns `code`, `name`, `description`, `parent`; the last
    two may be empty or missing, then a label is compared by its name and stands at the top.

    Its version is the sha256 of the file.

    Raises:
        LabelError: the file cannot be read, or an entry has no code or name, the code of another,
            an unknown parent, or is its own ancestor; names the entry.
    """
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LabelError(f"{path}: cannot be read as a CSV file in UTF-8: {error}") from error
    labels = [_label(path, number, row) for number, row in enumerate(rows, start=1)]
    return LabelTree(checked(labels, str(path)), f"sha256:{hashlib.sha256(content).hexdigest()}")


def checked(labels: Iterable[Label], where: str) -> Mapping[str, Label]:
    """Labels by code. Raises `LabelError` as `read_labels` does; `where` is for its message."""
    by_code: dict[str, Label] = {}
    for label in labels:
        if label.code in by_code:
            raise LabelError(
                f"{where}: {label.code} ({label.name}) has the code of {by_code[label.code].name}; "
                "give each label its own"
            )
        by_code[label.code] = label
    if not by_code:
        raise LabelError(f"{where}: no labels in it; the columns are {', '.join(COLUMNS)}")
    sound: set[str] = set()
    for label in by_code.values():
        if label.parent is not None and label.parent not in by_code:
            raise LabelError(
                f"{where}: {label.code} ({label.name}) has the unknown parent {label.parent}"
            )
    for label in by_code.values():
        chain: list[str] = []
        code = label.code
        while code not in sound:
            if code in chain:
                circle = " < ".join([*chain[chain.index(code) :], code])
                raise LabelError(f"{where}: {code} is its own ancestor: {circle}")
            chain.append(code)
            above = by_code[code].parent
            if above is None:
                break
            code = above
        sound.update(chain)
    return by_code


def _label(path: Path, number: int, row: Mapping[str | None, object]) -> Label:
    if None in row or "code" not in row or "name" not in row:
        raise LabelError(
            f"{path}: entry {number} has not the columns code, name, description, parent"
        )
    values = {name: str(row.get(name) or "").strip() for name in COLUMNS}
    for name in ("code", "name"):
        if not values[name]:
            raise LabelError(f"{path}: entry {number} ({values['code'] or '?'}) has no {name}")
    description = values["description"] or values["name"]
    return Label(values["code"], values["name"], description, values["parent"] or None)
