"""Where a training stands, on disk: what can be killed at any instant and goes on from there."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.core.errors import RunError

if TYPE_CHECKING:
    import torch

_STATE = "state.json"
_TENSORS = "tensors.safetensors"


@dataclass
class State:
    """How far training is; `losses` (validation, nats a token) and `scores` are those after each
    epoch."""

    step: int = 0
    seconds: float = 0.0
    losses: list[float] = field(default_factory=list)
    scores: list[dict[str, float]] = field(default_factory=list)

    @property
    def best(self) -> int:
        """The epoch with the least validation loss, from 1; 0 before the first."""
        return self.losses.index(min(self.losses)) + 1 if self.losses else 0


class Checkpoint:
    """`folder/checkpoint` is where the training stands, `folder/adapter` the best adapter so far.

    `made_of` is what decides the result: settings and digests by name, also in mappings.
    """

    def __init__(self, folder: Path, made_of: Mapping[str, object]) -> None:
        self._folder = folder
        self._path = folder / "checkpoint"
        self.adapter = folder / "adapter"
        self._made_of = made_of
        for path in (self._path, self.adapter):
            _mend(path)

    def state(self) -> State | None:
        """Where the training stands; None if the folder holds none.

        Raises:
            RunError: it is one with other settings, model or data, it is damaged, or the folder
                holds something else under these names.
        """
        path = self._path / _STATE
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            made_of = values.pop("made_of")
            differ = list(_differ(made_of, self._made_of))
            state = State(**values)
        except FileNotFoundError:
            for other in (self._path, self.adapter):
                if other.exists():
                    raise RunError(
                        f"{other}: is of no training; name another folder, to=..."
                    ) from None
            return None
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise RunError(f"{path}: damaged ({error}); remove {self._folder}") from error
        if differ:
            raise RunError(
                f"{self._folder}: holds a training with other {', '.join(differ)}; "
                "name another folder, to=..."
            )
        return state

    def tensors(self) -> dict[str, torch.Tensor]:
        """What was saved with the state. Raises `RunError` for a damaged file."""
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        path = self._path / _TENSORS
        try:
            return load_file(path)
        except (OSError, SafetensorError) as error:
            raise RunError(f"{path}: damaged ({error}); remove {self._folder}") from error

    def save(self, state: State, tensors: dict[str, torch.Tensor]) -> None:
        """Replace what is on disk by these."""
        from safetensors.torch import save_file

        def write(path: Path) -> None:
            save_file(tensors, path / _TENSORS)
            values = {**asdict(state), "made_of": dict(self._made_of)}
            (path / _STATE).write_text(json.dumps(values, indent=2), encoding="utf-8")

        _replace(self._path, write)

    def save_adapter(self, write: Callable[[Path], None]) -> None:
        """Replace the adapter by what `write` puts into the folder it is given."""
        _replace(self.adapter, write)


def _differ(before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[str]:
    for name, value in after.items():
        other = before.get(name)
        if isinstance(value, Mapping) and isinstance(other, Mapping):
            yield from _differ(other, value)
        elif value != other:
            yield name


def _replace(folder: Path, write: Callable[[Path], None]) -> None:
    """The folder as `write` fills it, or as it was: a process may be killed at any instant."""
    part, old = folder.with_name(f"{folder.name}.part"), _old(folder)
    _mend(folder)
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    write(part)
    for file in part.iterdir():
        with file.open("rb") as opened:
            os.fsync(opened.fileno())
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    part.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _mend(folder: Path) -> None:
    """Put the folder back where a process died between its two renames."""
    if not folder.exists() and _old(folder).exists():
        _old(folder).rename(folder)


def _old(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.old")
