"""A calibration at work: scores to probabilities, and the thresholds that go with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat
from pydantic.dataclasses import dataclass

from pipeline.article import SCORE_DIGITS
from pipeline.config.schema import PLUGIN
from pipeline.core.probabilities import logistic

TASKS = ("topic", "region")

_LEAST = 0.5 * 10**-SCORE_DIGITS
"""A score of 0 is one that was rounded to it, and has a logit."""

Floats = NDArray[np.float64]
_Share = Annotated[float, Field(ge=0, le=1)]


@dataclass(config=PLUGIN, frozen=True)
class Calibration:
    """sigmoid(slope * logit(score) + offset), or the line through `knots` (scores, probabilities)
    where there are any; and the probability from which on a label is given: `labels`' own, else
    `threshold`. `method` is the name of what was fitted."""

    method: Literal["none", "temperature", "platt", "isotonic"]
    threshold: _Share
    slope: PositiveFloat = 1.0
    offset: float = 0.0
    knots: tuple[tuple[_Share, ...], tuple[_Share, ...]] | None = None
    labels: Mapping[str, _Share] = field(default_factory=dict)

    def probabilities(self, scores: Floats) -> Floats:
        """Of scores in 0..1, any shape; rounded as they are published."""
        if self.method == "none":
            return np.round(scores, SCORE_DIGITS)
        if self.knots is not None:
            return np.round(np.interp(scores, *self.knots), SCORE_DIGITS)
        chances = logistic(self.slope * logits(scores) + self.offset)
        return np.asarray(np.round(chances, SCORE_DIGITS))

    def least(self, label: str) -> float:
        """The probability from which on this label is given."""
        return self.labels.get(label, self.threshold)


def logits(scores: Floats) -> Floats:
    """log(p / (1 - p)) of scores in 0..1, which are taken for rounded ones."""
    kept = np.clip(scores, _LEAST, 1 - _LEAST)
    return np.asarray(np.log(kept / (1 - kept)))
