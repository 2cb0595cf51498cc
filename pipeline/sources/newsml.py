"""NewsML-G2, IPTC's news in XML: https://iptc.org/standards/newsml-g2/.

Read with our own tree rather than by `newsmlg2`, which lets lxml expand entities and gives what
this needs no shorter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from xml.etree.ElementTree import Element

from pydantic.dataclasses import dataclass

from pipeline.config.schema import PLUGIN
from pipeline.sources.base import BadRecord, LeftOut, Notes, Read, Record
from pipeline.sources.fetch import Fetching
from pipeline.sources.files import Paths, find_files, read_each
from pipeline.sources.newscodes import country_of_code, country_of_name, media_topic
from pipeline.sources.parts import Part
from pipeline.sources.xml_tree import child, children, local_name, parsed

_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_ARTICLES = frozenset(("", "text", "composite"))
_WITHDRAWN = frozenset(("canceled", "withheld"))
_BLOCKS = frozenset(
    "p hl2 h1 h2 h3 h4 h5 h6 li dt dd tr bq blockquote block pre div section article body br "
    "body.content table ul ol".split()
)
"""Elements of NITF and XHTML that begin on a line of their own."""
_LINES = frozenset(("li", "dt", "dd", "tr", "br"))
_CELLS = frozenset(("td", "th"))
_SPACES, _SPACED, _BLANK_LINES = re.compile(r"\s+"), re.compile(r" *\n *"), re.compile(r"\n{3,}")
_UNSEEN = frozenset("media figure head script style body.head body.end fn aside".split())
"""Elements of which nothing is the article's text: pictures with their captions, heads, notes."""


@dataclass(config=PLUGIN)
class NewsmlSource(Fetching):
    """Files of NewsML-G2: a `newsItem`, or a `newsMessage` with several."""

    path: Paths
    patterns: Sequence[str] = ("**/*.xml", "**/*.xml.*", "**/*.newsml")
    notes: Notes = field(default_factory=Notes, init=False, repr=False, compare=False)

    def identity(self) -> Mapping[str, str]:
        return {"reader": "newsml-1"}

    def files(self) -> list[Path]:
        return find_files(self.path, self.patterns, self)

    def read(self) -> Iterator[Read]:
        read: Iterator[Read] = read_each(self.files(), self.read_part, self)
        yield from read

    def read_part(self, part: Part) -> Iterator[Read]:
        """The articles of a file; pictures, packages and what was withdrawn are left out."""
        data = part.data()
        try:
            root = parsed(data)
        except ValueError as error:
            payload = data[:2000].decode("utf-8", "backslashreplace")
            yield BadRecord.of(part.name, payload, f"{error}; mend or remove the file", error)
            return
        name = local_name(root)
        if name == "newsMessage":
            items = [item for each in children(root, "itemSet") for item in each]
            for number, item in enumerate(items, 1):
                yield self._item(item, f"{part.name}: item {number}")
        elif name.endswith("Item"):
            yield self._item(root, part.name)
        else:
            reason = f"{part.name}: a {name!r}, not a newsItem or a newsMessage of NewsML-G2"
            yield BadRecord(part.name, "", reason, "ValueError: no NewsML-G2")

    def _item(self, item: Element, where: str) -> Read:
        if local_name(item) != "newsItem":
            return LeftOut(where, local_name(item))
        about, meta = child(item, "contentMeta"), child(item, "itemMeta")
        kind = _tail(_code(child(meta, "itemClass")))
        status = _tail(_code(child(meta, "pubStatus")))
        if kind not in _ARTICLES or status in _WITHDRAWN:
            return LeftOut(where, f"{kind if kind not in _ARTICLES else status} item")
        content = _content(item)
        text = _paragraphs(content) if content is not None else ""
        nitf = next((one for one in item.iter() if local_name(one) == "body.head"), None)
        title = _first(child(about, "headline"), child(nitf, "hedline", "hl1"))
        if not title and not text:
            reason = f"{where}: no headline and no text in it; remote content is not fetched"
            return BadRecord(where, _string(item)[:2000], reason, "ValueError: no text")
        dateline = _first(child(about, "dateline"), child(nitf, "dateline"))
        if text and dateline and not text.startswith(dateline):
            text = f"{dateline} - {text}"
        guid = item.get("guid", "")
        language = child(about, "language")
        tag = language.get("tag", "") if language is not None else ""
        values = {
            "id": guid,
            "url": guid if guid.startswith(("http://", "https://")) else "",
            "title": title,
            "text": text,
            "published": _string(child(meta, "versionCreated")),
            "language": tag or item.get(_LANGUAGE, ""),
            "source": _named(child(meta, "provider")),
            "author": _first(child(about, "by"), child(nitf, "byline"))
            or ", ".join(filter(None, map(_named, children(about, "creator")))),
        }
        given = {name: value for name, value in values.items() if value}
        return Record(where, given, self._topics(about, where), self._countries(about, where))

    def _topics(self, about: Element | None, where: str) -> list[str] | None:
        subjects = [one for one in children(about, "subject") if not _is_place(one)]
        topics = [media_topic(_code(one)) for one in subjects]
        if None in topics:
            self.notes.add(where, "subjects that are no Media Topics, which are not taken")
        return list(dict.fromkeys(topic for topic in topics if topic)) or None

    def _countries(self, about: Element | None, where: str) -> list[str] | None:
        """Of the places that the item is about, or else of where it was written."""
        subjects = [one for one in children(about, "subject") if _is_place(one)]
        places = subjects or list(children(about, "located"))
        countries = [_country(one) for one in places]
        if None in countries:
            self.notes.add(where, "places that name no country, which are not taken")
        return list(dict.fromkeys(country for country in countries if country)) or None


