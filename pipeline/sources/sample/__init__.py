"""The bundled sample as a source."""

from __future__ import annotations

from pipeline.core.resources import resource
from pipeline.sources.json import JsonSource


def sample_source() -> JsonSource:
    """The articles of `README.md` beside this file."""
    return JsonSource(path=str(resource("sources", "sample", "articles.jsonl")))
