"""What a feed document says, whatever its format: RSS, RDF and Atom by feedparser, JSON Feed."""

from __future__ import annotations

import codecs
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

from pipeline.sources.encoding import marked_encoding
from pipeline.text.entities import decoded
from pipeline.text.markup import without_markup

_DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_CHARSETS = re.compile(
    r"ascii|big5|cp\d|euc|gb|hz|iso|johab|koi8|kz1048|mac|ptcp154|shift_jis|tis|utf-?(8|16|32)"
)
"""Names of Python's codecs that are character sets; some of the others take quadratic time."""
_BEFORE_ROOT = re.compile(r"\A(?:\s+|\ufeff|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)
_ROOT = re.compile(r"<(\w[\w.-]*)")
_LINK = re.compile(r"<link\b[^>]{0,1000}>", re.IGNORECASE)
_FEED_TYPE = re.compile(r"application/(?:rss\+xml|atom\+xml|feed\+json)", re.IGNORECASE)
_HREF = re.compile(r"""\shref\s*=\s*["']?([^\s"'>]+)""", re.IGNORECASE)

_BLANK_LINES = re.compile(r"\n{3,}")
_HTML = frozenset(("text/html", "application/xhtml+xml"))


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry, its texts without mark-up; what it does not say is empty."""

    id: str = ""
    url: str = ""
    title: str = ""
    text: str = ""
    published: str = ""
    updated: str = ""
    author: str = ""
    source: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed, and what is broken about it."""

    entries: list[Entry]
    flaw: str | None = None


def read_feed(data: bytes) -> Feed | str:
    """The feed in a document, or why there is none, with the way out. May take time that grows with
    the square of its length, where it is made for that: feedparser's patterns do."""
    try:
        return _feed(data)
    except _NoFeedError as error:
        return str(error)


def _feed(data: bytes) -> Feed:
    if data.lstrip(codecs.BOM_UTF8 + b" \t\r\n").startswith((b"{", b"[")):
        return _json_feed(data)
    text, flaw = _text(data)
    text = _BEFORE_ROOT.sub("", text, count=1)
    # Without the DOCTYPE: no entity is declared, so none is expanded or loaded.
    root = _ROOT.search(text)
    if root is None:
        raise _NoFeedError("not a feed: neither XML nor JSON; remove it or choose another source")
    if root[1].lower() == "html":
        raise _NoFeedError(f"a web page and not a feed; {_way_to_feed(text)}")
    return _xml_feed(text[root.start() :], root[1], flaw)


class _NoFeedError(Exception):
    """A document that is no feed: what it is, with the way out."""


def _text(data: bytes) -> tuple[str, str | None]:
    """The document as text, and what is wrong where it is not in the encoding that it declares."""
    declared = found[1].decode() if (found := _DECLARED.match(data)) else "utf-8"
    named = marked_encoding(data, declared)
    for encoding in (named, "utf-8", "cp1252"):
        try:
            if _CHARSETS.match(codecs.lookup(encoding).name):
                text = data.decode(encoding)
                return text, None if encoding == named else f"not {named}, read as {encoding}"
        except (LookupError, ValueError):
            continue
    return data.decode("cp1252", "replace"), f"not {named}, read as cp1252 as far as it is"


def _way_to_feed(page: str) -> str:
    for link in _LINK.findall(page[: 2**20]):
        if _FEED_TYPE.search(link) and (href := _HREF.search(link)):
            return f"its feed is {href[1]}: set source.path to that, or source=html"
    return "give the address of its feed, or read it with source=html"


def _xml_feed(text: str, root: str, flaw: str | None) -> Feed:
    import feedparser

    # A file object: bytes would be taken for the name of a file as well.
    parsed = feedparser.parse(io.BytesIO(text.encode("utf-8", "replace")))
    if not parsed.version and not parsed.entries:
        raise _NoFeedError(f"XML with the root <{root}> and not a feed; choose another source")
    if parsed.bozo:
        error = parsed.bozo_exception
        flaw = f"broken XML ({error.getMessage() if hasattr(error, 'getMessage') else error})"
    about = parsed.feed
    entries = [_of_feedparser(entry, about) for entry in parsed.entries]
    return Feed(entries, flaw)


def _of_feedparser(entry: Mapping[str, object], about: Mapping[str, object]) -> Entry:
    """An entry as feedparser has it: its dates, ids and links under one name in all formats."""
    texts = [*_objects(entry.get("content")), *_objects([entry.get("summary_detail")])]
    texts = [text for text in texts if text.get("type") in (*_HTML, "text/plain")]
    # Nothing says which one is the whole text: some feeds have that in the summary.
    text, detail = max(
        ((_shown(text), text) for text in texts), key=lambda pair: len(pair[0]), default=("", {})
    )
    origin = _objects([entry.get("source")])
    return Entry(
        id=_words(entry.get("id")),
        url=_address(entry.get("link"), about.get("link")),
        title=" ".join(_shown(_first(_objects([entry.get("title_detail")]))).split()),
        text=text,
        published=_words(entry.get("published")),
        # `get` takes the date of publication for it, and warns.
        updated=_words(entry["updated"] if "updated" in entry else entry.get("created")),
        author=_names(_objects(entry.get("authors"))) or _words(entry.get("author")),
        source=_words(_first(origin).get("title")) or _words(about.get("title")),
        language=_words(detail.get("language")) or _words(about.get("language")),
    )


def _shown(detail: Mapping[str, object]) -> str:
    """The text that a reader sees of one that feedparser sanitised."""
    value = detail.get("value")
    if not isinstance(value, str):
        return ""
    return _without_html(value) if detail.get("type") in _HTML else value.strip()


def _without_html(text: str) -> str:
    """A line break in HTML is a space; what its elements make of it comes of them."""
    lines = decoded(without_markup(" ".join(text.split()))).split("\n")
    return _BLANK_LINES.sub("\n\n", "\n".join(line.strip() for line in lines)).strip()


def _address(link: object, base: object) -> str:
    """The web address that a link means, if it is one."""
    try:
        url = urljoin(_words(base), _words(link))
    except ValueError:  # of brackets that are no IPv6 address
        return ""
    return url if link and url.lower().startswith(("http://", "https://")) else ""


def _json_feed(data: bytes) -> Feed:
    """https://www.jsonfeed.org/version/1.1/"""
    try:
        feed = json.loads(data.removeprefix(codecs.BOM_UTF8))
    except (ValueError, RecursionError) as error:
        raise _NoFeedError(f"broken JSON ({error}); mend or remove it") from error
    if not isinstance(feed, dict) or "jsonfeed.org/version" not in str(feed.get("version")):
        raise _NoFeedError("JSON and not a feed; read it with source=json")
    entries = [_of_json_feed(item, feed) for item in _objects(feed.get("items"))]
    return Feed(entries)


def _of_json_feed(item: Mapping[str, object], feed: Mapping[str, object]) -> Entry:
    texts = [_words(item.get("content_text")), _words(item.get("summary"))]
    if isinstance(html := item.get("content_html"), str):
        texts.insert(0, _without_html(html))
    authors = [*_objects(item.get("authors")), *_objects([item.get("author")])]
    return Entry(
        id=_words(item.get("id")),
        url=_address(item.get("url") or item.get("external_url"), feed.get("home_page_url")),
        title=_words(item.get("title")),
        text=max(texts, key=len),
        published=_words(item.get("date_published")),
        updated=_words(item.get("date_modified")),
        author=_names(authors),
        source=_words(feed.get("title")),
        language=_words(item.get("language")) or _words(feed.get("language")),
    )


def _objects(values: object) -> list[Mapping[str, object]]:
    """Those of a list that are objects."""
    return [v for v in values if isinstance(v, Mapping)] if isinstance(values, list) else []


def _first(objects: Iterable[Mapping[str, object]]) -> Mapping[str, object]:
    return next(iter(objects), {})


def _names(people: Iterable[Mapping[str, object]]) -> str:
    names: Iterator[str] = (_words(person.get("name")) for person in people)
    return ", ".join(dict.fromkeys(name for name in names if name))


def _words(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip()
