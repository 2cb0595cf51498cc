"""Beginning a training from an adapter that another one made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pipeline.core.errors import ModelError
from pipeline.engines.weights.adapters import Adapter
from pipeline.engines.weights.models import Weights

if TYPE_CHECKING:
    import torch


def begin_from(
    start: Adapter,
    weights: Weights,
    parameters: Mapping[str, torch.nn.Parameter],
    rank: int,
    alpha: float,
) -> None:
    """Copy the matrices of `start` into `parameters`, by the names that PEFT has in a model. Raises
    `ModelError` if it was made for another model, rank or alpha, or does not fit."""
    import torch

    if start.base_sha256 not in (None, weights.digest):
        raise ModelError(f"{start.file}: made for {start.base}, not for {weights.name}")
    if (start.rank, start.scale) != (rank, alpha / rank):
        raise ModelError(
            f"{start.file}: has rank {start.rank} and alpha {start.scale * start.rank:g}; set "
            "training.rank and training.alpha to these to begin from it"
        )
    given = start.tensors()
    wanted = {name.replace(".default.", "."): values for name, values in parameters.items()}
    for name in sorted(wanted.keys() ^ given.keys()):
        where = "it has no" if name in wanted else "the model has no place for its"
        raise ModelError(f"{start.file}: is not of this model: {where} {name}")
    with torch.no_grad():
        for name, values in given.items():
            if tuple(wanted[name].shape) != values.shape:
                raise ModelError(
                    f"{start.file}: is not of this model: {name} has shape "
                    f"{list(values.shape)}, not {list(wanted[name].shape)}"
                )
            wanted[name].copy_(torch.from_numpy(values))
