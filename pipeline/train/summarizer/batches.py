"""Examples of token ids, in batches of similar length, padded on the left."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

_BUCKET_BATCHES = 16
"""Batches among which examples are sorted by length: little padding, still much chance."""
_LENGTH_STEP = 32
"""Batches are padded to a multiple of it: kernels are prepared anew for every shape."""


@dataclass(frozen=True, slots=True)
class Example:
    """Token ids of a prompt and of the answer, which ends with the model's end of turn."""

    prompt: tuple[int, ...]
    answer: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.prompt) + len(self.answer)


def shuffled(examples: Sequence[Example], size: int, seed: int, epoch: int) -> list[list[Example]]:
    """All examples in batches of `size`, drawn by chance for the epoch, the same at every call."""
    chance = random.Random(f"{seed}/{epoch}")  # noqa: S311 not for secrets
    order = list(examples)
    chance.shuffle(order)
    batches = []
    for start in range(0, len(order), size * _BUCKET_BATCHES):
        bucket = sorted(order[start : start + size * _BUCKET_BATCHES], key=len)
        batches += [bucket[n : n + size] for n in range(0, len(bucket), size)]
    chance.shuffle(batches)
    return batches


def padded(batch: Sequence[Example]) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and mask, shape (examples, length)."""
    import torch

    longest = math.ceil(max(map(len, batch)) / _LENGTH_STEP) * _LENGTH_STEP
    ids = torch.zeros(len(batch), longest, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, example in enumerate(batch):
        tokens = (*example.prompt, *example.answer)
        ids[row, -len(tokens) :] = torch.tensor(tokens)
        mask[row, -len(tokens) :] = 1
    return ids, mask
