"""Whether a rewritten sentence says only what the sentences say that it was made from.

An easier question than whether an article supports a sentence, and the one that decides what is
published. Texts in, probabilities out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pipeline.core.probabilities import logistic
from pipeline.core.resources import resource
from pipeline.engines.classifiers.cross_encoder import CrossEncoder
from pipeline.engines.weights.artefact import checked
from pipeline.summarize.origin import share_of_new_bigrams

FOLDER = "faithfulness"
WEIGHTS = "faithfulness.safetensors"
CROSS_WEIGHTS = "cross_encoder.safetensors"
TRAINING = "scripts/models/train_faithfulness.py"

BASE = "all-minilm-l6-v2"
MAX_TOKENS = 144
"""What the cross-encoder was trained from, and how much of a pair it reads."""

SIGNALS = ("cross_encoder", "log_probability", "new_bigrams", "words")
"""The columns of the logistic regression."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rewriting:
    """A sentence that a model wrote, the source sentences that it was to rewrite, and the title
    above them.

    `log_probability` is the natural logarithm of the sentence's chance by the model that wrote
    it, None where the engine does not tell.
    """

    source: str
    title: str | None
    text: str
    log_probability: float | None = None

    @property
    def premise(self) -> str:
        """What the sentence is held against."""
        return f"{self.title.rstrip('.')}. {self.source}" if self.title else self.source


@dataclass(frozen=True)
class FaithfulnessModel:
    """Logistic regression over `SIGNALS`; `means` stand in for a signal that is not there."""

    coefficients: Floats
    means: Floats
    digest: str


class FaithfulnessCheck:
    """A calibrated probability for each rewriting, by a cross-encoder that reads it beside its
    source, the writing model's own sureness, and how much is in other words."""

    def identity(self) -> Mapping[str, str]:
        """What decides the probabilities: the models and the precision."""
        reader = {f"faithfulness_{k}": v for k, v in load_cross_encoder().identity().items()}
        return {"faithfulness": load_faithfulness_model().digest, **reader}

    def open(self) -> None:
        """Load the models. Raises as `checked`."""
        load_faithfulness_model()
        load_cross_encoder().open()

    def probabilities(self, rewritings: Sequence[Rewriting]) -> list[float]:
        """For each rewriting, 0 to 1, that it is true to its source; to four decimals."""
        if not rewritings:
            return []
        model = load_faithfulness_model()
        rows = signals(rewritings, load_cross_encoder())
        rows = np.where(np.isnan(rows), model.means, rows)
        logits = rows @ model.coefficients[:-1] + model.coefficients[-1]
        chances: list[float] = logistic(logits).round(4).tolist()
        return chances


def signals(rewritings: Sequence[Rewriting], reader: CrossEncoder) -> Floats:
    """`SIGNALS` of each rewriting, NaN for one that is unknown, shape (rewritings, signals)."""
    reader.open()
    logits = reader.logits([one.premise for one in rewritings], [one.text for one in rewritings])
    return np.array(
        [
            (
                logit,
                np.nan if one.log_probability is None else one.log_probability,
                share_of_new_bigrams(one.text, [one.source]),
                len(one.source.split()),
            )
            for logit, one in zip(logits.tolist(), rewritings, strict=True)
        ],
        np.float64,
    ).reshape(-1, len(SIGNALS))


@cache
def load_faithfulness_model() -> FaithfulnessModel:
    """The shipped model. Raises as `checked`."""
    from safetensors.numpy import load_file

    found = checked(resource("models") / FOLDER, WEIGHTS, "check of rewritings", TRAINING)
    arrays = load_file(found.path)
    return FaithfulnessModel(arrays["coefficients"], arrays["means"], found.digest)


@cache
def load_cross_encoder() -> CrossEncoder:
    """The shipped cross-encoder, not yet opened. Raises as `checked`."""
    folder = resource("models") / FOLDER
    file = checked(folder, CROSS_WEIGHTS, "cross-encoder of rewritings", TRAINING)
    return CrossEncoder(BASE, file.path, file.digest, MAX_TOKENS)