def _is_place(subject: Element) -> bool:
    return (
        _tail(subject.get("type", "")) == "geoArea" or country_of_code(_code(subject)) is not None
    )


def _country(place: Element) -> str | None:
    """The country of a place, or of a broader one that it lies in."""
    for one in (place, *children(place, "broader")):
        if country := country_of_code(_code(one)) or country_of_name(_string(child(one, "name"))):
            return country
    return None


def _content(item: Element) -> Element | None:
    """The element that holds the text, of several renditions the first with mark-up."""
    renditions = list(child(item, "contentSet") or ())
    inline = [one for one in renditions if local_name(one) == "inlineXML"]
    plain = [
        one
        for one in renditions
        if local_name(one) == "inlineData" and not one.get("encoding")
        and one.get("contenttype", "text/plain").startswith("text/")
    ]  # fmt: skip
    return next((one for one in (*inline, *plain) if _string(one)), None)


def _paragraphs(content: Element) -> str:
    """The text of an element, blocks parted by blank lines, and items of lists by line breaks."""
    parts: list[str] = []

    def walk(element: Element) -> None:
        name = local_name(element)
        if name not in _UNSEEN:
            around = "\n" if name in _LINES else "\n\n" if name in _BLOCKS else ""
            parts.extend((around or " " * (name in _CELLS), _SPACES.sub(" ", element.text or "")))
            for inner in element:
                walk(inner)
                parts.append(_SPACES.sub(" ", inner.tail or ""))
            parts.append("" if name in _LINES else around)

    if local_name(content) == "inlineData":
        return (content.text or "").strip()
    walk(content)
    lines = (line.strip() for line in _SPACED.sub("\n", "".join(parts)).split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def _code(element: Element | None) -> str:
    """The QCode or URI of a concept, or its literal."""
    if element is None:
        return ""
    return element.get("qcode") or element.get("uri") or element.get("literal") or ""


def _tail(code: str) -> str:
    return code.rpartition(":")[2].rpartition("/")[2]


def _named(element: Element | None) -> str:
    """The name of a party, or what its code says."""
    if element is None:
        return ""
    return (
        _string(child(element, "name")) or element.get("literal") or _tail(element.get("qcode", ""))
    )


def _first(*elements: Element | None) -> str:
    return next(filter(None, map(_string, elements)), "")


def _string(element: Element | None) -> str:
    """All text in an element, on one line."""
    return " ".join("".join(element.itertext()).split()) if element is not None else ""
