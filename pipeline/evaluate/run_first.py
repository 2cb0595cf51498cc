"""`dateline evaluate` without predictions: which words of the command line are the run's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.config.compose import key_of
from pipeline.config.schema import RENAMED
from pipeline.core.errors import ConfigError
from pipeline.evaluate.gold.labels import SAMPLE

OWN = ("gold", "predictions", "split", "allow_unmatched", "baselines", "similarity",
       "gate", "print_gate")  # fmt: skip
"""Keys of `configs/evaluate.yaml`; all others are those of `dateline run`."""

_BOTH = ("paths", "hydra", "encoder", "topic_labels")
_SAMPLE_SOURCE = "pipeline.sources.sample.sample_source"


def parted(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """The overrides of evaluate and those of the run; what `_BOTH` has are of both."""
    own: list[str] = []
    run: list[str] = []
    for word in words:
        key = key_of(word)
        if key.partition(".")[0] in _BOTH:
            own.append(word)
            run.append(word)
        else:
            (own if key in OWN or key in RENAMED else run).append(word)
    return own, run


def check_source(gold: object, config: Mapping[str, object], words: Sequence[str]) -> None:
    """Refuse to run the bundled sample for labels that are not of it, unless it was asked for.

    Raises:
        ConfigError: no source was given.
    """
    source = config.get("source")
    is_sample = isinstance(source, Mapping) and source.get("_target_") == _SAMPLE_SOURCE
    given = any(key_of(word).partition(".")[0] == "source" for word in words)
    if is_sample and gold != SAMPLE and not given:
        raise ConfigError(
            f"gold={gold}: of which articles? Give predictions=RUN, or their source and the "
            "rest of a configuration, such as source=jsonl source.path=articles.jsonl"
        )
