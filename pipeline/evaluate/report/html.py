"""`evaluation/report.html`: scores, charts and the worst articles on one page that needs nothing
else, neither network nor other files. Everything that comes from articles or labels is escaped.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from pipeline.core.files import write_text
from pipeline.core.resources import resource
from pipeline.evaluate.gold.labels import Gold
from pipeline.evaluate.predictions import Row
from pipeline.evaluate.report.articles import (
    MOST_ARTICLES,
    MOST_CHARACTERS,
    TASKS,
    article_view,
    worst,
)
from pipeline.evaluate.report.sections import metric_line, sections
from pipeline.taxonomy.regions import load_countries, load_regions
from pipeline.taxonomy.topics import media_topics

Record = Mapping[str, object]


def write_report(
    folder: Path, record: Record, articles: Mapping[str, Record], pairs: Sequence[tuple[Gold, Row]]
) -> Path:
    """Write `report.html` in `folder`; returns its path.

    `record` is that of `metrics.json`, `articles` has those of `per_article.jsonl` by id, `pairs`
    are what was scored. The same arguments give the same bytes.

    Raises:
        ConfigError: the package that draws the charts is not installed.
        RunError: the file cannot be written.
    """
    names = _names(pairs)
    chosen = worst(pairs, articles)
    metrics = cast("Mapping[str, Record]", record["metrics"])
    views = [
        article_view(rank, gold, row, articles[gold.id], names)
        for rank, (gold, row) in enumerate(chosen, 1)
    ]
    used = sorted({code for gold, _ in chosen for code in _codes(articles[gold.id])})
    script = _shipped("page.js")
    page = _template().render(
        record=record,
        sections=list(sections(record, articles, pairs, names)),
        lines=[metric_line(name, metric) for name, metric in metrics.items()],
        articles=views,
        matched=len(pairs),
        most={"articles": MOST_ARTICLES, "characters": MOST_CHARACTERS},
        options=sorted(((names.get(code, code), code) for code in used), key=str),
        style=_shipped("page.css"),
        script=script,
        script_digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )  # fmt: skip
    path = folder / "report.html"
    write_text(path, page)
    return path


@cache
def _template() -> Template:
    """Compiled once: that takes longer than to fill it for a few articles, as a search does."""
    return Environment(
        loader=FileSystemLoader(resource("evaluate", "report", "page")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template("page.html")


def _shipped(name: str) -> Markup:
    """A file of our own beside the template, as it stands."""
    text = resource("evaluate", "report", "page", name).read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704 - nothing of an article is in it


def _codes(record: Record) -> Iterator[str]:
    for task in TASKS:
        if task in record:
            found = cast("Mapping[str, Sequence[str]]", record[task])
            yield from (*found["gold"], *found["predicted"])


def _names(pairs: Sequence[tuple[Gold, Row]]) -> dict[str, str]:
    """What each code is called, those of a user's own topics as far as the run names them."""
    names = {"": "none"}
    names |= {code: area.name for code, area in load_regions().items()}
    names |= {code: country.name for code, country in load_countries().items()}
    names |= {code: label.name for code, label in media_topics(2).labels.items()}
    for _, row in pairs:
        for topic in cast("Sequence[Record]", row["topics"] or ()):
            names[str(topic["qcode"])] = str(topic["name"])
    return names
