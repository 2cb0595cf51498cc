"""A page, from its bytes to a record: what the processes of `pipeline.sources.html_pages` do."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from html import unescape
from typing import TYPE_CHECKING, Literal
from urllib.parse import urljoin, urlsplit

from pipeline.sources.base import BadRecord, LeftOut, Read, Record
from pipeline.sources.html_encoding import decoded
from pipeline.sources.html_head import Declared, declared, without_site
from pipeline.sources.html_listing import is_listing

if TYPE_CHECKING:
    from lxml.html import HtmlElement

Extractor = Literal["trafilatura", "resiliparse"]

PAYLOAD = 2**16
"""Characters kept of a page that is rejected."""
_FIRST_DAY = "1900-01-01"
_DAYS_AHEAD = 366
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_CODE = re.compile(
    r"(?:<|&lt;)(script|style)\b.*?(?:<|&lt;)\\?/\1\s*(?:>|&gt;)?", re.IGNORECASE | re.DOTALL
)
"""Scripts in the texts of JSON."""
_LAYOUT = ("h1", "h2", "p", "br", "div", "table", "ul", "ol", "hr")
"""What the cells of a table hold that places the parts of a page, and those of data hardly do."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page, where it stood, and what came with it: its address, the encoding that the server
    named, and when it was fetched, where that may stand for a date of publication."""

    where: str
    data: bytes
    url: str | None = None
    charset: str | None = None
    fetched: str | None = None


@dataclass(frozen=True, slots=True)
class _Extracted:
    text: str = ""
    title: str | None = None
    author: str | None = None
    site: str | None = None
    day: str | None = None


_Extract = Callable[["HtmlElement", Declared, str | None], _Extracted]


def warm() -> None:
    """Import what `extract` needs, which takes a second."""
    import resiliparse.extract.html2text  # noqa: F401
    import trafilatura  # noqa: F401


def by_trafilatura(page: Page) -> Read:
    """The article of a page, or why it has none."""
    return _read(page, _trafilatura)


def by_resiliparse(page: Page) -> Read:
    """As `by_trafilatura`, faster and with more of what stands around an article."""
    return _read(page, _resiliparse)


def _read(page: Page, extract: _Extract) -> Read:
    from trafilatura.utils import load_html

    html = decoded(page.data, page.charset)
    tree = load_html(html)
    if tree is None:
        return _nothing(page, html)
    about = declared(tree)
    _without_code(tree)
    _unwrap_layout(tree)
    extracted = extract(tree, about, page.url)
    if not about.is_article and is_listing(extracted.text, tree):
        return LeftOut(page.where, "listing page")
    if not extracted.text:
        return _nothing(page, html)
    values = {
        "text": extracted.text,
        "title": extracted.title,
        "published": _published(extracted.day, about.published) or page.fetched,
        "author": extracted.author or about.author,
        "url": _address(about.url, page.url),
        "source": extracted.site or about.site,
        "language": about.language,
    }
    return Record(page.where, {name: value for name, value in values.items() if value})


def _nothing(page: Page, html: str) -> BadRecord:
    reason = (
        f"{page.where}: no article text on this page, which may be a video or a form, or need its "
        "scripts; remove it, or save it from a browser"
    )
    return BadRecord(page.where, html[:PAYLOAD], reason, "ValueError: no text")


def _trafilatura(tree: HtmlElement, about: Declared, url: str | None) -> _Extracted:
    from trafilatura import bare_extraction
    from trafilatura.metadata import (
        examine_meta,
        extract_author,
        extract_meta_json,
        extract_sitename,
        extract_title,
    )

    # What `extract_metadata` does, without categories, tags and licence: a sixth of the time.
    found = examine_meta(tree)
    if found.author and " " not in found.author:
        found.author = None
    with suppress(Exception):  # which JSON-LD of an unforeseen form raises there
        found = extract_meta_json(tree, found)
    site = found.sitename or extract_sitename(tree)
    title = _line(found.title or extract_title(tree)) or about.title
    title = title and without_site(title, site)
    document = bare_extraction(tree, url=url, include_comments=False)
    text = "" if document is None or isinstance(document, dict) else document.text or ""
    return _Extracted(
        _paragraphs(text, title),
        title,
        _line(found.author or extract_author(tree)),
        _line(site and site.lstrip("@")),
        _day(tree, url),
    )


def _line(text: str | None) -> str | None:
    return text and " ".join(unescape(text).split())


def _resiliparse(tree: HtmlElement, about: Declared, url: str | None) -> _Extracted:
    from lxml.html import tostring
    from resiliparse.extract.html2text import extract_plain_text

    heading = next((text for h1 in tree.iter("h1") if (text := h1.text_content().strip())), None)
    name = next((text for e in tree.iter("title") if (text := e.text_content().strip())), None)
    title = about.title or heading or name
    title = title and without_site(" ".join(title.split()), about.site)
    text = extract_plain_text(
        tostring(tree, encoding="unicode"),
        main_content=True,
        alt_texts=False,
        comments=False,
        post_meta=False,
    )
    return _Extracted(_paragraphs(text, title), title, day=_day(tree, url))


def _day(tree: HtmlElement, url: str | None) -> str | None:
    from htmldate import find_date

    day: str | None = find_date(
        tree,
        url=url,
        original_date=True,
        extensive_search=False,  # which takes days that an article tells of, and copyright years
        min_date=_FIRST_DAY,
        max_date=_last_day(),
    )
    return day


def _last_day() -> str:
    return (date.today() + timedelta(_DAYS_AHEAD)).isoformat()


def _published(day: str | None, said: str | None) -> str | None:
    """What the page says, where it is of the `day` that was found, since it may have the time, or
    where it is out of bounds, since ingest counts such dates; else the day."""
    if not said or (day and not said.startswith(day) and _in_bounds(said)):
        return day
    return said


def _in_bounds(said: str) -> bool:
    return not _ISO_DAY.match(said) or _FIRST_DAY <= said[:10] <= _last_day()


def _address(canonical: str | None, url: str | None) -> str | None:
    """The canonical address, but not that of a whole site, which many pages give by mistake."""
    if canonical:
        with suppress(ValueError):
            address = urljoin(url or "", canonical.strip())
            parts = urlsplit(address)
            if parts.scheme in ("http", "https") and (parts.path.strip("/") or parts.query):
                return address
    return url


def _without_code(tree: HtmlElement) -> None:
    """What no reader sees, and half of the bytes of a page; JSON-LD has data of the article."""
    from lxml.etree import strip_elements

    for script in [*tree.iter("script")]:
        if "json" in (script.get("type") or ""):
            script.tag = "data-script"
            script.text = _CODE.sub(" ", script.text or "")
    strip_elements(tree, "script", "style", "noscript", "template", "svg", with_tail=False)
    for script in [*tree.iter("data-script")]:
        script.tag = "script"


def _unwrap_layout(tree: HtmlElement) -> None:
    """Tables that place the parts of a page are no data."""
    for table in [*tree.iter("table")]:
        if any(True for _ in table.iter("th")) or not any(
            True for cell in table.iter("td") for _ in cell.iter(*_LAYOUT)
        ):
            continue
        for element in table.iter("table", "tbody", "tr", "td"):
            element.tag = "div"


def _paragraphs(text: str, title: str | None) -> str:
    """Paragraphs parted by blank lines, without the title; items and rows stay together."""
    kept: list[str] = []
    before = "text"
    for line in map(str.strip, text.splitlines()):
        kind = "row" if line.startswith("|") else "item" if line.startswith("- ") else "text"
        if kind == "row":
            line = " | ".join(cell.strip() for cell in line.strip("|").split("|"))
        if not line.strip("-| ") or (title and line.casefold() == title.casefold()):
            continue
        if kept:
            kept.append("\n" if kind == before != "text" else "\n\n")
        kept.append(line)
        before = kind
    return "".join(kept)
