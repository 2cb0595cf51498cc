"""What an engine without a model gives back, and which settings no engine can follow."""

from __future__ import annotations

import pytest

from pipeline.core.errors import ConfigError
from pipeline.engines.base import GenerationEngine, GenerationSettings, Prompt
from pipeline.engines.generation.echo import EchoEngine

PROMPT = Prompt("The tram comes. It costs much. Buses lost.", "Be short.")


def test_samples_begin_at_one_sentence_after_the_other() -> None:
    engine = EchoEngine()
    assert isinstance(engine, GenerationEngine)
    settings = GenerationSettings(4, samples=4, temperature=1.0)
    [samples] = engine.generate([PROMPT], settings)
    assert [one.text for one in samples] == [  # type: ignore[union-attr]
        "The tram comes. It", "It costs much. Buses", "Buses lost.", "The tram comes. It",
    ]  # fmt: skip
    assert [one.finished for one in samples] == [False, False, True, False]  # type: ignore[union-attr]
    assert [one.prompt_tokens for one in samples] == [10, 0, 0, 0]  # type: ignore[union-attr]
    assert engine.generate([PROMPT], GenerationSettings(4)) == [samples[:1]]  # type: ignore[index]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"samples": 2}, "samples=2 temperature=0"),
        ({"samples": 3, "beams": 2}, "beams=3"),
        ({"beams": 2, "temperature": 0.5}, "set beams=1 or temperature=0"),
        ({"samples": 0}, "at least 1"),
        ({"temperature": -1.0}, "temperature=-1.0"),
        ({"temperature": 1.0, "top_p": 0.0}, "top_p=0.0"),
    ],
)
def test_settings_that_exclude_each_other_are_refused(
    settings: dict[str, float], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        GenerationSettings(8, **settings)  # type: ignore[arg-type]
