"""The detector's model takes a third of a second to load: once a module is enough."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipeline.ingest.language import LanguageDetector


@pytest.fixture(scope="module", autouse=True)
def detect() -> Iterator[LanguageDetector]:
    detector = LanguageDetector()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.ingest.prepare.detector", lambda: detector)
        yield detector
