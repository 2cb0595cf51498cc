"""`evaluation/report.html`: scores, charts and the worst articles on one page that needs nothing
else, neither network nor other files. Everything that comes from articles or labels is escaped.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from pipeline.core.files import write_text
from pipeline.core.resources import resource
from pipeline.evaluate.article_scores import ArticleScores
from pipeline.evaluate.metrics.scores import Pair
from pipeline.evaluate.metrics_file import Metrics
from pipeline.evaluate.report.articles import MOST_ARTICLES, MOST_CHARACTERS, article_view, worst
from pipeline.evaluate.report.sections import metric_line, sections
from pipeline.taxonomy.regions import load_countries, load_regions
from pipeline.taxonomy.topics import media_topics


def write_report(
    folder: Path, record: Metrics, articles: Mapping[str, ArticleScores], pairs: Sequence[Pair]
) -> Path:
    """Write `report.html` in `folder`; returns its path.

    `record` is that of `metrics.json`, `articles` has the scores of each by id, `pairs`
    are what was scored. The same arguments give the same bytes.

    Raises:
        ConfigError: the package that draws the charts is not installed.
        RunError: the file cannot be written.
    """
    names = _names(pairs)
    chosen = worst(pairs, articles)
    views = [
        article_view(rank, gold, row, articles[gold.id], names)
        for rank, (gold, row) in enumerate(chosen, 1)
    ]
    used = sorted({code for gold, _ in chosen for code in articles[gold.id].codes()})
    script = _shipped("page.js")
    page = template("evaluate", "report", "page", "page.html").render(
        record=record,
        sections=list(sections(record, articles, pairs, names)),
        lines=[metric_line(name, metric) for name, metric in record["metrics"].items()],
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
def template(*place: str) -> Template:
    """A page that is shipped at this place, which escapes what it is given. Compiled once: that
    takes longer than to fill it for a few articles, as a search does."""
    path = resource(*place)
    return Environment(
        loader=FileSystemLoader(path.parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template(path.name)


def _shipped(name: str) -> Markup:
    """A file of our own beside the template, as it stands."""
    text = resource("evaluate", "report", "page", name).read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704 - nothing of an article is in it


def _names(pairs: Sequence[Pair]) -> dict[str, str]:
    """What each code is called, those of a user's own topics as far as the run names them."""
    names = {"": "none"}
    names |= {code: area.name for code, area in load_regions().items()}
    names |= {code: country.name for code, country in load_countries().items()}
    names |= {code: label.name for code, label in media_topics(2).labels.items()}
    for _, row in pairs:
        names |= {topic.qcode: topic.name for topic in row.topics}
    return names
