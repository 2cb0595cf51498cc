"""The bundled sample as a source."""

from __future__ import annotations

from pipeline.core.resources import resource
from pipeline.sources.jsonl import JsonlSource


def sample_source() -> JsonlSource:
    """The articles of `README.md` beside this file."""
    return JsonlSource(path=str(resource("sources", "sample", "articles.jsonl")))
