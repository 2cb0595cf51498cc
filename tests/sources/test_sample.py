"""The bundled sample reads without a bad record."""

from __future__ import annotations

from pipeline.sources.base import Record
from pipeline.sources.sample import sample_source


def test_every_line_is_an_article_or_a_headline() -> None:
    records = list(sample_source().records())
    assert all(isinstance(record, Record) for record in records)
    headlines = [r for r in records if isinstance(r, Record) and not r.values.get("text")]
    assert len(headlines) >= 6
    assert len(records) - len(headlines) >= 24
    assert len({r.values["id"] for r in records if isinstance(r, Record)}) == len(records)
