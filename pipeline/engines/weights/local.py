"""What engines that load their weights from this machine have to say of a model."""

from __future__ import annotations

from pipeline.engines.weights.models import find_weights

_REVISION_DIGITS = 12


def local_identity(model: str) -> dict[str, str]:
    """Name and digest of the weights.

    Raises:
        ModelError: they are not on this machine.
    """
    weights = find_weights(model)
    return {"model": weights.name, "weights": weights.digest}


def local_label(model: str) -> str:
    """`name@` and the first digits of the digest."""
    weights = find_weights(model)
    return f"{weights.name}@{weights.digest[:_REVISION_DIGITS]}"
